package sequence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing/synctest"
	"time"
)

// Driver takes steps with an original, one by one.
type Driver struct {
	plan  Plan
	world *World
	pool  Original
	start time.Time
	// How far the virtual clock is, and how many actions were taken: each takes a microsecond, so that no two
	// happen at one moment.
	now     time.Duration
	actions int
	callers map[string]*caller
	// In the order in which they came: those who wait in the pool's queue, as far as can be said from outside. Where
	// chance decides, one who was served stays among them until nobody waits.
	queue []string
	// How many of the queue wait in truth.
	queued int
	// idleSince orders connections by when they were last given back.
	idleSince map[int]int
}

type caller struct {
	// As which of all callers this one came; 0 for all where it says nothing about who is meant.
	arrival int
	cancel  context.CancelFunc
	lease   Lease
	done    bool
	gone    bool
}

// NewDriver opens the original of a plan. It must be called in a bubble of synctest.
func NewDriver(plan Plan) *Driver {
	networks := map[string]Network{}
	for _, endpoint := range plan.Endpoints {
		networks[endpoint] = Network{Dial: plan.Dial}
	}
	d := &Driver{
		plan: plan, world: newWorld(networks, plan.Grid), start: time.Now(),
		callers: map[string]*caller{}, idleSince: map[int]int{},
	}
	d.world.settled = d.settled
	d.pool = plan.Open(d.world)
	synctest.Wait()
	return d
}

// First gives what happened before any step: dials ahead.
func (d *Driver) First() Effects {
	return d.world.take()
}

// Astray says that two things fell on one moment or may have, so that their order means nothing.
func (d *Driver) Astray() bool {
	return d.world.astray
}

// settled says who is meant when this caller is served or refused, and takes it from the queue. The world is locked.
func (d *Driver) settled(name string) string {
	d.callers[name].done = true
	at := slices.Index(d.queue, name)
	if at < 0 {
		return name
	}
	d.queued--
	if !d.plan.Random || len(d.queue) == 1 {
		d.queue = slices.Delete(d.queue, at, at+1)
		return name
	}
	// Turned by one for each that is served, since two in one step must differ as keys.
	turn := (len(d.queue) - d.queued - 1) % len(d.queue)
	names := slices.Concat(d.queue[turn:], d.queue[:turn])
	if d.queued == 0 {
		d.queue = nil
	}
	return strings.Join(names, "|")
}

// Take takes a step and notes its effects in it.
func (d *Driver) Take(step *Step) {
	switch {
	case step.Acquire != nil:
		for _, name := range step.Acquire {
			d.acquire(name, step.At, step.Timeout)
			d.settle()
		}
	case step.Release != nil:
		for _, name := range step.Release {
			d.release(name, step.As)
			d.settle()
		}
	case step.Conn > 0:
		d.release(d.holder(step.Conn), step.As)
	case step.Cancel != nil:
		for _, name := range step.Cancel {
			d.callers[name].gone = true
			d.callers[name].cancel()
			d.settle()
			d.queue = slices.DeleteFunc(d.queue, func(each string) bool {
				if each == name {
					d.queued--
				}
				return each == name
			})
		}
	case step.Advance > 0:
		d.now += step.Advance
	case step.Network != nil:
		d.world.setNetwork(step.Endpoint, *step.Network)
	case step.Cut > 0:
		d.world.setCut(step.Cut)
		if cutter, ok := d.pool.(Cutter); ok {
			cutter.CutConn(step.Cut)
		}
		if _, ok := d.pool.(Seer); ok {
			step.Seen = true
		}
	case step.Clear:
		d.pool.(Clearer).Clear()
	case step.Change != nil:
		step.Change.Apply()
	}
	d.settle()
	step.Effects = d.world.take()
	if d.plan.Newest && len(step.Effects.Closes) > 1 && step.Clear {
		closes := step.Effects.Closes
		sort.Slice(closes, func(i, j int) bool { return d.idleSince[closes[i]] > d.idleSince[closes[j]] })
	}
}

// settle lets the clock come to where it should be, and waits until nothing moves.
func (d *Driver) settle() {
	synctest.Wait()
	d.actions++
	time.Sleep(time.Until(d.start.Add(d.now + time.Duration(d.actions)*time.Microsecond)))
	synctest.Wait()
}

func (d *Driver) acquire(name, endpoint string, timeout time.Duration) {
	if endpoint == "" {
		endpoint = d.plan.Endpoints[0]
	}
	ctx, cancel := context.WithCancel(context.Background())
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), timeout)
	}
	caller := &caller{cancel: cancel}
	if !d.plan.Random {
		caller.arrival = len(d.callers)
	}
	d.callers[name] = caller
	before := d.waits()
	go func() {
		lease, err := d.pool.Acquire(ctx, endpoint)
		if err == nil {
			if caller.gone {
				panic(fmt.Sprintf("%s was served after it had gone", name))
			}
			caller.lease = lease
			d.world.granted(name, lease.Conn(), caller.arrival)
		} else if !caller.gone {
			d.world.refused(name, d.refusal(err), caller.arrival)
		}
	}()
	synctest.Wait()
	if !caller.done && (!d.plan.Random || d.waits() > before) {
		d.queue = append(d.queue, name)
		d.queued++
	}
}

func (d *Driver) waits() int {
	if waiter, ok := d.pool.(Waiter); ok {
		return waiter.Waits()
	}
	return 0
}

func (d *Driver) refusal(err error) string {
	switch {
	case errors.Is(err, ErrDial):
		return "dial"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	if word := d.plan.Refusal(err); word != "" {
		return word
	}
	panic(fmt.Sprintf("an error without a word: %v", err))
}

func (d *Driver) release(name, as string) {
	caller := d.callers[name]
	lease := caller.lease
	caller.lease = nil
	d.idleSince[lease.Conn()] = d.actions
	if as == "" {
		as = "ok"
	}
	go lease.Release(as)
}

// Holder is who holds a connection, or "".
func (d *Driver) holder(conn int) string {
	for name, caller := range d.callers {
		if caller.lease != nil && caller.lease.Conn() == conn {
			return name
		}
	}
	return ""
}

// held lists the connections that are leased, in order.
func (d *Driver) held() []int {
	var conns []int
	for _, caller := range d.callers {
		if caller.lease != nil {
			conns = append(conns, caller.lease.Conn())
		}
	}
	slices.Sort(conns)
	return conns
}

// unanswered is how many are neither served nor gone.
func (d *Driver) unanswered() int {
	many := 0
	for _, caller := range d.callers {
		if !caller.done && !caller.gone {
			many++
		}
	}
	return many
}

// pending lists those who are neither served nor gone, if that can be said, in order.
func (d *Driver) pending() []string {
	if d.queued < len(d.queue) {
		return nil
	}
	var names []string
	for name, caller := range d.callers {
		if !caller.done && !caller.gone {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
