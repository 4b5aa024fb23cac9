// Package redigo records gomodule/redigo, with connections that are numbers.
package redigo

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"

	"recorder/sequence"
)

const grid = 20 * time.Millisecond

// Options are those of redis.Pool, by its names.
type Options struct {
	MaxIdle, MaxActive           int
	Wait, TestOnBorrow           bool
	IdleTimeout, MaxConnLifetime time.Duration
}

// Plan is a configuration and a course by chance.
func Plan(seed int64) sequence.Plan {
	chance := rand.New(rand.NewSource(seed))
	options := Options{
		MaxIdle: chance.Intn(5), MaxActive: chance.Intn(6),
		Wait: chance.Intn(2) == 0, TestOnBorrow: chance.Intn(3) == 0,
	}
	if chance.Intn(2) == 0 {
		options.IdleTimeout = time.Duration(1+chance.Intn(6))*grid + grid/2
	}
	if chance.Intn(3) == 0 {
		options.MaxConnLifetime = time.Duration(2+chance.Intn(8))*grid + grid/2
	}
	plan := options.Plan()
	plan.Seed = seed
	plan.Dial = []time.Duration{0, 0, grid, 2 * grid}[chance.Intn(4)]
	plan.Cancels, plan.Timeouts, plan.Breaks = true, true, true
	plan.Fails = chance.Intn(5) < 2
	return plan
}

// Plan is these options with nothing left to chance.
func (o Options) Plan() sequence.Plan {
	open, leases, exhausted := "unlimited", "unlimited", "fail"
	if o.MaxActive > 0 {
		open = fmt.Sprint(o.MaxActive)
	}
	if o.Wait {
		leases, exhausted = open, "wait"
	}
	var evict []string
	if o.MaxConnLifetime > 0 {
		evict = append(evict, fmt.Sprintf("{ kind: ttl, max_age: %s, jitter: 0, when: [acquire] }",
			sequence.Duration(o.MaxConnLifetime)))
	}
	if o.IdleTimeout > 0 {
		evict = append(evict, fmt.Sprintf("{ kind: idle-timeout, after: %s, strict: true, floor: false, when: [sweep] }",
			sequence.Duration(o.IdleTimeout)))
	}
	return sequence.Plan{
		Preset: "redigo", Options: o.String(),
		Pool: fmt.Sprintf(
			"{ limits: { max_idle: %d, victim: oldest, max_open: %s, max_leases: %s }, "+
				"wait: { exhausted: %s, timeout: never }, evict: [%s] }",
			o.MaxIdle, open, leases, exhausted, strings.Join(evict, ", ")),
		Endpoints: []string{"a"}, Grid: grid, Most: time.Second, Leap: 6 * grid, Callers: o.MaxActive + 4,
		Cuts: o.TestOnBorrow,
		Refusal: func(err error) string {
			if errors.Is(err, redis.ErrPoolExhausted) {
				return "exhausted"
			}
			return ""
		},
		Open: func(world *sequence.World) sequence.Original { return o.open(world) },
	}
}

func (o Options) String() string {
	return fmt.Sprintf("MaxIdle %d, MaxActive %d, Wait %t, IdleTimeout %v, MaxConnLifetime %v, TestOnBorrow %t",
		o.MaxIdle, o.MaxActive, o.Wait, o.IdleTimeout, o.MaxConnLifetime, o.TestOnBorrow)
}

func (o Options) open(world *sequence.World) sequence.Original {
	pool := &redis.Pool{
		MaxIdle: o.MaxIdle, MaxActive: o.MaxActive, Wait: o.Wait,
		IdleTimeout: o.IdleTimeout, MaxConnLifetime: o.MaxConnLifetime,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			number, err := world.Dial(ctx, "a")
			if err != nil {
				return nil, err
			}
			return &fake{world: world, number: number}, nil
		},
	}
	if o.TestOnBorrow {
		pool.TestOnBorrow = func(conn redis.Conn, _ time.Time) error {
			if world.Cut(conn.(*fake).number) {
				return errBroken
			}
			return nil
		}
	}
	return original{pool}
}

type original struct{ pool *redis.Pool }

func (o original) Acquire(ctx context.Context, _ string) (sequence.Lease, error) {
	conn, err := o.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	number, err := redis.Int(conn.Do("NUMBER"))
	return lease{conn, number}, err
}

type lease struct {
	conn   redis.Conn
	number int
}

func (l lease) Conn() int { return l.number }

func (l lease) Release(as string) {
	if as == "broken" {
		// From now on Err tells of it.
		_, _ = l.conn.Do("BREAK")
	}
	if err := l.conn.Close(); err != nil && as != "broken" {
		panic(err)
	}
}

var errBroken = errors.New("recorder: the connection is broken")

// fake is a connection that knows two commands: its number, and to be broken.
type fake struct {
	world  *sequence.World
	number int
	broken atomic.Bool
}

func (f *fake) Do(command string, _ ...any) (any, error) {
	switch command {
	case "NUMBER":
		return int64(f.number), nil
	case "BREAK":
		f.broken.Store(true)
	}
	return nil, f.Err()
}

func (f *fake) Err() error {
	if f.broken.Load() {
		return errBroken
	}
	return nil
}

func (f *fake) Close() error {
	f.world.Closed(f.number)
	return nil
}

func (f *fake) Send(string, ...any) error { return f.Err() }
func (f *fake) Flush() error              { return f.Err() }
func (f *fake) Receive() (any, error)     { return nil, f.Err() }
