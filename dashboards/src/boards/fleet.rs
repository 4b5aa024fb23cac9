//! *Fleet*: all pools of all processes, the worst first.

use pool_core::State;
use pool_core::catalog::{Attribute, Metric};

use crate::dashboard::{Dashboard, known_by, uid};
use crate::foreign::Foreign;
use crate::measure::CHOSEN;
use crate::panel::Color::{Bad, Warn};
use crate::panel::{DataLink, Panel, Unit};
use crate::promql::label::{EACH_POOL, ENDPOINT, INSTANCE, JOB, POOL};
use crate::promql::{Label, Query, Series, count, max, sum};
use crate::rules::ALERT_PREFIX;
use crate::variable::Variable;

/// The dashboard.
pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        name: "fleet",
        title: "Clearpool / Fleet",
        answers: "Which pool is in trouble? All pools of all processes by saturation, and the alerts that fire.",
        variables: Variable::of_pools(),
        panels: vec![
            pools(),
            saturated(),
            waiting(),
            refused(),
            sick_endpoints(),
            firing(),
            by_saturation(),
            alerts(),
            used_over_time(),
            waiting_over_time(),
            near_timeout(),
            refused_over_time(),
            leases(),
            fullest(),
        ],
    }
}

fn pools() -> Panel {
    let known = known_by().matches(JOB, "$job").matches(INSTANCE, "$instance").matches(POOL, "$pool");
    Panel::stat("Pools", Unit::Number)
        .shows("Pools that are told of, counted in each process.")
        .when_bad("Fewer than there should be: a process is down or is not scraped. See *Telemetry › Targets up*.")
        .query(count(&[], known.now()), "pools")
}

fn saturated() -> Panel {
    Panel::stat("Saturated pools", Unit::Number)
        .shows("Pools in which callers wait while every connection there may be is used.")
        .when_bad("Find them in *Pools by saturation*, and follow the row to the dashboard of the pool.")
        .query(sum(&[], CHOSEN.saturated()), "saturated")
        .steps(&[(1.0, Bad)])
}

fn waiting() -> Panel {
    Panel::stat("Waiting callers", Unit::Number)
        .shows("Callers that wait for a connection at this moment, in all pools.")
        .when_bad(
            "A few for a moment are normal. If they stay, see in *Pools by saturation* whether the pool is full (it \
             is too small or its backend too slow) or not (dials are slow or fail: see *Endpoints*).",
        )
        .query(CHOSEN.waiting(&[]), "waiting")
        .steps(&[(1.0, Warn), (20.0, Bad)])
}

fn refused() -> Panel {
    Panel::stat("Refused", Unit::RequestsPerSecond)
        .shows("Acquires that were refused, a second: each is an error in somebody's request.")
        .when_bad("See *Refusals by pool* for whose, and *Pool › Refusals by reason* for why.")
        .query(CHOSEN.refused(&[]), "refused")
        .steps(&[(0.001, Bad)])
}

fn sick_endpoints() -> Panel {
    Panel::stat("Sick endpoints", Unit::Number)
        .shows("Endpoints whose dials failed several times in a row, so that the pool gives them no load.")
        .when_bad("See *Endpoints › Not healthy* for which, and the log for what the last dial said.")
        .query(CHOSEN.endpoints(&[], Attribute::BROKEN), "sick")
        .steps(&[(1.0, Bad)])
}

fn firing() -> Panel {
    Panel::stat("Firing alerts", Unit::Number)
        .shows("Alerts of Clearpool that fire at this moment.")
        .when_bad("*Alerts that fire* names them; each has a runbook page in `docs/runbooks`.")
        .query(count(&[], firing_alerts()), "firing")
        .may_be_empty("no alert fires, or the rules are not loaded")
        .steps(&[(1.0, Bad)])
}

fn firing_alerts() -> Query {
    Series::foreign(Foreign::Alerts)
        .matches(ALERTNAME, &format!("{ALERT_PREFIX}.+"))
        .is(ALERTSTATE, "firing")
        .matches(JOB, "$job")
        .matches(INSTANCE, "$instance")
        .now()
}

const ALERTNAME: Label = Label::OfAlerts("alertname");
const ALERTSTATE: Label = Label::OfAlerts("alertstate");
const SEVERITY: Label = Label::OfAlerts("severity");

fn by_saturation() -> Panel {
    let needed = max(EACH_POOL, CHOSEN.of(Metric::ConnectionNeeded).now());
    Panel::table("Pools by saturation")
        .shows("Each pool of each process, the fullest first. A row leads to the dashboard of its pool.")
        .when_bad(
            "Full and *Waiting* above zero: saturated, open the pool. *p99 of time-out* above a half: callers will \
             be refused soon. *Refused* above zero: they are already. *Needed* above *Max*: the pool is too small. \
             *Oldest lease* that only grows: somebody keeps a connection.",
        )
        .column("Used of max", Unit::Share, CHOSEN.used_share(EACH_POOL))
        .steps(&[(0.8, Warn), (0.95, Bad)])
        .column("Used", Unit::Number, CHOSEN.connections(EACH_POOL, State::Leased))
        .column("Max", Unit::Number, CHOSEN.most(EACH_POOL))
        .column("Needed", Unit::Number, needed)
        .may_be_empty("a new pool, or an idle one, has too little to go by")
        .column("Waiting", Unit::Number, CHOSEN.waiting(EACH_POOL))
        .steps(&[(1.0, Warn), (20.0, Bad)])
        .column("Wait p99", Unit::Seconds, CHOSEN.quantile(0.99, EACH_POOL, Metric::WaitTime))
        .column("p99 of time-out", Unit::Share, CHOSEN.wait_share(0.99, EACH_POOL))
        .steps(&[(0.5, Warn), (0.8, Bad)])
        .column("Refused", Unit::RequestsPerSecond, CHOSEN.refused(EACH_POOL))
        .steps(&[(0.001, Bad)])
        .column("Oldest lease", Unit::Seconds, max(EACH_POOL, CHOSEN.of(Metric::LeaseOldest).now()))
        .sorted_by("Used of max")
        .leads_to(DataLink::dashboard_of_row(&uid("pool"), "This pool"))
        .leads_to(DataLink::dashboard_of_row(&uid("endpoints"), "Its endpoints"))
        .size(24, 9)
}

fn alerts() -> Panel {
    let labels = [ALERTNAME, SEVERITY, JOB, INSTANCE, POOL, ENDPOINT];
    Panel::table("Alerts that fire")
        .shows("Each alert of Clearpool that fires, and what it is about.")
        .when_bad("Open `docs/runbooks` at the page that is named like the alert; its annotation has the link.")
        .column("Firing", Unit::YesNo, max(&labels, firing_alerts()))
        .may_be_empty("no alert fires, or the rules are not loaded")
        .leads_to(DataLink::dashboard_of_row(&uid("pool"), "This pool"))
        .size(24, 6)
}

fn used_over_time() -> Panel {
    Panel::chart("Used of max", Unit::Share)
        .shows("Which share of the connections there may be is used; of a pool in several processes, the fullest.")
        .when_bad(
            "At the line for minutes: the pool has no reserve. Look whether callers wait; if none does, it is just \
             well used.",
        )
        .query(max(&[POOL], CHOSEN.used_share(EACH_POOL)), "{{pool}}")
        .steps(&[(0.95, Bad)])
        .at_least_up_to(1.0)
        .leads_to(DataLink::dashboard(&uid("pool"), "The pools"))
}

fn waiting_over_time() -> Panel {
    Panel::chart("Waiting callers by pool", Unit::Number)
        .shows("Callers that wait for a connection.")
        .when_bad("A spike passes; a plateau or a slope means that leases end more slowly than callers come.")
        .query(CHOSEN.waiting(&[POOL]), "{{pool}}")
        .leads_to(DataLink::dashboard(&uid("pool"), "The pools"))
}

fn near_timeout() -> Panel {
    Panel::chart("Wait p99 of the time-out", Unit::Share)
        .shows(
            "The wait that one caller in a hundred exceeds, as a share of the time-out: the leading sign, where \
             refusals are the lagging one.",
        )
        .when_bad("Above a half, act before callers are refused: see *Pool › Needed and configured size*.")
        .query(CHOSEN.wait_share(0.99, &[POOL]), "{{pool}}")
        .steps(&[(0.5, Warn)])
        .at_least_up_to(0.6)
        .leads_to(DataLink::dashboard(&uid("pool"), "The pools"))
}

fn refused_over_time() -> Panel {
    Panel::chart("Refusals by pool", Unit::RequestsPerSecond)
        .shows("Acquires that were refused, a second.")
        .when_bad("Open the pool, and see *Refusals by reason*: each reason has another remedy.")
        .query(CHOSEN.refused(&[POOL]), "{{pool}}")
        .leads_to(DataLink::dashboard(&uid("pool"), "The pools"))
}

fn leases() -> Panel {
    Panel::chart("Leases by pool", Unit::RequestsPerSecond)
        .shows("Leases granted, a second.")
        .when_bad(
            "A fall while callers wait: the pool or its backend is stuck. A fall without waiting callers: the load \
             is gone, look further up.",
        )
        .query(CHOSEN.leases(&[POOL]), "{{pool}}")
}

fn fullest() -> Panel {
    Panel::bars("The ten fullest pools", Unit::Share)
        .shows("The pools that use most of the connections there may be, at this moment.")
        .when_bad("Red with waiting callers is saturation; red without is a pool that is just large enough.")
        .query(CHOSEN.used_share(EACH_POOL).top(10), "{{pool}} {{instance}}")
        .steps(&[(0.8, Warn), (0.95, Bad)])
}
