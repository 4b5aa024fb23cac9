//! The second row: how the pool is doing at this moment.

use crate::measure::CHOSEN;
use crate::panel::Color::{Bad, Warn};
use crate::panel::{Panel, Unit};
use crate::promql::label::POOL;
use crate::promql::max;

pub(super) fn panels() -> Vec<Panel> {
    vec![saturated(), used(), waiting(), near_timeout(), ready(), refused()]
}

fn saturated() -> Panel {
    Panel::stat("Saturated", Unit::YesNo)
        .shows("Whether callers wait while every connection there may be is used, in any process.")
        .when_bad(
            "See *Use time*: if it rose, the backend is slow, and a larger pool would only push more load on it. If \
             it did not, more is asked of the pool than it can carry: see *Needed and configured size*. If *Oldest \
             lease* only grows, somebody keeps connections.",
        )
        .query(max(&[POOL], CHOSEN.saturated()), "{{pool}}")
        .steps(&[(1.0, Bad)])
}

fn used() -> Panel {
    Panel::gauge("Used of max", Unit::Share)
        .shows("Which share of the connections there may be is used.")
        .when_bad("Full is bad only while callers wait: see *Waiting*.")
        .query(CHOSEN.used_share(&[POOL]), "{{pool}}")
        .up_to(1.0)
        .steps(&[(0.8, Warn), (0.95, Bad)])
}

fn waiting() -> Panel {
    Panel::stat("Waiting", Unit::Number)
        .shows("Callers that wait for a connection at this moment.")
        .when_bad(
            "If all connections are used, the pool is saturated. If not, connections are dialed too slowly: see \
             *Connections by state* for many dialing ones, and *Dial time*.",
        )
        .query(CHOSEN.waiting(&[POOL]), "{{pool}}")
        .steps(&[(1.0, Warn), (20.0, Bad)])
}

fn near_timeout() -> Panel {
    Panel::stat("Wait p99 of the time-out", Unit::Share)
        .shows("The wait that one caller in a hundred exceeds, as a share of the configured time-out.")
        .when_bad("Above a half, the next slow minute of the backend will have callers refused.")
        .query(CHOSEN.wait_share(0.99, &[POOL]), "{{pool}}")
        .steps(&[(0.5, Warn), (0.8, Bad)])
}

fn ready() -> Panel {
    Panel::stat("Found ready", Unit::Share)
        .shows("The share of the leases for which a connection was ready, so that the caller did not wait at all.")
        .when_bad(
            "Low: most callers wait, for a return or for a dial. Raise `min_idle` if *Connections by state* shows \
             dialing ones, `max_open` if it shows none.",
        )
        .query(CHOSEN.ready_share(&[POOL]), "{{pool}}")
}

fn refused() -> Panel {
    Panel::stat("Refused", Unit::Share)
        .shows("The share of the acquires that was refused.")
        .when_bad("See *Refusals by reason*: each reason has another remedy.")
        .query(CHOSEN.refused_share(&[POOL]), "{{pool}}")
        .steps(&[(0.000_1, Warn), (0.01, Bad)])
}
