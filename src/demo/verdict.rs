//! What the policies promise, compared with what happened.

use std::fmt;

use pool_core::Snapshot;

/// One promise and whether it held.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Promise {
    pub(crate) what: &'static str,
    pub(crate) held: bool,
    pub(crate) measured: String,
}

impl Promise {
    pub(crate) fn new(what: &'static str, held: bool, measured: impl Into<String>) -> Promise {
        Promise { what, held, measured: measured.into() }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.held { "held  " } else { "BROKEN" };
        write!(f, "{mark}  {}: {}", self.what, self.measured)
    }
}

/// The share of each endpoint between two moments is that of its weight, within a hundredth.
pub(crate) fn shares(before: &Snapshot, after: &Snapshot) -> Promise {
    let served: Vec<(String, f64, f64)> = after.endpoints.iter().map(|endpoint| share(before, endpoint)).collect();
    let leases: f64 = served.iter().map(|(_, leases, _)| leases).sum();
    let weights: f64 = served.iter().map(|(_, _, weight)| weight).sum();
    let of = |leases_here: f64, weight: f64| (leases_here / leases.max(1.0), weight / weights.max(1.0));
    let worst = served.iter().map(|(_, leases, weight)| {
        let (got, due) = of(*leases, *weight);
        (got - due).abs()
    });
    let worst = worst.fold(0.0, f64::max);
    let told: Vec<String> = served
        .iter()
        .map(|(name, leases, weight)| {
            let (got, due) = of(*leases, *weight);
            format!("{name} {:.2} % for {:.2} %", got * 100.0, due * 100.0)
        })
        .collect();
    let held = leases >= 100.0 && worst <= 0.01;
    Promise::new("shares are as the weights, within 1 %", held, format!("{} of {leases} leases", told.join(", ")))
}

fn share(before: &Snapshot, after: &pool_core::EndpointSnapshot) -> (String, f64, f64) {
    let name = after.endpoint.name();
    let earlier = before.endpoints.iter().find(|endpoint| endpoint.endpoint.name() == name);
    let earlier = earlier.map_or(0, |endpoint| endpoint.counters.acquired - endpoint.counters.dead);
    let now = after.counters.acquired - after.counters.dead;
    (name.to_owned(), (now - earlier) as f64, f64::from(after.endpoint.weight))
}

/// Nobody holds or waits for anything, and the counts agree.
pub(crate) fn books(end: &Snapshot) -> Promise {
    let counters = end.counters();
    let held = end.leases == 0 && end.pending == 0 && counters.acquired == counters.released;
    let measured = format!(
        "{} acquired, {} released, {} held, {} waiting",
        counters.acquired, counters.released, end.leases, end.pending
    );
    Promise::new("the books balance", held, measured)
}
