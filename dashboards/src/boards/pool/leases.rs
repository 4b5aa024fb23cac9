//! How acquires end, how long callers wait and hold, and why some are refused.

use pool_core::catalog::{Attribute, Metric, Span};

use crate::dashboard::uid;
use crate::measure::CHOSEN;
use crate::panel::Color::{Bad, Coming, Idle, Used, Warn};
use crate::panel::{DataLink, FULL_WIDTH, Panel, Unit};
use crate::promql::label::{OUTCOME, PATH, POOL, REFUSAL};
use crate::promql::{max, sum};

pub(super) fn panels() -> Vec<Panel> {
    vec![
        saturation(),
        outcomes(),
        wait_time(),
        wait_of_timeout(),
        use_time(),
        oldest(),
        refusals(),
        overdue(),
        found_ready(),
        granted_and_ended(),
        how_they_ended(),
    ]
}

fn saturation() -> Panel {
    Panel::chart("Saturation", Unit::Number)
        .shows(
            "Callers that wait, and in how many processes they do so while every connection there may be is used: \
             both together prove saturation.",
        )
        .when_bad(
            "Waiting with saturated processes: the pool is too small, or its backend too slow; *Use time* tells \
             which. Waiting without: dials are slow or fail, see *Endpoints*.",
        )
        .query(CHOSEN.waiting(&[POOL]), "{{pool}} waiting")
        .query(sum(&[POOL], CHOSEN.saturated()), "{{pool}} saturated processes")
        .color("waiting", Warn)
        .at_the_right("saturated processes", Bad, "saturated processes")
}

fn outcomes() -> Panel {
    let by_path = CHOSEN.of(Metric::Acquires).rate(CHOSEN.window);
    Panel::chart("How acquires end", Unit::RequestsPerSecond)
        .shows(
            "Acquires a second, by their end: a connection was `ready`; the caller `waited` for one; it was refused; \
             it gave up, since it was cancelled while it waited.",
        )
        .when_bad(
            "Refused ones are errors of requests. Many that gave up: the callers have a shorter time-out of their \
             own, or their clients are gone. Mostly waited: see *Found a connection ready*.",
        )
        .query(sum(&[POOL, PATH], by_path), "{{pool}} {{path}}")
        .query(CHOSEN.refused(&[POOL]), "{{pool}} refused")
        .query(CHOSEN.rate(&[POOL], Metric::Cancellations), "{{pool}} gave up")
        .color(Attribute::READY, Idle)
        .color(Attribute::WAITED, Coming)
        .color("refused", Bad)
        .color("gave up", Warn)
        .stacked()
}

fn wait_time() -> Panel {
    let wait = |of| CHOSEN.quantile(of, &[POOL], Metric::WaitTime);
    Panel::chart("Wait time", Unit::Seconds)
        .shows("How long callers waited for the leases that were granted, and the time-out. Dots lead to traces.")
        .when_bad(
            "Compare with *Use time* and *Dial time* below: what rises with it is the cause. Follow a high dot to \
             the trace of the caller that waited.",
        )
        .query(wait(0.5), "{{pool}} p50")
        .query(wait(0.95), "{{pool}} p95")
        .query(wait(0.99), "{{pool}} p99")
        .query(max(&[POOL], CHOSEN.of(Metric::WaitTimeout).now()).finite(), "{{pool}} time-out")
        .may_be_empty("the pool has no time-out")
        .logarithmic()
        .many()
        .limit("time-out")
        .traces(Span::Wait)
}

fn wait_of_timeout() -> Panel {
    Panel::chart("Wait as a share of the time-out", Unit::Share)
        .shows("The p99 and the p95 of the wait against the configured time-out: the leading sign of refusals.")
        .when_bad(
            "Above the line, act now: make the backend faster, the pool larger (*Needed and configured size*), or \
             shed load with `max_waiting`. A longer time-out only hides it.",
        )
        .query(CHOSEN.wait_share(0.99, &[POOL]), "{{pool}} p99")
        .query(CHOSEN.wait_share(0.95, &[POOL]), "{{pool}} p95")
        .steps(&[(0.5, Bad)])
        .at_least_up_to(0.6)
        .spans(Span::Wait)
}

fn use_time() -> Panel {
    let held = |of| CHOSEN.quantile(of, &[POOL], Metric::UseTime);
    Panel::chart("Use time", Unit::Seconds)
        .shows("How long leases were held: the time of the backend, and what callers do while they hold one.")
        .when_bad(
            "A step up: the backend became slow; *Endpoints › Use time by endpoint* tells whether all of it. A slow \
             slope: callers keep leases for longer, look for a leak. p99 far above p50: few slow requests; follow a \
             dot to one.",
        )
        .query(held(0.5), "{{pool}} p50")
        .query(held(0.95), "{{pool}} p95")
        .query(held(0.99), "{{pool}} p99")
        .traces(Span::Lease)
        .leads_to(DataLink::dashboard(&uid("endpoints"), "By endpoint"))
}

fn oldest() -> Panel {
    let oldest = |of| max(&[POOL], CHOSEN.of(of).now());
    Panel::chart("Oldest lease and oldest wait", Unit::Seconds)
        .shows("How long the oldest lease has been held, and how long the first waiting caller has waited.")
        .when_bad(
            "A lease that only grows was forgotten or is stuck: `pool.leases()` and the notice `pool.lease_overdue` \
             name the line of code and the trace that hold it. A wait that only grows: nothing comes back.",
        )
        .query(oldest(Metric::LeaseOldest), "{{pool}} oldest lease")
        .query(oldest(Metric::WaitOldest), "{{pool}} oldest wait")
        .spans(Span::Lease)
}

fn refusals() -> Panel {
    Panel::chart("Refusals by reason", Unit::RequestsPerSecond)
        .shows("Acquires that were refused, a second.")
        .when_bad(
            "`timeout`: see *Saturation*. `dial`: the backend cannot be reached, see *Endpoints*. `exhausted`: the \
             configuration says not to wait. `queue-full`: `max_waiting` was reached. `no-endpoint`: discovery names \
             none, or all are sick. `closed`: the pool is closed or draining.",
        )
        .query(CHOSEN.rate(&[POOL, REFUSAL], Metric::Refusals), "{{pool}} {{reason}}")
        .stacked()
        .spans(Span::Wait)
}

fn overdue() -> Panel {
    let found = CHOSEN.of(Metric::OverdueLeases).increase(CHOSEN.window);
    Panel::chart("Leases held too long", Unit::Number)
        .shows("Leases found to be held for longer than `overdue_after`, each counted once; none if that is not set.")
        .when_bad(
            "The log names each: the notice `pool.lease_overdue` has the line of code that acquired it and its trace.",
        )
        .query(sum(&[POOL], found), "{{pool}}")
        .spans(Span::Lease)
}

fn found_ready() -> Panel {
    Panel::chart("Found a connection ready", Unit::Share)
        .shows("The share of the leases for which the caller did not have to wait.")
        .when_bad(
            "It falls before waits become long. If connections are dialed meanwhile, raise `min_idle`, or let idle \
             ones live longer; if all are used, raise `max_open`.",
        )
        .query(CHOSEN.ready_share(&[POOL]), "{{pool}}")
        .at_least_up_to(1.0)
}

fn how_they_ended() -> Panel {
    Panel::chart("Leases by outcome", Unit::RequestsPerSecond)
        .size(FULL_WIDTH, 8)
        .shows("How leases went, as their holders told it: `ok` also where nothing was said.")
        .when_bad(
            "`broken` or `dead`: the backend drops connections, see *Endpoints*. `failed`: operations fail on \
             connections that are well. `panicked` and `lost`: the fault is in the application.",
        )
        .query(CHOSEN.rate(&[POOL, OUTCOME], Metric::Releases), "{{pool}} {{outcome}}")
        .color("broken", Bad)
        .color("ok", Used)
        .many()
}

fn granted_and_ended() -> Panel {
    Panel::chart("Leases granted and ended", Unit::RequestsPerSecond)
        .shows("Leases that began and that ended, a second. In a steady state both are the same.")
        .when_bad("Ended stays below granted for minutes: leases pile up; see *Oldest lease and oldest wait*.")
        .query(CHOSEN.leases(&[POOL]), "{{pool}} granted")
        .query(CHOSEN.rate(&[POOL], Metric::Releases), "{{pool}} ended")
        .color("granted", Used)
}
