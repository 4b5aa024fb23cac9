package sequence

import (
	"math/rand"
	"slices"
	"time"
)

// Random makes steps by chance and takes them, from 10 to 25. What is chosen depends on the plan's seed and on what
// can be said from outside, so that an original that does the same gets the same steps.
func (d *Driver) Random() []Step {
	chance := rand.New(rand.NewSource(d.plan.Seed))
	many := 10 + chance.Intn(16)
	steps := make([]Step, 0, many)
	names := names{}
	network := map[string]Network{}
	for _, endpoint := range d.plan.Endpoints {
		network[endpoint] = Network{Dial: d.plan.Dial}
	}
	closed := map[int]bool{}
	for len(steps) < many {
		step := d.choose(chance, &names, network, closed, len(steps))
		d.Take(&step)
		for _, conn := range step.Effects.Closes {
			closed[conn] = true
		}
		if step.As == "detached" {
			closed[step.Conn] = true
		}
		steps = append(steps, step)
	}
	return steps
}

func (d *Driver) choose(
	chance *rand.Rand, names *names, network map[string]Network, closed map[int]bool, taken int,
) Step {
	held, pending := d.held(), d.pending()
	unanswered := d.unanswered()
	weights := map[string]int{"acquire": 32, "advance": 18}
	if taken < 4 {
		weights["acquire"] = 120
	}
	if len(held)+unanswered > d.plan.Callers {
		weights["acquire"] = 6
	}
	if unanswered > 0 {
		weights["advance"] = 30
	}
	if d.now >= d.plan.Most {
		delete(weights, "advance")
	}
	if len(held) > 0 {
		weights["release"] = 36
	}
	if d.plan.Cancels && len(pending) > 0 {
		weights["cancel"] = 9
	}
	if taken > 0 {
		weights["network"] = 3
		if d.fails(network) {
			weights["network"] = 8
			weights["acquire"] += 12
		} else if d.plan.Fails {
			weights["network"] = 12
		}
	}
	idle := d.idle(held, closed)
	if d.plan.Cuts && len(idle) > 0 {
		weights["cut"] = 24
	}
	if d.plan.Clears && taken > 2 {
		weights["clear"] = 4
	}
	if d.plan.Change != nil && taken > 2 {
		weights["change"] = 18
	}
	switch pick(chance, weights) {
	case "acquire":
		return d.someAcquire(chance, names)
	case "release":
		return d.someRelease(chance, held)
	case "advance":
		most := int64(min(d.plan.Leap, d.plan.Most-d.now) / d.plan.Grid)
		return Step{Advance: time.Duration(1+chance.Int63n(max(most, 1))) * d.plan.Grid}
	case "cancel":
		return Step{Cancel: []string{pending[chance.Intn(len(pending))]}}
	case "network":
		endpoint := d.plan.Endpoints[chance.Intn(len(d.plan.Endpoints))]
		next := d.someNetwork(chance, network[endpoint])
		network[endpoint] = next
		return Step{Endpoint: endpoint, Network: &next}
	case "cut":
		return Step{Cut: idle[chance.Intn(len(idle))]}
	case "clear":
		return Step{Clear: true}
	default:
		change := d.plan.Change(chance, d.pool)
		return Step{Change: &change}
	}
}

func (d *Driver) someAcquire(chance *rand.Rand, names *names) Step {
	many := 1
	if chance.Intn(5) == 0 {
		many += 1 + chance.Intn(2)
	}
	step := Step{}
	for range many {
		step.Acquire = append(step.Acquire, names.next())
	}
	if len(d.plan.Endpoints) > 1 {
		step.At = d.plan.Endpoints[chance.Intn(len(d.plan.Endpoints))]
	}
	if d.plan.Timeouts && chance.Intn(6) == 0 {
		step.Timeout = time.Duration(chance.Intn(4))*d.plan.Grid + d.plan.Grid/2
	}
	return step
}

func (d *Driver) someRelease(chance *rand.Rand, held []int) Step {
	step := Step{}
	switch roll := chance.Intn(100); {
	case d.plan.Breaks && roll < 12:
		step.As = "broken"
	case d.plan.Detaches && roll > 94:
		step.As = "detached"
	}
	conn := held[chance.Intn(len(held))]
	if d.plan.Random || step.As != "" {
		step.Conn = conn
		return step
	}
	step.Release = []string{d.holder(conn)}
	if len(held) > 1 && chance.Intn(6) == 0 {
		rest := slices.DeleteFunc(held, func(each int) bool { return each == conn })
		step.Release = append(step.Release, d.holder(rest[chance.Intn(len(rest))]))
	}
	return step
}

func (d *Driver) someNetwork(chance *rand.Rand, now Network) Network {
	if d.plan.Fails && (now.Fails || chance.Intn(2) == 0) {
		return Network{Dial: now.Dial, Fails: !now.Fails}
	}
	next := now
	for next == now {
		next.Dial = time.Duration(chance.Intn(4)) * d.plan.Grid
		if d.plan.Slow {
			next.Dial = max(next.Dial, d.plan.Grid)
		}
	}
	return next
}

func (d *Driver) fails(network map[string]Network) bool {
	for _, endpoint := range d.plan.Endpoints {
		if network[endpoint].Fails {
			return true
		}
	}
	return false
}

// idle lists the connections that are open, not leased, and not cut already.
func (d *Driver) idle(held []int, closed map[int]bool) []int {
	var idle []int
	for conn := 1; conn <= d.world.conns; conn++ {
		if !closed[conn] && !d.world.cut[conn] && !slices.Contains(held, conn) {
			idle = append(idle, conn)
		}
	}
	return idle
}

func pick(chance *rand.Rand, weights map[string]int) string {
	var keys []string
	sum := 0
	for key, weight := range weights {
		keys = append(keys, key)
		sum += weight
	}
	slices.Sort(keys)
	roll := chance.Intn(sum)
	for _, key := range keys {
		if roll -= weights[key]; roll < 0 {
			return key
		}
	}
	panic("the weights are less than their sum")
}

// names are A to Z, then AA, AB and so on.
type names struct{ given int }

func (n *names) next() string {
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	name := string(letters[n.given%26])
	if n.given >= 26 {
		name = string(letters[n.given/26-1]) + name
	}
	n.given++
	return name
}
