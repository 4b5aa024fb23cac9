//! *Endpoints*: which one is slow, sick, or gets the wrong share.

use pool_core::State;
use pool_core::catalog::{Attribute, Metric, Span};

use crate::dashboard::Dashboard;
use crate::measure::CHOSEN_ENDPOINTS;
use crate::panel::Color::{Bad, Coming, Going, Idle, Plain, Used, Warn};
use crate::panel::{Panel, Unit};
use crate::promql::label::{ENDPOINT, ENDPOINT_STATUS, POOL, STATE};
use crate::promql::{Label, count, sum};
use crate::variable::Variable;

/// The dashboard.
pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        name: "endpoints",
        title: "Clearpool / Endpoints",
        answers: "Which backend is it? Share against weight, times, status, dials and connections of each endpoint.",
        variables: Variable::of_pools().into_iter().chain([Variable::endpoint()]).collect(),
        panels: vec![
            healthy(),
            backing_off(),
            broken(),
            off_its_share(),
            share(),
            leases(),
            use_time(),
            wait_time(),
            not_healthy(),
            by_status(),
            dials(),
            failed_dials(),
            dial_time(),
            connections(),
            held(),
            closes(),
        ],
    }
}

const EACH: &[Label] = &[POOL, ENDPOINT];

fn healthy() -> Panel {
    Panel::stat("Healthy", Unit::Number)
        .shows("Endpoints that may be dialed.")
        .when_bad("Fewer than there are: see *Not healthy*. Zero: nothing can be dialed at all.")
        .query(CHOSEN_ENDPOINTS.endpoints(&[], Attribute::HEALTHY), "healthy")
}

fn backing_off() -> Panel {
    Panel::stat("Backing off", Unit::Number)
        .shows("Endpoints whose last dial failed, and that are dialed again after a pause.")
        .when_bad("A moment is normal in a deployment. If it stays, it becomes sick: see *Dials that failed*.")
        .query(CHOSEN_ENDPOINTS.endpoints(&[], Attribute::BACKING_OFF), "backing off")
        .steps(&[(1.0, Warn)])
}

fn broken() -> Panel {
    Panel::stat("Sick", Unit::Number)
        .shows("Endpoints whose dials failed several times in a row: they get no load until one succeeds.")
        .when_bad("See *Not healthy* for which, and the notices `pool.dial_failed` in the log for what was said.")
        .query(CHOSEN_ENDPOINTS.endpoints(&[], Attribute::BROKEN), "sick")
        .steps(&[(1.0, Bad)])
}

fn off_its_share() -> Panel {
    let off = CHOSEN_ENDPOINTS.share(&[POOL]).minus(CHOSEN_ENDPOINTS.weight_share(&[POOL])).absolute();
    Panel::bars("Distance from its share", Unit::Share)
        .shows("By how much each endpoint serves more or less of its pool's leases than its weight says.")
        .when_bad(
            "One sick endpoint makes the others serve more. A slow one serves less where a caller takes what is idle. \
             The policy `round-robin` does not look at weights: use `smooth-weighted`.",
        )
        .query(off, "{{pool}} {{endpoint}}")
        .steps(&[(0.1, Warn), (0.3, Bad)])
        .up_to(0.5)
        .size(12, 4)
}

fn share() -> Panel {
    Panel::chart("Share and weight", Unit::Share)
        .shows("Which share of its pool's leases each endpoint serves; dashed, the share that its weight means.")
        .when_bad("Lines apart for minutes: see *Distance from its share*.")
        .query(CHOSEN_ENDPOINTS.share(&[POOL]), "{{pool}} {{endpoint}}")
        .query(CHOSEN_ENDPOINTS.weight_share(&[POOL]), "{{pool}} {{endpoint}} by weight")
        .yardstick(".* by weight")
        .at_least_up_to(1.0)
        .many()
}

fn leases() -> Panel {
    Panel::chart("Leases by endpoint", Unit::RequestsPerSecond)
        .shows("Leases granted, a second.")
        .when_bad("One falls to zero while it is healthy: it is not picked; see *Policies › Balance*.")
        .query(CHOSEN_ENDPOINTS.leases(EACH), "{{pool}} {{endpoint}}")
}

fn use_time() -> Panel {
    let held = |of| CHOSEN_ENDPOINTS.quantile(of, EACH, Metric::UseTime);
    Panel::chart("Use time by endpoint", Unit::Seconds)
        .shows("How long leases were held: what the backend takes, seen from the caller.")
        .when_bad("One endpoint above the others is the slow one: look there. All together: something that they share.")
        .query(held(0.5), "{{pool}} {{endpoint}} p50")
        .query(held(0.99), "{{pool}} {{endpoint}} p99")
        .many()
        .traces(Span::Lease)
}

fn wait_time() -> Panel {
    Panel::chart("Wait time by endpoint", Unit::Seconds)
        .shows("How long callers waited for a lease, by the endpoint that they got (p99).")
        .when_bad("High for one endpoint only: callers are bound to it, by `strict` or by key, and it is full.")
        .query(CHOSEN_ENDPOINTS.quantile(0.99, EACH, Metric::WaitTime), "{{pool}} {{endpoint}} p99")
        .traces(Span::Wait)
}

fn not_healthy() -> Panel {
    let status = |word| CHOSEN_ENDPOINTS.endpoints(EACH, word);
    Panel::chart("Not healthy", Unit::Number)
        .shows("In how many processes each endpoint is backing off or sick.")
        .when_bad(
            "In one process only: its network. In all: the backend. Up and down in turns: it accepts connections and \
             fails soon after; see *Dials that failed*.",
        )
        .query(status(Attribute::BACKING_OFF), "{{pool}} {{endpoint}} backing off")
        .query(status(Attribute::BROKEN), "{{pool}} {{endpoint}} sick")
        .stacked()
        .spans(Span::Dial)
}

fn by_status() -> Panel {
    let status = CHOSEN_ENDPOINTS.of(Metric::EndpointStatus).now().above(0.0);
    Panel::table("Status")
        .shows("Each endpoint, its status, and in how many processes it has it.")
        .when_bad("`broken` is sick. An endpoint that is missing was not named by discovery.")
        .column("Processes", Unit::Number, count(&[POOL, ENDPOINT, ENDPOINT_STATUS], status))
        .sorted_by("status")
        .size(12, 9)
}

fn dials() -> Panel {
    Panel::chart("Dials", Unit::PerSecond)
        .shows("Dials begun, and those that were wanted and not begun since a connection came back first, a second.")
        .when_bad("Many to one endpoint only: it closes its connections, see *Closes by endpoint*.")
        .query(CHOSEN_ENDPOINTS.rate(EACH, Metric::Dials), "{{pool}} {{endpoint}} begun")
        .query(CHOSEN_ENDPOINTS.rate(EACH, Metric::DialElisions), "{{pool}} {{endpoint}} not begun")
        .many()
        .spans(Span::Dial)
}

fn failed_dials() -> Panel {
    let failed = CHOSEN_ENDPOINTS.rate(EACH, Metric::DialFailures);
    Panel::chart("Dials that failed", Unit::PerSecond)
        .shows("Dials that failed, a second. A sick endpoint is dialed ever more seldom, so this stays low for it.")
        .when_bad("Follow the link to the spans, whose `pool.error` says why; so does `pool.dial_failed` in the log.")
        .query(failed, "{{pool}} {{endpoint}}")
        .spans(Span::Dial)
}

fn dial_time() -> Panel {
    let dial = |of| CHOSEN_ENDPOINTS.quantile(of, EACH, Metric::DialTime);
    Panel::chart("Dial time by endpoint", Unit::Seconds)
        .shows("How long the dials took that succeeded.")
        .when_bad("One above the others: its network, its load, or its TLS. Near the dial time-out: it fails soon.")
        .query(dial(0.5), "{{pool}} {{endpoint}} p50")
        .query(dial(0.99), "{{pool}} {{endpoint}} p99")
        .many()
        .traces(Span::Dial)
}

fn connections() -> Panel {
    let connections = sum(&[POOL, ENDPOINT, STATE], CHOSEN_ENDPOINTS.of(Metric::ConnectionCount).now());
    Panel::chart("Connections by endpoint and state", Unit::Number)
        .shows("What the connections to each endpoint do, one on top of the other.")
        .when_bad("Many `used` to one endpoint: it is slow, and holds what others could use; cap it with a limit.")
        .query(connections, "{{pool}} {{endpoint}} {{state}}")
        .color_to_the_edge(State::Leased.as_str(), Used)
        .color(State::Idle.as_str(), Idle)
        .color(State::Dialing.as_str(), Coming)
        .color(State::Checking.as_str(), Plain)
        .color(State::Resetting.as_str(), Warn)
        .color(State::Closing.as_str(), Going)
        .stacked()
}

fn held() -> Panel {
    Panel::chart("Leases held by endpoint", Unit::Number)
        .shows(
            "Leases at this moment. Of a shared connection each share counts, so there may be more than connections.",
        )
        .when_bad("One endpoint collects them: it answers more slowly than the others; see *Use time by endpoint*.")
        .query(sum(EACH, CHOSEN_ENDPOINTS.of(Metric::LeaseCount).now()), "{{pool}} {{endpoint}}")
        .spans(Span::Lease)
}

fn closes() -> Panel {
    Panel::chart("Closes by endpoint", Unit::PerSecond)
        .shows("Connections closed, a second, counted when the place is free again.")
        .when_bad("One endpoint only: it or something before it cuts connections; see the reasons on *Pool*.")
        .query(CHOSEN_ENDPOINTS.rate(EACH, Metric::EndpointCloses), "{{pool}} {{endpoint}}")
        .spans(Span::Close)
}
