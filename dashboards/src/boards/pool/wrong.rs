//! The very first row: what is wrong? Five lamps, one for each problem that a pool can have. Only the one that
//! is the cause turns red.

use crate::dashboard::uid;
use crate::measure::CHOSEN;
use crate::panel::Color::Bad;
use crate::panel::{DataLink, Panel, Unit};
use crate::promql::Query;

pub(super) fn panels() -> Vec<Panel> {
    vec![exhausted(), slow_backend(), leak(), sick_endpoint(), churn()]
}

/// A lamp, and the section of the guide that it is for.
fn lamp(title: &'static str, query: Query, section: &str) -> Panel {
    Panel::stat(title, Unit::YesNo)
        .query(query, "{{pool}}")
        .steps(&[(1.0, Bad)])
        .leads_to(DataLink::guide("three-in-the-morning", section))
        .size(5, 4)
}

fn exhausted() -> Panel {
    lamp("Exhausted?", CHOSEN.is_exhausted(), "exhausted")
        .shows(
            "More callers come than the pool can carry: at every scrape of the window of rates somebody waited, every \
             connection there may be is used, leases are held for no longer than usual, and none has leaked.",
        )
        .when_bad(
            "Raise `limits.max_open`, if the backend can take it: *Needed and configured size* says to what. If it \
             cannot, shed load with `limits.max_waiting`. Runbook: ClearpoolSaturated.",
        )
}

fn slow_backend() -> Panel {
    lamp("Slow backend?", CHOSEN.has_a_slow_backend(), "slow-backend")
        .shows(
            "Leases are held for more than four times as long as usual: the median of the window of rates against that \
             of all the time that is shown. Show more time if it has lasted for long.",
        )
        .when_bad(
            "Do not make the pool larger: it would push more load onto a backend that cannot take it. *Endpoints › Use \
             time by endpoint* tells whether it is one or all. Runbook: ClearpoolSaturated.",
        )
        .leads_to(DataLink::dashboard(&uid("endpoints"), "By endpoint"))
}

fn leak() -> Panel {
    lamp("Leak?", CHOSEN.leaks(), "leak")
        .shows(
            "Somebody keeps a lease: the oldest is more than ten times as old as 99 in 100 became in the time that is \
             shown, and leases were found overdue in that time or, where `overdue_after` is not set, it is ten \
             minutes old.",
        )
        .when_bad(
            "The notice `pool.lease_overdue` in the log names the line of code and the trace that hold it; so does \
             `pool.leases()`. A restart frees them. Runbook: ClearpoolLeaseHeldTooLong.",
        )
}

fn sick_endpoint() -> Panel {
    lamp("Sick endpoint?", CHOSEN.has_a_sick_endpoint(), "sick-endpoint")
        .shows(
            "An endpoint cannot be dialed: its last dials failed one after the other, or more than half of at least \
             three did in the window of rates.",
        )
        .when_bad(
            "*Endpoints › Not healthy* names it, the notice `pool.dial_failed` says what its last dial said. The others \
             carry its load: see whether they can. Runbook: ClearpoolEndpointSick.",
        )
        .leads_to(DataLink::dashboard(&uid("endpoints"), "By endpoint"))
}

fn churn() -> Panel {
    lamp("Churn?", CHOSEN.churns(), "churn")
        .shows(
            "Connections are made anew after few leases: more than one new one for ten leases, and more than one in two \
             seconds, in the window of rates. Dials that fail do not count.",
        )
        .when_bad(
            "*Evictions by policy and reason* and *Closes by the pool itself, by reason* say why they are closed: that \
             is the cause. Runbook: ClearpoolChurn.",
        )
        .size(4, 4)
}
