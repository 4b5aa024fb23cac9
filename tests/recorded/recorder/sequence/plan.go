package sequence

import (
	"context"
	"math/rand"
	"time"
)

// Original is a pool to be recorded.
type Original interface {
	// Acquire waits for a lease of a connection to an endpoint.
	Acquire(ctx context.Context, endpoint string) (Lease, error)
}

// Lease is what an original gives to a caller.
type Lease interface {
	// Conn is the number that World.Dial gave.
	Conn() int
	// Release gives the connection back: "ok", "broken" or "detached".
	Release(as string)
}

// Seer is an original that sees at once that the peer has closed an idle connection.
type Seer interface {
	SeesCuts()
}

// Cutter is an original to which it must be told that the peer has closed a connection; for others World.Cut is
// enough.
type Cutter interface {
	CutConn(conn int)
}

// Clearer is an original that can forget all its connections.
type Clearer interface {
	Clear()
}

// Waiter is an original that says how often a caller had to wait in its queue so far, dials not included.
type Waiter interface {
	Waits() int
}

// Plan is how one sequence is made: an original with its configuration, and what may happen to it.
type Plan struct {
	// From is the original with its version, Preset the preset that stands for it.
	From, Preset string
	Seed         int64
	// Options is the configuration in the original's own words, Pool the same in ours, as flow YAML.
	Options, Pool string
	// Endpoints are the endpoints' addresses.
	Endpoints []string
	// Dial is how long dials take at first.
	Dial time.Duration
	// Slow: no dial takes no time. For originals that begin several at one moment in goroutines of their own, which
	// would end in any order.
	Slow bool
	// Grid is what all times of actions are multiples of. Every deadline of a configuration lies between two of them.
	Grid time.Duration
	// Most is how far the clock advances in all, Leap how far in one step.
	Most, Leap time.Duration
	// Callers is about how many want a connection at once.
	Callers int

	// Random: a waiter who is served is one of those who wait, whichever.
	Random bool
	// What may happen besides acquire, release and advance.
	Cancels, Timeouts, Breaks, Detaches, Cuts, Clears, Fails bool
	// Change makes another configuration by chance, or is nil.
	Change func(*rand.Rand, Original) Change
	// Refusal is the catalog's word for an error of the original's own; "" if it is none.
	Refusal func(error) string
	// Newest says that the order of closes in one step is that of the stack of idle connections, newest first:
	// for an original that closes in goroutines, where the order in which they happen to run means nothing.
	Newest bool

	// Open makes the original.
	Open func(*World) Original
}

// Change is a configuration changed live.
type Change struct {
	// Pool is what is said to our pool, as flow YAML.
	Pool  string
	Apply func()
}

// Step is an action, and after it was taken its effects.
type Step struct {
	Acquire  []string
	At       string
	Timeout  time.Duration
	Release  []string
	Conn     int
	As       string
	Cancel   []string
	Advance  time.Duration
	Endpoint string
	Network  *Network
	Cut      int
	// Seen says that the original sees at once that the peer has closed.
	Seen     bool
	Clear    bool
	Change   *Change
	Look     bool

	Effects Effects
}
