package nethttp

import (
	"fmt"
	"math/rand"
	"net/http"
	"time"

	"recorder/sequence"
)

const grid = 20 * time.Millisecond

// Options are those of http.Transport that concern its pool, by their names; zero means what it means there.
type Options struct {
	MaxIdleConns, MaxIdleConnsPerHost, MaxConnsPerHost int
	IdleConnTimeout                                    time.Duration
	Hosts                                              []string
}

// Plan is a configuration and a course by chance.
func Plan(seed int64) sequence.Plan {
	chance := rand.New(rand.NewSource(seed))
	options := Options{
		MaxIdleConns: chance.Intn(5), MaxIdleConnsPerHost: chance.Intn(5) - 1, MaxConnsPerHost: chance.Intn(5),
		Hosts: []string{"a", "b", "c"}[:1+chance.Intn(3)],
	}
	if chance.Intn(2) == 0 {
		options.IdleConnTimeout = time.Duration(1+chance.Intn(6))*grid + grid/2
	}
	plan := options.Plan()
	plan.Seed = seed
	plan.Dial = []time.Duration{0, grid, 2 * grid, 3 * grid}[chance.Intn(4)]
	plan.Cancels, plan.Timeouts, plan.Breaks = true, true, true
	plan.Fails, plan.Cuts = chance.Intn(5) < 2, chance.Intn(5) == 0
	if plan.Cuts {
		plan.Options += ", with peers that close"
	}
	return plan
}

// Plan is these options with nothing left to chance.
func (o Options) Plan() sequence.Plan {
	unlimited := func(limit int) string {
		if limit == 0 {
			return "unlimited"
		}
		return fmt.Sprint(limit)
	}
	perHost := o.MaxIdleConnsPerHost
	if perHost == 0 {
		perHost = http.DefaultMaxIdleConnsPerHost
	}
	// Below zero keep-alives are disabled: each connection serves one request.
	release := ""
	if perHost < 0 {
		perHost, release = 0, "release: { kind: max-uses, uses: 1 }, "
	}
	evict := ""
	if o.IdleConnTimeout > 0 {
		evict = fmt.Sprintf("{ kind: idle-timeout, after: %s, floor: false, when: [acquire, background] }",
			sequence.Duration(o.IdleConnTimeout))
	}
	return sequence.Plan{
		Preset: "net-http", Options: o.String(),
		Pool: fmt.Sprintf("{ %slimits: { max_idle: %s, victim: oldest, max_idle_per_endpoint: %d, "+
			"victim_per_endpoint: incoming, max_open: unlimited, max_open_per_endpoint: %s }, "+
			"wait: { exhausted: wait, timeout: never }, evict: [%s] }",
			release, unlimited(o.MaxIdleConns), perHost, unlimited(o.MaxConnsPerHost), evict),
		Endpoints: o.Hosts, Grid: grid, Most: time.Second, Leap: 5 * grid,
		Callers: 4 + min(o.MaxConnsPerHost, 3),
		Refusal: func(error) string { return "" },
		Open: func(world *sequence.World) sequence.Original {
			network := &network{world: world, peers: map[int]*peer{}}
			return original{&http.Transport{
				DialContext:  network.dial,
				MaxIdleConns: o.MaxIdleConns, MaxIdleConnsPerHost: o.MaxIdleConnsPerHost,
				MaxConnsPerHost: o.MaxConnsPerHost, IdleConnTimeout: o.IdleConnTimeout,
				DisableCompression: true,
			}, network}
		},
	}
}

func (o Options) String() string {
	return fmt.Sprintf("MaxIdleConns %d, MaxIdleConnsPerHost %d, MaxConnsPerHost %d, IdleConnTimeout %v, %d host(s)",
		o.MaxIdleConns, o.MaxIdleConnsPerHost, o.MaxConnsPerHost, o.IdleConnTimeout, len(o.Hosts))
}
