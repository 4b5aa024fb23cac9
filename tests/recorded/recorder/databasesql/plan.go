package databasesql

import (
	"database/sql"
	"fmt"
	"math/rand"
	"strings"
	"time"

	"recorder/sequence"
)

// Options are those of sql.DB; zero means what it means there, and for MaxIdle -1 is none.
type Options struct {
	MaxOpen, MaxIdle         int
	MaxLifetime, MaxIdleTime time.Duration
}

// Plan is a configuration and a course by chance, in which no call meets more connections that cannot be lent than it
// tries: what is recorded is the pool, and not the retries of its caller.
func Plan(seed int64) sequence.Plan {
	return plan(seed, 2)
}

// Retries is the same without that bound. A call of sql.DB closes at most two connections that cannot be lent, then it
// dials, whatever else is idle.
func Retries(seed int64) sequence.Plan {
	plan := plan(seed, 5)
	plan.Options += ", retries"
	return plan
}

func plan(seed int64, tries int) sequence.Plan {
	chance := rand.New(rand.NewSource(seed))
	options := Options{MaxOpen: chance.Intn(6), MaxIdle: -1 + chance.Intn(5)}
	if options.MaxIdle == 0 {
		options.MaxIdle = 2
	}
	if chance.Intn(3) == 0 {
		options.MaxLifetime = time.Duration(3+chance.Intn(16))*grid + grid/2
	}
	if chance.Intn(3) == 0 {
		options.MaxIdleTime = time.Duration(2+chance.Intn(16))*grid + grid/2
	}
	cuts := chance.Intn(4) == 0
	if tries > 2 {
		cuts = options.MaxLifetime == 0 || chance.Intn(2) == 0
		options.MaxIdle = tries
	} else if options.MaxLifetime > 0 || cuts {
		options.MaxIdle = min(options.MaxIdle, tries)
	}
	plan := options.Plan()
	plan.Seed = seed
	plan.Dial = []time.Duration{0, 0, grid, 2 * grid}[chance.Intn(4)]
	plan.Cancels, plan.Breaks, plan.Fails, plan.Cuts = true, true, chance.Intn(5) < 2, cuts
	plan.Timeouts = options.MaxOpen == 0
	if chance.Intn(3) == 0 && options.MaxLifetime == 0 && !cuts {
		plan.Timeouts = false
		plan.Change = change
	}
	return plan
}

const grid = 100 * time.Millisecond

// Plan is these options with nothing left to chance.
func (o Options) Plan() sequence.Plan {
	state := &original{maxOpen: o.MaxOpen, maxIdle: idle(o.MaxIdle, o.MaxOpen)}
	return sequence.Plan{
		Preset: "database-sql", Options: o.String(),
		Pool: fmt.Sprintf("{ limits: %s, wait: { exhausted: wait, timeout: never }, evict: [%s] }",
			state.limits(), strings.Join(o.evict(), ", ")),
		Endpoints: []string{"a"}, Grid: grid, Most: 5 * time.Second, Leap: 12 * grid,
		Callers: o.MaxOpen + 4, Random: true,
		Refusal: func(error) string { return "" },
		Open: func(world *sequence.World) sequence.Original {
			state.db = sql.OpenDB(connector{world})
			state.db.SetMaxOpenConns(o.MaxOpen)
			state.db.SetMaxIdleConns(o.MaxIdle)
			state.db.SetConnMaxLifetime(o.MaxLifetime)
			state.db.SetConnMaxIdleTime(o.MaxIdleTime)
			return state
		},
	}
}

func (o Options) String() string {
	return fmt.Sprintf("MaxOpen %d, MaxIdle %d, MaxLifetime %v, MaxIdleTime %v",
		o.MaxOpen, o.MaxIdle, o.MaxLifetime, o.MaxIdleTime)
}

func (o Options) evict() []string {
	var evict []string
	if o.MaxLifetime > 0 {
		evict = append(evict, fmt.Sprintf(
			"{ kind: ttl, max_age: %s, jitter: 0, strict: true, when: [acquire, release, background] }",
			sequence.Duration(o.MaxLifetime)))
	}
	if o.MaxIdleTime > 0 {
		evict = append(evict, fmt.Sprintf(
			"{ kind: idle-timeout, after: %s, strict: true, floor: false, when: [background] }",
			sequence.Duration(o.MaxIdleTime)))
	}
	return evict
}

// limits are what the limits are now, as flow YAML.
func (o *original) limits() string {
	open := "unlimited"
	if o.maxOpen > 0 {
		open = fmt.Sprint(o.maxOpen)
	}
	return fmt.Sprintf("{ max_open: %s, max_idle: %d }", open, o.maxIdle)
}

// idle is the limit that the original makes of what is set: none below one, and no more than are open.
func idle(maxIdle, maxOpen int) int {
	if maxOpen > 0 {
		maxIdle = min(maxIdle, maxOpen)
	}
	return max(maxIdle, 0)
}

func change(chance *rand.Rand, pool sequence.Original) sequence.Change {
	o := pool.(*original)
	if chance.Intn(2) == 0 {
		o.maxOpen = chance.Intn(6)
		o.maxIdle = idle(o.maxIdle, o.maxOpen)
		return sequence.Change{
			Pool:  fmt.Sprintf("{ limits: %s }", o.limits()),
			Apply: func() { o.db.SetMaxOpenConns(o.maxOpen) },
		}
	}
	o.maxIdle = idle(chance.Intn(5), o.maxOpen)
	return sequence.Change{
		Pool:  fmt.Sprintf("{ limits: %s }", o.limits()),
		Apply: func() { o.db.SetMaxIdleConns(o.maxIdle) },
	}
}
