//! The pool as a table: a row for each endpoint.

use std::fmt::Write;
use std::time::Duration;

use pool_core::{CloseReason, EndpointSnapshot, Snapshot, State};

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
    let sick = if endpoint.broken { " BREAKER OPEN" } else { "" };
    format!(
        "{:<4} {:>6} {:>6} {:>5} {:>6} {:>6} {:>9} {:>19} {:>19}  {}{sick}",
        endpoint.endpoint.name(),
        endpoint.endpoint.weight,
        endpoint.leases,
        endpoint.count(State::Idle),
        endpoint.counters.dials,
        endpoint.counters.dial_failures,
        endpoint.counters.acquired,
        quantiles(&endpoint.timings.wait),
        quantiles(&endpoint.timings.usage),
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

fn quantiles(histogram: &pool_core::Histogram) -> String {
    match (histogram.quantile(0.5), histogram.quantile(0.99)) {
        (Some(median), Some(high)) => format!("{} / {}", short(median), short(high)),
        _ => "-".to_owned(),
    }
}

/// Three digits and a unit.
pub(crate) fn short(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n if n < 1e9 => format!("{:.1} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}
