// Package puddle records jackc/puddle, the pool under pgxpool, with resources that are numbers.
package puddle

import (
	"context"
	"fmt"
	"math/rand"
	"time"

	"github.com/jackc/puddle/v2"

	"recorder/sequence"
)

const grid = 20 * time.Millisecond

// Options are those of puddle.Config.
type Options struct{ MaxSize int32 }

// Plan is a configuration and a course by chance.
func Plan(seed int64) sequence.Plan {
	chance := rand.New(rand.NewSource(seed))
	plan := Options{MaxSize: 1 + chance.Int31n(5)}.Plan()
	plan.Seed = seed
	plan.Dial = []time.Duration{0, grid, 2 * grid, 3 * grid}[chance.Intn(4)]
	plan.Cancels, plan.Timeouts, plan.Breaks, plan.Detaches, plan.Clears = true, true, true, true, true
	plan.Fails = chance.Intn(5) < 2
	return plan
}

// Plan is these options with nothing left to chance.
func (o Options) Plan() sequence.Plan {
	return sequence.Plan{
		Preset: "puddle", Options: fmt.Sprintf("MaxSize %d", o.MaxSize),
		Pool: fmt.Sprintf(
			"{ limits: { max_open: %d, max_idle: unlimited }, wait: { exhausted: wait, timeout: never }, evict: [] }",
			o.MaxSize),
		Endpoints: []string{"a"}, Grid: grid, Most: time.Second, Leap: 5 * grid, Callers: int(o.MaxSize) + 4,
		Newest:  true,
		Refusal: func(error) string { return "" },
		Open: func(world *sequence.World) sequence.Original {
			pool, err := puddle.NewPool(&puddle.Config[int]{
				Constructor: func(ctx context.Context) (int, error) { return world.Dial(ctx, "a") },
				Destructor:  func(number int) { world.Closed(number) },
				MaxSize:     o.MaxSize,
			})
			if err != nil {
				panic(err)
			}
			return original{pool}
		},
	}
}

type original struct{ pool *puddle.Pool[int] }

func (o original) Acquire(ctx context.Context, _ string) (sequence.Lease, error) {
	resource, err := o.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return lease{resource, resource.Value()}, nil
}

func (o original) Clear() { o.pool.Reset() }

type lease struct {
	resource *puddle.Resource[int]
	number   int
}

func (l lease) Conn() int { return l.number }

func (l lease) Release(as string) {
	switch as {
	case "broken":
		l.resource.Destroy()
	case "detached":
		l.resource.Hijack()
	default:
		l.resource.Release()
	}
}
