// Package goredis6 records the pool inside go-redis 6. It lies within go-redis' own tree when it is built, since that
// pool is internal.
package goredis6

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-redis/redis/internal/pool"

	"recorder/sequence"
)

const grid = 20 * time.Millisecond

// Options are those of redis.Options that concern its pool, by their names.
type Options struct {
	PoolSize, MinIdleConns                                   int
	MaxConnAge, PoolTimeout, IdleTimeout, IdleCheckFrequency time.Duration
}

// Plan is a configuration and a course by chance.
func Plan(seed int64) sequence.Plan {
	chance := rand.New(rand.NewSource(seed))
	options := Options{PoolSize: 1 + chance.Intn(5)}
	options.PoolTimeout = time.Duration(1+chance.Intn(8))*grid + grid/2
	if chance.Intn(3) == 0 {
		options.MinIdleConns = 1 + chance.Intn(options.PoolSize)
	}
	if chance.Intn(2) == 0 {
		options.IdleTimeout = time.Duration(1+chance.Intn(6))*grid + grid/2
		if chance.Intn(2) == 0 {
			// Ticks fall neither on deadlines nor on the ends of dials.
			options.IdleCheckFrequency = time.Duration(1+chance.Intn(4))*2*grid + grid/5
		}
	}
	// Version 6 takes a connection dialed ahead for one as old as time, since it is not initialised; 7 no longer does.
	if chance.Intn(3) == 0 && options.MinIdleConns == 0 {
		options.MaxConnAge = time.Duration(2+chance.Intn(8))*grid + grid/2
	}
	plan := options.Plan()
	plan.Seed = seed
	plan.Dial = []time.Duration{0, 0, grid, 2 * grid}[chance.Intn(4)]
	// Where a dial ahead fails, its place stays counted for ever, and none is dialed in its stead: that is a mistake of
	// the original's, which nobody wants to have.
	plan.Breaks, plan.Fails = true, options.MinIdleConns == 0 && chance.Intn(5) < 2
	if options.MinIdleConns > 0 || plan.Fails {
		// Dials ahead and the breaker's probes run beside those of callers.
		plan.Slow, plan.Dial = true, max(plan.Dial, grid)
	}
	if plan.Fails && chance.Intn(2) == 0 {
		// The breaker's probe is due each second.
		plan.Leap, plan.Most = 60*grid, 200*grid
	}
	return plan
}

// Plan is these options with nothing left to chance.
func (o Options) Plan() sequence.Plan {
	moments := "[acquire, background]"
	if o.IdleCheckFrequency == 0 {
		moments = "[acquire]"
	}
	var evict []string
	if o.MaxConnAge > 0 {
		evict = append(evict, fmt.Sprintf("{ kind: ttl, max_age: %s, jitter: 0, when: %s }",
			sequence.Duration(o.MaxConnAge), moments))
	}
	if o.IdleTimeout > 0 {
		evict = append(evict, fmt.Sprintf("{ kind: idle-timeout, after: %s, floor: false, when: %s }",
			sequence.Duration(o.IdleTimeout), moments))
	}
	upkeep := ""
	if o.IdleCheckFrequency > 0 {
		upkeep = fmt.Sprintf(", upkeep: { reap_every: %s }", sequence.Duration(o.IdleCheckFrequency))
	}
	return sequence.Plan{
		Preset: "go-redis-v7", Options: o.String(),
		Pool: fmt.Sprintf("{ limits: { max_open: %d, max_leases: %d, max_idle: unlimited, min_idle: %d }, "+
			"wait: { timeout: %s }, dial: { breaker_failures: %d }%s, evict: [%s] }",
			o.PoolSize, o.PoolSize, o.MinIdleConns, sequence.Duration(o.PoolTimeout), o.PoolSize, upkeep,
			strings.Join(evict, ", ")),
		Endpoints: []string{"a"}, Grid: grid, Most: time.Second, Leap: 6 * grid, Callers: o.PoolSize + 4,
		Refusal: func(err error) string {
			if errors.Is(err, pool.ErrPoolTimeout) {
				return "timeout"
			}
			return ""
		},
		Open: func(world *sequence.World) sequence.Original {
			return original{pool.NewConnPool(&pool.Options{
				Dialer: func() (net.Conn, error) {
					number, err := world.Dial(context.Background(), "a")
					if err != nil {
						return nil, err
					}
					return fake{world: world, number: number}, nil
				},
				PoolSize: o.PoolSize, MinIdleConns: o.MinIdleConns, MaxConnAge: o.MaxConnAge,
				PoolTimeout: o.PoolTimeout, IdleTimeout: o.IdleTimeout, IdleCheckFrequency: o.IdleCheckFrequency,
			})}
		},
	}
}

func (o Options) String() string {
	return fmt.Sprintf(
		"PoolSize %d, MinIdleConns %d, MaxConnAge %v, PoolTimeout %v, IdleTimeout %v, IdleCheckFrequency %v",
		o.PoolSize, o.MinIdleConns, o.MaxConnAge, o.PoolTimeout, o.IdleTimeout, o.IdleCheckFrequency)
}

type original struct{ pool *pool.ConnPool }

// Acquire does what the client does: get, and if the connection is new, note when it was made ready.
func (o original) Acquire(_ context.Context, _ string) (sequence.Lease, error) {
	conn, err := o.pool.Get()
	if err != nil {
		return nil, err
	}
	if conn.InitedAt.IsZero() {
		conn.InitedAt = time.Now()
	}
	number, err := strconv.Atoi(conn.RemoteAddr().String())
	return lease{o.pool, conn, number}, err
}

type lease struct {
	pool   *pool.ConnPool
	conn   *pool.Conn
	number int
}

func (l lease) Conn() int { return l.number }

// Release does what the client does after a command: the connection was used just now.
func (l lease) Release(as string) {
	l.conn.SetUsedAt(time.Now())
	if as == "broken" {
		l.pool.Remove(l.conn)
	} else {
		l.pool.Put(l.conn)
	}
}

// fake is a connection from which nothing is read, and whose address is its number.
type fake struct {
	net.Conn
	world  *sequence.World
	number int
}

func (f fake) Close() error {
	f.world.Closed(f.number)
	return nil
}

func (f fake) RemoteAddr() net.Addr { return address(f.number) }

type address int

func (a address) Network() string { return "recorder" }
func (a address) String() string  { return strconv.Itoa(int(a)) }
