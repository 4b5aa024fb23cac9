// Waiters records in which order database/sql serves those who wait for a connection, over many rounds, as JSON. It
// takes nothing but Go's own library, of any version.
//
//	waiters FROM ROUNDS WAITERS
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
)

// Recording is what is written.
type Recording struct {
	From    string `json:"from"`
	Rounds  int    `json:"rounds"`
	Waiters int    `json:"waiters"`
	// FirstServedFirst is the share of the rounds in which who came first was served first.
	FirstServedFirst float64 `json:"first_served_first"`
	// Inversions is how many pairs were served against the order in which they came, as a share of all pairs.
	Inversions float64 `json:"inversions"`
	// Served says by who came (row) and was served (column) as the first, second and so on, in how many rounds.
	Served [][]int `json:"served"`
}

func main() {
	if len(os.Args) != 4 {
		check(errors.New("arguments: FROM ROUNDS WAITERS"))
	}
	rounds, err := strconv.Atoi(os.Args[2])
	check(err)
	waiters, err := strconv.Atoi(os.Args[3])
	check(err)
	recording := Recording{From: os.Args[1], Rounds: rounds, Waiters: waiters, Served: make([][]int, waiters)}
	for i := range recording.Served {
		recording.Served[i] = make([]int, waiters)
	}
	inversions, first := 0, 0
	for round := 0; round < rounds; round++ {
		order := serve(waiters)
		for place, arrival := range order {
			recording.Served[arrival][place]++
			for _, later := range order[place+1:] {
				if later < arrival {
					inversions++
				}
			}
		}
		if order[0] == 0 {
			first++
		}
	}
	recording.FirstServedFirst = float64(first) / float64(rounds)
	recording.Inversions = float64(inversions) / float64(rounds*waiters*(waiters-1)/2)
	text, err := json.Marshal(recording)
	check(err)
	fmt.Println(string(text))
}

// serve lets many wait for the only connection, each of whom gives it back at once, and says in which order they got
// it.
func serve(waiters int) []int {
	db := sql.OpenDB(connector{})
	defer db.Close()
	db.SetMaxOpenConns(1)
	held, err := db.Conn(context.Background())
	check(err)

	var order []int
	var lock sync.Mutex
	var all sync.WaitGroup
	for i := 0; i < waiters; i++ {
		i := i
		all.Add(1)
		go func() {
			defer all.Done()
			conn, err := db.Conn(context.Background())
			check(err)
			lock.Lock()
			order = append(order, i)
			lock.Unlock()
			check(conn.Close())
		}()
		for db.Stats().WaitCount <= int64(i) {
			runtime.Gosched()
		}
	}
	check(held.Close())
	all.Wait()
	return order
}

type connector struct{}

func (connector) Connect(context.Context) (driver.Conn, error) { return conn{}, nil }
func (connector) Driver() driver.Driver                        { return nil }

type conn struct{}

var errUnused = errors.New("waiters: nothing is asked of a connection")

func (conn) Prepare(string) (driver.Stmt, error) { return nil, errUnused }
func (conn) Begin() (driver.Tx, error)           { return nil, errUnused }
func (conn) Close() error                        { return nil }

func check(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "waiters: %v\n", err)
		os.Exit(1)
	}
}
