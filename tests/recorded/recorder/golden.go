package main

import (
	"fmt"
	"strings"
	"time"

	goredis6 "github.com/go-redis/redis/recorded"

	"recorder/databasesql"
	"recorder/nethttp"
	"recorder/puddle"
	"recorder/redigo"
	"recorder/sequence"
)

// trace is a sequence by hand with the effects that are known of the original: a check of the recorder.
type trace struct {
	name  string
	plan  sequence.Plan
	steps []sequence.Step
	// expects is each step with its effects, in order.
	expects []string
}

const ms = time.Millisecond

func acquire(names ...string) sequence.Step  { return sequence.Step{Acquire: names} }
func at(host, name string) sequence.Step     { return sequence.Step{Acquire: []string{name}, At: host} }
func release(names ...string) sequence.Step  { return sequence.Step{Release: names} }
func advance(by time.Duration) sequence.Step { return sequence.Step{Advance: by} }
func cancel(names ...string) sequence.Step   { return sequence.Step{Cancel: names} }
func dialing(plan sequence.Plan, dial time.Duration) sequence.Plan {
	plan.Dial = dial
	return plan
}

var traces = []trace{
	{
		name:  "redigo, MaxIdle 2: 1, 2, 3 come back, 1 is closed, then 3 and 2 are lent",
		plan:  redigo.Options{MaxIdle: 2}.Plan(),
		steps: []sequence.Step{acquire("A", "B", "C"), release("A"), release("B"), release("C"), acquire("D"), acquire("E")},
		expects: []string{
			"{ acquire: [A, B, C], dials: 3, grants: { A: 1, B: 2, C: 3 } }",
			"{ release: A }", "{ release: B }", "{ release: C, closes: [1] }",
			"{ acquire: D, grants: { D: 3 } }", "{ acquire: E, grants: { E: 2 } }",
		},
	},
	{
		name: "redigo, IdleTimeout 30 ms: nothing is closed until an acquire, which takes 3 and closes 1 and 2",
		plan: redigo.Options{MaxIdle: 3, IdleTimeout: 30 * ms}.Plan(),
		steps: []sequence.Step{
			acquire("A", "B", "C"), release("A", "B"), advance(20 * ms), release("C"), advance(20 * ms), acquire("D"),
		},
		expects: []string{
			"{ acquire: [A, B, C], dials: 3, grants: { A: 1, B: 2, C: 3 } }",
			"{ release: [A, B] }", "{ advance: 20ms }", "{ release: C }", "{ advance: 20ms }",
			"{ acquire: D, closes: [1, 2], grants: { D: 3 } }",
		},
	},
	{
		name:  "redigo, the lifetime of all has passed: all are kept when they come back, and an acquire closes 3, 2, 1",
		plan:  redigo.Options{MaxIdle: 3, MaxConnLifetime: 30 * ms}.Plan(),
		steps: []sequence.Step{acquire("A", "B", "C"), advance(40 * ms), release("A", "B", "C"), acquire("D")},
		expects: []string{
			"{ acquire: [A, B, C], dials: 3, grants: { A: 1, B: 2, C: 3 } }",
			"{ advance: 40ms }", "{ release: [A, B, C] }",
			"{ acquire: D, dials: 1, closes: [3, 2, 1], grants: { D: 4 } }",
		},
	},
	{
		name:  "redigo, TestOnBorrow fails for 3 and 2: they are closed, and 1 is lent",
		plan:  redigo.Options{MaxIdle: 3, TestOnBorrow: true}.Plan(),
		steps: []sequence.Step{acquire("A", "B", "C"), release("A", "B", "C"), {Cut: 3}, {Cut: 2}, acquire("D")},
		expects: []string{
			"{ acquire: [A, B, C], dials: 3, grants: { A: 1, B: 2, C: 3 } }", "{ release: [A, B, C] }",
			"{ cut: 3 }", "{ cut: 2 }", "{ acquire: D, closes: [3, 2], grants: { D: 1 } }",
		},
	},
	{
		name: "database/sql by default: five come back, and 3, 4 and 5 are closed; then 2 and 1 are lent",
		plan: databasesql.Options{MaxIdle: 2}.Plan(),
		steps: []sequence.Step{
			acquire("A", "B", "C", "D", "E"), release("A", "B", "C", "D", "E"), acquire("F"), acquire("G"),
		},
		expects: []string{
			"{ acquire: [A, B, C, D, E], dials: 5, grants: { A: 1, B: 2, C: 3, D: 4, E: 5 } }",
			"{ release: [A, B, C, D, E], closes: [3, 4, 5] }",
			"{ acquire: F, grants: { F: 2 } }", "{ acquire: G, grants: { G: 1 } }",
		},
	},
	{
		name: "database/sql, five bad idle ones: a call closes 5 and 4, dials, and leaves 3",
		plan: databasesql.Options{MaxIdle: 5}.Plan(),
		steps: []sequence.Step{
			acquire("A", "B", "C", "D", "E"), release("A", "B", "C", "D", "E"),
			{Cut: 1}, {Cut: 2}, {Cut: 3}, {Cut: 4}, {Cut: 5}, acquire("F"),
		},
		expects: []string{
			"{ acquire: [A, B, C, D, E], dials: 5, grants: { A: 1, B: 2, C: 3, D: 4, E: 5 } }",
			"{ release: [A, B, C, D, E] }",
			"{ cut: 1 }", "{ cut: 2 }", "{ cut: 3 }", "{ cut: 4 }", "{ cut: 5 }",
			"{ acquire: F, dials: 1, closes: [5, 4], grants: { F: 6 } }",
		},
	},
	{
		name:  "net/http, two idle for each host: 1, 2, 3 come back, 3 is closed, and 2 is lent",
		plan:  nethttp.Options{Hosts: []string{"a"}}.Plan(),
		steps: []sequence.Step{acquire("A"), acquire("B"), acquire("C"), release("A", "B", "C"), acquire("D")},
		expects: []string{
			"{ acquire: A, dials: 1, grants: { A: 1 } }", "{ acquire: B, dials: 1, grants: { B: 2 } }",
			"{ acquire: C, dials: 1, grants: { C: 3 } }", "{ release: [A, B, C], closes: [3] }",
			"{ acquire: D, grants: { D: 2 } }",
		},
	},
	{
		name:  "net/http, MaxIdleConns 2 over two hosts: 1, 2, 3 come back, and 1 is closed",
		plan:  nethttp.Options{MaxIdleConns: 2, Hosts: []string{"a", "b"}}.Plan(),
		steps: []sequence.Step{at("a", "A"), at("a", "B"), at("b", "C"), release("A", "B", "C")},
		expects: []string{
			"{ acquire: A, at: a, dials: 1, grants: { A: 1 } }", "{ acquire: B, at: a, dials: 1, grants: { B: 2 } }",
			"{ acquire: C, at: b, dials: 1, grants: { C: 3 } }", "{ release: [A, B, C], closes: [1] }",
		},
	},
	{
		name: "net/http: 1 comes back while a dial runs and serves its request; the orphan 2 serves a later one",
		plan: dialing(nethttp.Options{Hosts: []string{"a"}}.Plan(), 200*ms),
		steps: []sequence.Step{
			acquire("A"), advance(200 * ms), acquire("B"), advance(20 * ms), release("A"), advance(180 * ms), acquire("C"),
		},
		expects: []string{
			"{ acquire: A, dials: 1 }", "{ advance: 200ms, grants: { A: 1 } }", "{ acquire: B, dials: 1 }",
			"{ advance: 20ms }", "{ release: A, grants: { B: 1 } }", "{ advance: 180ms }",
			"{ acquire: C, grants: { C: 2 } }",
		},
	},
	{
		name: "go-redis, PoolSize 4, MinIdleConns 2: two at first; three after one get, four after two, four after three",
		plan: dialing(goredis6.Options{PoolSize: 4, MinIdleConns: 2, PoolTimeout: time.Second}.Plan(), 20*ms),
		steps: []sequence.Step{
			advance(20 * ms), acquire("A"), advance(20 * ms), acquire("B"), advance(20 * ms), acquire("C"), advance(20 * ms),
		},
		expects: []string{
			"{ look: {}, dials: 2 }", "{ advance: 20ms }",
			"{ acquire: A, dials: 1, grants: { A: 2 } }", "{ advance: 20ms }",
			"{ acquire: B, dials: 1, grants: { B: 3 } }", "{ advance: 20ms }",
			"{ acquire: C, grants: { C: 4 } }", "{ advance: 20ms }",
		},
	},
	{
		name: "go-redis: the reaper closes 1, 2, 3",
		plan: goredis6.Options{
			PoolSize: 4, PoolTimeout: time.Second, IdleTimeout: 30 * ms, IdleCheckFrequency: 44 * ms,
		}.Plan(),
		steps: []sequence.Step{acquire("A", "B", "C"), release("A", "B", "C"), advance(100 * ms)},
		expects: []string{
			"{ acquire: [A, B, C], dials: 3, grants: { A: 1, B: 2, C: 3 } }", "{ release: [A, B, C] }",
			"{ advance: 100ms, closes: [1, 2, 3] }",
		},
	},
	{
		name:  "go-redis without a reaper: an acquire closes 3, 2, 1",
		plan:  goredis6.Options{PoolSize: 4, PoolTimeout: time.Second, IdleTimeout: 30 * ms}.Plan(),
		steps: []sequence.Step{acquire("A", "B", "C"), release("A", "B", "C"), advance(100 * ms), acquire("D")},
		expects: []string{
			"{ acquire: [A, B, C], dials: 3, grants: { A: 1, B: 2, C: 3 } }", "{ release: [A, B, C] }",
			"{ advance: 100ms }", "{ acquire: D, dials: 1, closes: [3, 2, 1], grants: { D: 4 } }",
		},
	},
	{
		name:  "puddle: who goes away during the dial leaves its connection, which becomes idle",
		plan:  dialing(puddle.Options{MaxSize: 2}.Plan(), 40*ms),
		steps: []sequence.Step{acquire("A"), cancel("A"), advance(40 * ms), acquire("B")},
		expects: []string{
			"{ acquire: A, dials: 1 }", "{ cancel: A }", "{ advance: 40ms }", "{ acquire: B, grants: { B: 1 } }",
		},
	},
}

// golden runs each trace in a process of its own and compares.
func golden() error {
	failed := 0
	for number, trace := range traces {
		output, err := child("2", "golden", fmt.Sprint(number))
		if err != nil {
			return fmt.Errorf("%s: %w", trace.name, err)
		}
		if expected := strings.Join(trace.expects, "\n") + "\n"; output != expected {
			failed++
			fmt.Printf("NOT AS KNOWN: %s\n--- known\n%s--- recorded\n%s", trace.name, expected, output)
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(traces)-failed, failed)
	if failed > 0 {
		return fmt.Errorf("the recorder does not see what is known; nothing that it records counts")
	}
	return nil
}
