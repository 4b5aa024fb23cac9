//! The pool as a table: a row for each endpoint.

use std::fmt::Write;
use std::time::Duration;

use pool_core::{CloseReason, Counters, EndpointSnapshot, Snapshot, State, Timings};

/// The pool as a table, with the line of its totals.
pub(crate) fn table(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "  {:<4} {:>6} {:>6} {:>5} {:>6} {:>6} {:>9} {:>19} {:>19}  closed",
        "", "weight", "leased", "idle", "dials", "failed", "leases", "wait p50 / p99", "use p50 / p99"
    );
    for endpoint in &snapshot.endpoints {
        let _ = writeln!(text, "  {}", row(endpoint));
    }
    let _ = writeln!(
        text,
        "  pool: {} of {} open, {} leased, {} idle, {} waiting; acquire {}, release {}, balance {}, evict {}",
        snapshot.open(),
        snapshot.max_open,
        snapshot.leases,
        snapshot.count(State::Idle),
        snapshot.pending,
        snapshot.policies.acquire,
        snapshot.policies.release,
        snapshot.policies.balance,
        snapshot.policies.evict.join(" + "),
    );
    text
}

fn row(endpoint: &EndpointSnapshot) -> String {
    let sick = match (endpoint.broken, endpoint.resting) {
        (true, _) => " BREAKER OPEN",
        (false, true) => " RESTS",
        (false, false) => "",
    };
    format!(
        "{:<4} {:>6} {:>6} {:>5} {:>6} {:>6} {:>9} {:>19} {:>19}  {}{sick}",
        endpoint.endpoint.name(),
        endpoint.endpoint.weight,
        endpoint.leases,
        endpoint.count(State::Idle),
        endpoint.counters.dials,
        endpoint.counters.dial_failures,
        endpoint.counters.acquired,
        quantiles(|q| wait(&endpoint.counters, &endpoint.timings, q)),
        quantiles(|q| endpoint.timings.usage.quantile(q)),
        closes(&endpoint.closes),
    )
}

/// Connections closed, by reason.
fn closes(closes: &[(CloseReason, u64)]) -> String {
    let mut closes = closes.to_vec();
    closes.sort_by_key(|(why, count)| (std::cmp::Reverse(*count), *why));
    let told: Vec<String> = closes.iter().map(|(why, count)| format!("{count} {}", why.reason)).collect();
    told.join(", ")
}

fn quantiles(quantile: impl Fn(f64) -> Option<Duration>) -> String {
    match (quantile(0.5), quantile(0.99)) {
        (Some(median), Some(high)) => format!("{} / {}", short(median), short(high)),
        _ => "-".to_owned(),
    }
}

/// The wait that a share `q` (0 to 1) of all leases does not exceed. Those that were served at once
/// waited for no time; the pool times only the others.
pub(crate) fn wait(counters: &Counters, timings: &Timings, q: f64) -> Option<Duration> {
    let timed = timings.wait.count();
    let all = counters.acquired.max(timed);
    let rank = (q * all as f64).ceil();
    let behind = rank - (all - timed) as f64;
    if all == 0 {
        None
    } else if behind <= 0.0 {
        Some(Duration::ZERO)
    } else {
        timings.wait.quantile(behind / timed as f64)
    }
}

/// Three digits and a unit.
pub(crate) fn short(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    match nanos {
        0.0 => "0".to_owned(),
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n if n < 1e9 => format!("{:.1} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_was_served_at_once_waited_for_no_time() {
        let (mut counters, mut timings) = (Counters::default(), Timings::default());
        assert_eq!(wait(&counters, &timings, 0.5), None);
        counters.acquired = 100;
        timings.wait.record(Duration::from_millis(8));
        timings.wait.record(Duration::from_millis(8));
        assert_eq!(
            (wait(&counters, &timings, 0.5), wait(&counters, &timings, 0.98)),
            (Some(Duration::ZERO), Some(Duration::ZERO))
        );
        let high = wait(&counters, &timings, 0.99).expect("some waited");
        assert!(high >= Duration::from_millis(8) && high < Duration::from_millis(10), "{high:?}");
        counters.acquired = 3;
        assert_eq!(wait(&counters, &timings, 0.5), wait(&counters, &timings, 0.99), "two of three waited");
    }
}
