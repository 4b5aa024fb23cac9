// Package sequence drives a pool through steps, by hand or by chance, and notes what it does, in the form of traces
// that Clearpool replays.
//
// All of it runs in a bubble of testing/synctest: the clock is virtual, and a step is over when every goroutine of
// the pool waits for something.
package sequence

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrDial is what a failed dial says.
var ErrDial = errors.New("recorder: the dial failed")

// early is how much earlier than its time a dial is done, so that it never falls on the moment of a step, where
// order would be chance.
const early = 500 * time.Microsecond

// Network is how dials to an endpoint go. A dial goes as the network was when it began.
type Network struct {
	Dial  time.Duration
	Fails bool
}

// World is what surrounds a pool: the network, and the log of what the pool did with it.
type World struct {
	mu       sync.Mutex
	networks map[string]Network
	begun    int
	conns    int
	closed   map[int]bool
	cut      map[int]bool
	log      Effects
	// start and grid tell whether a dial begins where steps are. Between two of them it ends between two of them as
	// well, perhaps at the very moment of a deadline; then order is chance, and the sequence is astray.
	start  time.Time
	grid   time.Duration
	astray bool
	// When the last dial began, to see where goroutines begin two at one moment: for whom each is, is chance.
	last time.Time
	// settled sees each grant and refusal when it happens, to say who may have been meant.
	settled func(name string) string
}

// Effects is what happened in one step.
type Effects struct {
	Grants   []Grant
	Refuses  []Refusal
	Dials    int
	Failures int
	Closes   []int
}

// Grant says who got which connection: a name, or several with `|` between them, where chance decided.
type Grant struct {
	Who  string
	Conn int
	moment
}

// Refusal says who was refused, and why in the catalog's words.
type Refusal struct {
	Who string
	Why string
	moment
}

// moment is when something happened to a caller, and as which of all callers this one came.
type moment struct {
	at      time.Time
	arrival int
}

func (m moment) compare(other moment) int {
	return cmp.Or(m.at.Compare(other.at), cmp.Compare(m.arrival, other.arrival))
}

func newWorld(networks map[string]Network, grid time.Duration) *World {
	return &World{
		networks: networks, closed: map[int]bool{}, cut: map[int]bool{}, start: time.Now(), grid: grid,
	}
}

// Dial is a dial of the pool: it gives the number of the connection. One that is given up because its caller has gone
// is not a failure.
func (w *World) Dial(ctx context.Context, endpoint string) (int, error) {
	w.mu.Lock()
	network := w.networks[endpoint]
	w.begun++
	w.log.Dials++
	// Those begun at one moment end one after the other, in the order in which they began.
	takes := network.Dial - early + time.Duration(w.begun)*time.Microsecond
	if past := time.Since(w.start) % w.grid; network.Dial > 0 && past > w.grid/5*2 && past < w.grid/5*3 {
		w.astray = true
	}
	if now := time.Now(); now != w.last || now == w.start {
		w.last = now
	} else {
		w.astray = true
	}
	w.mu.Unlock()

	if network.Dial > 0 {
		timer := time.NewTimer(takes)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if network.Fails {
		w.log.Failures++
		return 0, ErrDial
	}
	w.conns++
	return w.conns, nil
}

// Closed notes that the pool has closed a connection; the first time counts.
func (w *World) Closed(conn int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed[conn] {
		w.closed[conn] = true
		w.log.Closes = append(w.log.Closes, conn)
	}
}

// Cut says whether the peer has closed a connection.
func (w *World) Cut(conn int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut[conn]
}

// Locked does something while nothing else happens in the world.
func (w *World) Locked(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *World) setCut(conn int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[conn] = true
}

func (w *World) setNetwork(endpoint string, network Network) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.networks[endpoint] = network
}

func (w *World) granted(name string, conn, arrival int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log.Grants = append(w.log.Grants, Grant{w.settled(name), conn, moment{time.Now(), arrival}})
}

func (w *World) refused(name, why string, arrival int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log.Refuses = append(w.log.Refuses, Refusal{w.settled(name), why, moment{time.Now(), arrival}})
}

// take gives what happened since it was last asked. What one caller leaves may serve the next at the same moment, or
// refuse it, and either may say so first: those are told in the order in which they came.
func (w *World) take() Effects {
	w.mu.Lock()
	defer w.mu.Unlock()
	effects := w.log
	w.log = Effects{}
	slices.SortStableFunc(effects.Grants, func(one, other Grant) int { return one.compare(other.moment) })
	slices.SortStableFunc(effects.Refuses, func(one, other Refusal) int { return one.compare(other.moment) })
	return effects
}
