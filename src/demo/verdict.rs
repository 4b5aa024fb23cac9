//! What the policies promise, compared with what happened.

use std::fmt;

use pool_core::{CloseReason, Snapshot};

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

/// Of the connections that were open before a change, none was closed for it: only for reasons of
/// their own, which are an evict policy's or the peer's.
pub(crate) fn survival(before: &Snapshot, after: &Snapshot) -> Promise {
    let closed = |snapshot: &Snapshot, why: &CloseReason| {
        snapshot.closes.iter().find(|(other, _)| other == why).map_or(0, |(_, count)| *count)
    };
    let since: Vec<(CloseReason, u64)> = after
        .closes
        .iter()
        .map(|(why, count)| (*why, count - closed(before, why)))
        .filter(|(_, new)| *new > 0)
        .collect();
    let evicts = |why: &CloseReason| [before, after].iter().any(|at| at.policies.evict.contains(&why.policy));
    let held = since.iter().all(|(why, _)| evicts(why) || *why == CloseReason::PEER_CLOSED);
    let told: Vec<String> = since.iter().map(|(why, count)| format!("{count} by {why}")).collect();
    let told = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
    Promise::new("connections survive a change", held, format!("{} open before, closed since: {told}", before.open()))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pool_core::{Change, EvictPolicy, Named, Plan, Policies};
    use pool_sim::Sim;

    use super::*;

    fn idle_timeout(after: &str) -> Named<dyn EvictPolicy> {
        let app = crate::App::new();
        let plugin = app.policies.find(pool_core::Role::Evict, "idle-timeout").expect("it is ours");
        match plugin.builder {
            pool_core::Builder::Evict(build) => {
                Named::new(plugin.kind, build(serde_json::json!({ "after": after })).expect("good options"))
            }
            _ => unreachable!("an evict policy"),
        }
    }

    /// A pool of three idle connections, and its snapshot.
    fn three_idle() -> (Sim, Snapshot) {
        let policies = Policies { evict: vec![idle_timeout("1h")], ..Policies::plain() };
        let mut sim = Sim::new(Plan { policies, ..Plan::default() }, ["a"]);
        let callers: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
        callers.into_iter().for_each(|caller| sim.release(caller));
        let before = sim.snapshot();
        assert_eq!(before.open(), 3);
        (sim, before)
    }

    #[test]
    fn connections_that_an_evict_policy_closes_have_survived_the_change() {
        let (mut sim, before) = three_idle();
        sim.reconfigure(Change { evict: Some(vec![idle_timeout("1s")]), ..Change::default() });
        sim.advance(Duration::from_secs(5));
        let after = sim.snapshot();
        assert_eq!(after.open(), 0);
        let promise = survival(&before, &after);
        assert!(promise.held && promise.measured.contains("3 by "), "{promise}");
    }

    #[test]
    fn one_connection_that_the_pool_closes_has_not() {
        let (mut sim, before) = three_idle();
        let mut options = pool_core::PoolOptions::default();
        options.limits.max_open = 2;
        sim.reconfigure(Change { options: Some(options), ..Change::default() });
        let after = sim.snapshot();
        assert_eq!(after.open(), 2);
        let promise = survival(&before, &after);
        assert!(!promise.held && promise.measured.contains("1 by resize"), "{promise}");
    }
}
