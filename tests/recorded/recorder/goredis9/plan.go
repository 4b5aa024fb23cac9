package goredis9

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"time"

	"github.com/redis/go-redis/v9/internal/pool"

	"recorder/sequence"
)

const grid = 20 * time.Millisecond

// Options are those of redis.Options that concern its pool, by their names; zero for unlimited and never.
type Options struct {
	PoolFIFO                                                            bool
	PoolSize, MinIdleConns, MaxIdleConns, MaxActiveConns, MaxConcurrent int
	PoolTimeout, ConnMaxIdleTime, ConnMaxLifetime                       time.Duration
	DialerRetries                                                       int
	DialerRetryTimeout                                                  time.Duration
}

// Plan is a configuration and a course by chance.
func Plan(seed int64) sequence.Plan {
	chance := rand.New(rand.NewSource(seed))
	options := Options{
		PoolFIFO: chance.Intn(4) == 0, PoolSize: 1 + chance.Intn(5),
		PoolTimeout:   time.Duration(1+chance.Intn(8))*grid + grid/2,
		DialerRetries: 1, DialerRetryTimeout: grid,
	}
	options.MaxConcurrent = options.PoolSize
	switch chance.Intn(6) {
	case 0:
		options.MinIdleConns = 1 + chance.Intn(options.PoolSize)
	case 1:
		options.MaxActiveConns = 1 + chance.Intn(options.PoolSize)
	case 2:
		options.MaxConcurrent = 1 + chance.Intn(options.PoolSize)
	}
	if chance.Intn(3) == 0 {
		// Below MinIdleConns, what is dialed ahead would be closed again: we refuse that.
		options.MaxIdleConns = max(1+chance.Intn(options.PoolSize), options.MinIdleConns)
	}
	if chance.Intn(3) == 0 {
		options.ConnMaxIdleTime = time.Duration(1+chance.Intn(6))*grid + grid/2
	}
	if chance.Intn(3) == 0 {
		options.ConnMaxLifetime = time.Duration(2+chance.Intn(8))*grid + grid/2
	}
	fails := chance.Intn(5) < 2
	if fails && chance.Intn(2) == 0 {
		options.DialerRetries = 2 + chance.Intn(2)
		options.DialerRetryTimeout = time.Duration(1+chance.Intn(3)) * grid
	}
	plan := options.Plan()
	plan.Seed = seed
	plan.Dial = []time.Duration{0, grid, 2 * grid, 3 * grid}[chance.Intn(4)]
	plan.Cancels, plan.Timeouts, plan.Breaks = true, true, true
	plan.Fails, plan.Cuts = fails, chance.Intn(4) == 0
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
	return sequence.Plan{
		Preset: "go-redis-v9", Options: o.String(), Pool: o.pool(),
		Endpoints: []string{"a"}, Grid: grid, Most: time.Second, Leap: 6 * grid, Callers: o.PoolSize + 4,
		Refusal: func(err error) string {
			switch {
			case errors.Is(err, pool.ErrPoolTimeout):
				return "timeout"
			case errors.Is(err, pool.ErrPoolExhausted):
				return "exhausted"
			}
			return ""
		},
		Open: func(world *sequence.World) sequence.Original { return o.open(world) },
	}
}

// pool is the same in our words. The cap on active connections refuses; the pool's size alone makes those beyond it
// ones that are not pooled.
func (o Options) pool() string {
	open, exhausted := o.PoolSize, "overflow"
	if o.MaxActiveConns > 0 && o.MaxActiveConns < o.PoolSize {
		open, exhausted = o.MaxActiveConns, "fail"
	}
	idle := "unlimited"
	if o.MaxIdleConns > 0 {
		idle = fmt.Sprint(o.MaxIdleConns)
	}
	order := "lifo"
	if o.PoolFIFO {
		order = "fifo"
	}
	var evict []string
	if o.ConnMaxLifetime > 0 {
		evict = append(evict, fmt.Sprintf("{ kind: ttl, max_age: %s, jitter: 0, strict: true, when: [acquire] }",
			sequence.Duration(o.ConnMaxLifetime)))
	}
	if o.ConnMaxIdleTime > 0 {
		evict = append(evict, fmt.Sprintf("{ kind: idle-timeout, after: %s, floor: false, when: [acquire] }",
			sequence.Duration(o.ConnMaxIdleTime)))
	}
	return fmt.Sprintf("{ acquire: { kind: %s }, "+
		"limits: { max_open: %d, max_leases: %d, max_idle: %s, min_idle: %d }, wait: { exhausted: %s, timeout: %s }, "+
		"dial: { max_concurrent: %d, attempts: %d, attempt_pause: %s, breaker_failures: %d }, evict: [%s] }",
		order, open, o.PoolSize, idle, o.MinIdleConns, exhausted, sequence.Duration(o.PoolTimeout),
		o.MaxConcurrent, o.DialerRetries, sequence.Duration(o.DialerRetryTimeout), o.PoolSize,
		strings.Join(evict, ", "))
}

func (o Options) String() string {
	return fmt.Sprintf("PoolFIFO %t, PoolSize %d, MinIdleConns %d, MaxIdleConns %d, MaxActiveConns %d, "+
		"MaxConcurrentDials %d, PoolTimeout %v, ConnMaxIdleTime %v, ConnMaxLifetime %v, DialerRetries %d after %v",
		o.PoolFIFO, o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.MaxActiveConns, o.MaxConcurrent, o.PoolTimeout,
		o.ConnMaxIdleTime, o.ConnMaxLifetime, o.DialerRetries, o.DialerRetryTimeout)
}
