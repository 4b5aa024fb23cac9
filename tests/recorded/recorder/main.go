// In GOPATH mode Go's old timers rule unless this is said, and a bubble has none of them.
//
//go:debug asynctimerchan=0

// Recorder drives well-known pools of Go with random operations and writes down what they do, as traces that
// Clearpool replays. How it is built and run: scripts/record; what it makes: tests/recorded/README.md.
//
//	recorder record ORIGINAL MANY FILE   MANY sequences into a file
//	recorder sequence ORIGINAL SEED      one sequence, to standard output
//	recorder golden                      sequences by hand whose effects are known
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"testing/synctest"

	goredis6 "github.com/go-redis/redis/recorded"
	goredis9 "github.com/redis/go-redis/v9/recorded"

	"recorder/databasesql"
	"recorder/nethttp"
	"recorder/puddle"
	"recorder/redigo"
	"recorder/sequence"
)

// plans are the originals, by what stands in the names of files.
var plans = map[string]func(seed int64) sequence.Plan{
	"database-sql":         databasesql.Plan,
	"database-sql-retries": databasesql.Retries,
	"go-redis-v7":          goredis6.Plan,
	"go-redis-v9":          goredis9.Plan,
	"net-http":             nethttp.Plan,
	"puddle":               puddle.Plan,
	"redigo":               redigo.Plan,
}

// astray is the status with which a sequence ends that is not worth to be kept.
const astray = 3

func main() {
	// The originals complain of what is done to them on purpose.
	log.SetOutput(io.Discard)
	arguments := os.Args[1:]
	switch {
	case len(arguments) == 4 && arguments[0] == "record":
		many, err := strconv.Atoi(arguments[2])
		check(err)
		check(record(arguments[1], many, arguments[3]))
	case len(arguments) == 3 && arguments[0] == "sequence":
		seed, err := strconv.ParseInt(arguments[2], 10, 64)
		check(err)
		plan := plans[arguments[1]]
		if plan == nil {
			check(fmt.Errorf("there is no original %q", arguments[1]))
		}
		one(plan(seed))
	case len(arguments) == 1 && arguments[0] == "golden":
		check(golden())
	case len(arguments) == 2 && arguments[0] == "golden":
		number, err := strconv.Atoi(arguments[1])
		check(err)
		byHand(traces[number])
	default:
		check(fmt.Errorf("arguments: record ORIGINAL MANY FILE, sequence ORIGINAL SEED, or golden; not %q", arguments))
	}
}

// one writes a sequence and ends the process, since some originals keep goroutines that never end.
func one(plan sequence.Plan) {
	plan.From = os.Getenv("RECORDER_FROM")
	inBubble(func() {
		driver := sequence.NewDriver(plan)
		first := driver.First()
		steps := driver.Random()
		if driver.Astray() {
			os.Exit(astray)
		}
		fmt.Print(sequence.Document(plan, steps, first))
	})
}

func byHand(trace trace) {
	inBubble(func() {
		driver := sequence.NewDriver(trace.plan)
		if first := driver.First().String(); first != "" {
			fmt.Printf("{ look: {}%s }\n", first)
		}
		for _, step := range slices.Clone(trace.steps) {
			driver.Take(&step)
			fmt.Println(step)
		}
	})
}

func inBubble(do func()) {
	synctest.Run(func() {
		do()
		os.Exit(0)
	})
}

func check(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "recorder: %v\n", err)
		os.Exit(1)
	}
}
