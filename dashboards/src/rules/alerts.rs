//! Alert rules: what somebody has to act on. Each has a page in `docs/runbooks`.

use pool_core::catalog::{Attribute, Metric};

use super::Recorded;
use crate::dashboard::known_by;
use crate::foreign::Foreign;
use crate::measure::EVERY;
use crate::promql::label::{
    CONFIG_STATUS, DELIVERY, EACH_POOL, EACH_PROCESS, FAULT, INSTANCE, JOB, POLICY, POOL, ROLE,
};
use crate::promql::{Query, Series, max, sum};

/// What the names of all our alerts begin with.
pub const ALERT_PREFIX: &str = "Clearpool";

/// How soon somebody has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Requests fail: now.
    Critical,
    /// Requests will fail, or something is lost: today.
    Warning,
    /// Something is not as it was meant to be: when there is time.
    Info,
}

impl Severity {
    /// The severity as a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// An alert rule.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its name, and that of its runbook page.
    pub name: &'static str,
    /// How soon somebody has to act.
    pub severity: Severity,
    /// What must hold.
    pub query: Query,
    /// For how long it must hold.
    pub lasts: &'static str,
    /// What happens, in one line, to read on a telephone.
    pub summary: &'static str,
    /// What it means, and where to look first.
    pub description: &'static str,
}

impl Alert {
    /// The file of its runbook page, within `docs/runbooks`.
    pub fn page(&self) -> String {
        format!("{}.md", self.name)
    }

    /// Every alert, the most urgent first.
    pub fn all() -> Vec<Alert> {
        vec![
            refusals(),
            saturated(),
            wait_near_timeout(),
            lease_held_too_long(),
            endpoint_sick(),
            undersized(),
            churn(),
            policy_faults(),
            config_refused(),
            scrape_failing(),
            telemetry_lost(),
            endpoint_share_off(),
        ]
    }
}

fn recorded(recorded: Recorded) -> Query {
    Series::recorded(recorded).now()
}

fn refusals() -> Alert {
    Alert {
        name: "ClearpoolRefusals",
        severity: Severity::Critical,
        query: recorded(Recorded::Refused).above(0.01),
        lasts: "2m",
        summary: "{{ $labels.pool }} on {{ $labels.instance }} refuses {{ $value | humanizePercentage }} of the acquires",
        description: "Each refused acquire is an error in somebody's request. The reason says what to do: see \
                      Refusals by reason on the dashboard Pool.",
    }
}

fn saturated() -> Alert {
    Alert {
        name: "ClearpoolSaturated",
        severity: Severity::Warning,
        query: Series::recorded(Recorded::Saturated).lowest("1m").equals(1.0),
        lasts: "2m",
        summary: "{{ $labels.pool }} on {{ $labels.instance }} is saturated",
        description: "For three minutes callers have waited while every connection there may be was used. Either \
                      leases take longer than they did (slow backend, leak), or more is asked of the pool than it \
                      can carry.",
    }
}

fn wait_near_timeout() -> Alert {
    Alert {
        name: "ClearpoolWaitNearTimeout",
        severity: Severity::Warning,
        query: recorded(Recorded::WaitOfTimeout).above(0.5),
        lasts: "5m",
        summary: "Waits for {{ $labels.pool }} on {{ $labels.instance }} come to {{ $value | humanizePercentage }} of the \
                  time-out",
        description: "One caller in a hundred waits for longer than that. At 100 % callers are refused. This is the \
                      leading sign: act before it is an outage.",
    }
}

fn lease_held_too_long() -> Alert {
    let longest = max(EACH_POOL, EVERY.of(Metric::LeaseOldest).now()).above(600.0);
    let overdue = sum(EACH_POOL, EVERY.of(Metric::OverdueLeases).increase("10m")).above(0.0);
    let held = max(EACH_POOL, EVERY.of(Metric::LeaseOldest).now());
    Alert {
        name: "ClearpoolLeaseHeldTooLong",
        severity: Severity::Warning,
        // Whoever has set `overdue_after` knows best what is too long; for all others it is ten minutes.
        query: longest.or(held.and_on(EACH_POOL, overdue)),
        lasts: "1m",
        summary: "A lease of {{ $labels.pool }} on {{ $labels.instance }} has been held for {{ $value | humanizeDuration }}",
        description: "It was forgotten (a leak), or whoever holds it is stuck. Its place is lost for all others until \
                      it is given back. The notice pool.lease_overdue names the line of code and the trace.",
    }
}

fn endpoint_sick() -> Alert {
    Alert {
        name: "ClearpoolEndpointSick",
        severity: Severity::Warning,
        query: recorded(Recorded::Sick).above(0.0),
        lasts: "1m",
        summary: "{{ $labels.endpoint }} cannot be dialed by {{ $labels.pool }} on {{ $labels.instance }}",
        description: "Its dials failed several times in a row, so it gets no load; the other endpoints carry it. The \
                      notice pool.dial_failed says what the last dial said.",
    }
}

fn undersized() -> Alert {
    Alert {
        name: "ClearpoolUndersized",
        severity: Severity::Warning,
        query: recorded(Recorded::Needed).above(1.0),
        lasts: "15m",
        summary: "{{ $labels.pool }} on {{ $labels.instance }} needs {{ $value | humanizePercentage }} of the connections it \
                  may have",
        description: "By the load and the hold times of the last minutes the pool is too small for its target. Make \
                      it larger, if the backend can take it, or leases shorter.",
    }
}

fn churn() -> Alert {
    let busy = EVERY.rate(EACH_POOL, Metric::Dials).above(0.5);
    Alert {
        name: "ClearpoolChurn",
        severity: Severity::Warning,
        // A pool that dials once in a while has no churn, however few leases it gives.
        query: recorded(Recorded::DialsPerLease).above(0.1).and_on(EACH_POOL, busy),
        lasts: "10m",
        summary: "{{ $labels.pool }} on {{ $labels.instance }} dials {{ printf \"%.2f\" $value }} times for each lease",
        description: "Connections serve fewer than ten leases each, so most of the worth of a pool is lost. Something \
                      closes them: the policies, the limits, or the peer.",
    }
}

fn policy_faults() -> Alert {
    let labels = &[JOB, INSTANCE, POOL, ROLE, POLICY, FAULT];
    let faults = || EVERY.of(Metric::PolicyFaults);
    let grown = faults().increase("10m").above(0.0);
    // The series is not there before the first fault, and a rate does not see how it begins.
    let begun = faults().total().unless(faults().before("10m")).above(0.0);
    Alert {
        name: "ClearpoolPolicyFaults",
        severity: Severity::Warning,
        query: sum(labels, grown.or(begun)),
        lasts: "0m",
        summary: "The {{ $labels.role }} policy {{ $labels.policy }} of {{ $labels.pool }} on {{ $labels.instance }} fails \
                  ({{ $labels.fault }})",
        description: "It panicked, or answered what was not on offer. The pool overrules it by a safe default and \
                      goes on, but does not do what was configured. This is a bug of the policy.",
    }
}

fn config_refused() -> Alert {
    let refused = EVERY.of(Metric::ConfigStatus).is(CONFIG_STATUS, Attribute::REFUSED);
    Alert {
        name: "ClearpoolConfigRefused",
        severity: Severity::Warning,
        query: sum(EACH_PROCESS, refused.now()).above(0.0),
        // Whoever is just editing the file sees the mistake in the log.
        lasts: "2m",
        summary: "{{ $labels.instance }} of {{ $labels.job }} does not run with what its configuration says",
        description: "A reload was refused, so the pools go on with the configuration that they had. The notice \
                      pool.config_refused in its log says what is wrong, with file, line and key. The next restart would \
                      fail, or bring what could not be changed live.",
    }
}

fn scrape_failing() -> Alert {
    let down = Series::foreign(Foreign::Up).now().equals(0.0);
    Alert {
        name: "ClearpoolScrapeFailing",
        severity: Severity::Warning,
        query: down.and_on(EACH_PROCESS, known_by().last("1h")),
        lasts: "5m",
        summary: "{{ $labels.instance }} of {{ $labels.job }}, which has pools, cannot be scraped",
        description: "No other alert of Clearpool can fire for it: nothing is known of its pools. Either the process \
                      is gone, or only its scrape port cannot be reached.",
    }
}

fn telemetry_lost() -> Alert {
    let lost = |metric| sum(EACH_PROCESS, EVERY.of(metric).is(DELIVERY, Attribute::LOST).increase("10m"));
    Alert {
        name: "ClearpoolTelemetryLost",
        severity: Severity::Info,
        query: lost(Metric::TelemetryExports).plus(lost(Metric::TelemetrySpans)).above(0.0),
        lasts: "10m",
        summary: "{{ $labels.instance }} of {{ $labels.job }} loses telemetry on the way to the collector",
        description: "Exports were not taken, or spans were dropped, for twenty minutes. The pools are not affected; \
                      what is missing are traces, and metrics where they are pushed.",
    }
}

fn endpoint_share_off() -> Alert {
    let off = recorded(Recorded::Share).minus(recorded(Recorded::WeightShare)).absolute().above(0.1);
    let busy = recorded(Recorded::Leases).above(1.0);
    let sick = max(EACH_POOL, recorded(Recorded::Sick)).above(0.0);
    Alert {
        name: "ClearpoolEndpointShareOff",
        severity: Severity::Info,
        // Of few leases shares are chance; and while one is sick, the others have to serve more.
        query: off.and_on(EACH_POOL, busy).unless_on(EACH_POOL, sick),
        lasts: "15m",
        summary: "The share of {{ $labels.endpoint }} in {{ $labels.pool }} on {{ $labels.instance }} is off by \
                  {{ $value | humanizePercentage }}",
        description: "It serves more or less than its weight says, by so many points. It may be slow, or the balance \
                      policy does not look at weights.",
    }
}
