//! What the connections do, why they are closed, and how many are needed.

use pool_core::State;
use pool_core::catalog::{Attribute, Metric, Span};

use crate::dashboard::uid;
use crate::measure::CHOSEN;
use crate::panel::Color::{Bad, Coming, Going, Idle, Plain, Used, Warn};
use crate::panel::{DataLink, Panel, Unit};
use crate::promql::label::{POLICY, POOL, POOL_STATUS, REASON, STATE, TARGET};
use crate::promql::{RANGE, max, min, sum};

pub(super) fn panels() -> Vec<Panel> {
    vec![
        by_state(),
        needed(),
        idle(),
        dial_time(),
        evictions(),
        closes_by_the_pool(),
        churn(),
        dials_per_lease(),
        lifetime(),
        status(),
        age(),
    ]
}

fn by_state() -> Panel {
    let count = CHOSEN.of(Metric::ConnectionCount).now();
    Panel::chart("Connections by state", Unit::Number)
        .shows("What the connections do, one on top of the other, under the most there may be.")
        .when_bad(
            "All `used` up to the line: full. Much `dialing`: the backend is slow to connect, or connections do not \
             live long, see *Churn*. Much `closing`: it is slow to say goodbye. Much `idle` at all times: the pool is \
             larger than it has to be.",
        )
        .query(sum(&[POOL, STATE], count), "{{pool}} {{state}}")
        .query(CHOSEN.most(&[POOL]), "{{pool}} max")
        .color_to_the_edge(State::Leased.as_str(), Used)
        .color(State::Idle.as_str(), Idle)
        .color(State::Dialing.as_str(), Coming)
        .color(State::Checking.as_str(), Plain)
        .color(State::Resetting.as_str(), Warn)
        .color(State::Closing.as_str(), Going)
        .limit("max")
        .stacked()
        .leads_to(DataLink::dashboard(&uid("endpoints"), "By endpoint"))
}

fn needed() -> Panel {
    let needed = CHOSEN.of(Metric::ConnectionNeeded).now();
    Panel::chart("Needed and configured size", Unit::Number)
        .shows(
            "The connections that the load of the last minutes needs, by Little's law: `average` to carry it at all, \
             `wait` so that the 99th percentile of the wait stays below its target; and the most there may be.",
        )
        .when_bad(
            "`wait` above max: raise `max_open`, if the backend can take it. `average` above max: callers come faster \
             than they can be served, for ever; a larger pool helps only if the backend is not the limit. Both far \
             below: the pool may be smaller.",
        )
        .query(sum(&[POOL, TARGET], needed), "{{pool}} {{target}}")
        .may_be_empty("a new pool, or an idle one, has too little to go by")
        .query(CHOSEN.most(&[POOL]), "{{pool}} max")
        .query(CHOSEN.connections(&[POOL], State::Leased), "{{pool}} used")
        .many()
        .limit("max")
        .color(Attribute::WAIT, Warn)
        .color("used", Used)
}

fn idle() -> Panel {
    let sum_of = |of| sum(&[POOL], CHOSEN.of(of).now());
    Panel::chart("Idle connections and their limits", Unit::Number)
        .shows("Idle connections, as many as are kept ready, and the most there may be.")
        .when_bad(
            "Below what is kept ready for long: dials fail, see *Endpoints*. At the most, with closes for the reason \
             `max-idle`: connections are made and thrown away in turns; raise `max_idle`.",
        )
        .query(CHOSEN.connections(&[POOL], State::Idle), "{{pool}} idle")
        .query(sum_of(Metric::ConnectionIdleMin), "{{pool}} kept ready")
        .query(sum_of(Metric::ConnectionIdleMax), "{{pool}} most")
        .color("idle", Idle)
        .limit("most")
        .yardstick("kept ready")
}

fn dial_time() -> Panel {
    let dial = |of| CHOSEN.quantile(of, &[POOL], Metric::DialTime);
    Panel::chart("Dial time", Unit::Seconds)
        .shows("How long the dials took that succeeded, TLS and log-in included.")
        .when_bad(
            "Slow dials make callers wait that find nothing ready: keep more ready with `min_idle`, let connections \
             live longer. *Endpoints › Dial time by endpoint* tells which backend it is.",
        )
        .query(dial(0.5), "{{pool}} p50")
        .query(dial(0.95), "{{pool}} p95")
        .query(dial(0.99), "{{pool}} p99")
        .traces(Span::Dial)
        .leads_to(DataLink::dashboard(&uid("endpoints"), "By endpoint"))
}

fn evictions() -> Panel {
    Panel::chart("Evictions by policy and reason", Unit::PerSecond)
        .shows("Connections that a policy took out of service, a second, by the policy and its word for why.")
        .when_bad(
            "A storm at one moment: many connections are of the same age; give `ttl` more `jitter`. A steady stream \
             of `idle-timeout` beside as many dials: the time-out is shorter than the pauses of the load.",
        )
        .query(CHOSEN.evictions(&[POOL, POLICY, REASON]), "{{pool}} {{policy}}: {{reason}}")
        .may_be_empty("no policy has evicted anything")
        .stacked()
        .spans(Span::Evict)
        .leads_to(DataLink::dashboard(&uid("policies"), "What the policies decide"))
}

fn closes_by_the_pool() -> Panel {
    Panel::chart("Closes by the pool itself, by reason", Unit::PerSecond)
        .shows("Connections that the pool took out of service on its own, a second, by reason.")
        .when_bad(
            "`broken`, `peer-closed`, `dead`: the backend or something between cuts connections; an idle time-out \
             below that of the peer helps. `check-failed`, `reset-failed`: see the log. `max-idle`: raise it. \
             `panic`: a caller panicked while it held a lease.",
        )
        .query(CHOSEN.closes_by_the_pool(&[POOL, REASON]), "{{pool}} {{reason}}")
        .may_be_empty("the pool has closed nothing")
        .stacked()
        .spans(Span::Close)
}

fn churn() -> Panel {
    Panel::chart("Churn", Unit::PerSecond)
        .shows("Connections dialed and closed, a second, and dials that were wanted and not begun.")
        .when_bad(
            "Both high together: connections are not reused. The two panels before this one tell why they are closed.",
        )
        .query(CHOSEN.rate(&[POOL], Metric::Dials), "{{pool}} dialed")
        .query(CHOSEN.rate(&[POOL], Metric::EndpointCloses), "{{pool}} closed")
        .query(CHOSEN.rate(&[POOL], Metric::DialElisions), "{{pool}} not begun")
        .color("dialed", Coming)
        .color("closed", Going)
        .spans(Span::Dial)
}

fn dials_per_lease() -> Panel {
    Panel::chart("Dials for each lease", Unit::Share)
        .shows("How many connections are dialed for each lease: near zero if they are reused, one if never.")
        .when_bad("Above the line a connection serves fewer than ten leases: find the reason of the closes.")
        .query(CHOSEN.dials_per_lease(&[POOL]), "{{pool}}")
        .steps(&[(0.1, Bad)])
        .at_least_up_to(0.12)
}

fn lifetime() -> Panel {
    let life = |of| CHOSEN.quantile(of, &[POOL], Metric::ConnectionLifetime);
    Panel::chart("Age at close", Unit::Seconds)
        .shows("How old connections were when they were taken out of service, half of them and 99 in a hundred.")
        .when_bad(
            "Far below `max_age` and the idle time-out: they do not come to use; the panels of evictions and closes \
             tell why. All of the same age: they were dialed together, and will be again; give `ttl` more `jitter`.",
        )
        .query(life(0.5), "{{pool}} p50")
        .query(life(0.99), "{{pool}} p99")
        .may_be_empty("no connection has been closed")
        .spans(Span::Close)
}

fn status() -> Panel {
    let status = CHOSEN.of(Metric::PoolStatus).now();
    Panel::chart("Open, draining, closed", Unit::Number)
        .shows("In how many processes the pool gives leases, gives none any more, or is closed.")
        .when_bad(
            "Draining for long: a lease is not given back; `drain` reports who holds it, and so does *Oldest lease*.",
        )
        .query(sum(&[POOL, POOL_STATUS], status), "{{pool}} {{status}}")
        .color(Attribute::OPEN, Idle)
        .color(Attribute::DRAINING, Warn)
        .color(Attribute::CLOSED, Bad)
        .stacked()
}

fn age() -> Panel {
    let changes = sum(&[POOL], CHOSEN.of(Metric::Reconfigurations).increase(RANGE)).rounded();
    Panel::table("Age and changes")
        .shows(
            "How long ago the youngest pool of the name was built, its generation, and how often its \
             options or policies were changed in the time that is shown.",
        )
        .when_bad(
            "Young: the process was restarted, and its counters began anew. Many changes: something rewrites the \
             configuration file. A generation rises by `clear`, which replaces all connections.",
        )
        .column("Built ago", Unit::Seconds, min(&[POOL], CHOSEN.of(Metric::PoolUptime).now()))
        .column("Generation", Unit::Number, max(&[POOL], CHOSEN.of(Metric::PoolGeneration).now()))
        .column("Changes", Unit::Number, changes)
        .size(24, 6)
}
