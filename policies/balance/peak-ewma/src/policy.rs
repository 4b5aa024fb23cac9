//! The policy.

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, Membership, OptionError, Outcome,
    Reason, Time,
};

use crate::PeakEwmaOptions;
use crate::latency::Latency;

const SOONER: Reason = Reason::new("sooner-of-two");
const UNKNOWN: Reason = Reason::new("not-known-yet");

/// What an endpoint without a history costs that has leases, and one nanosecond for each of these: 39 hours, more than
/// any that has a history, as far as can be.
const UNPROVED: f64 = (i64::MAX >> 16) as f64;

/// Of two endpoints drawn at random the one that should answer sooner serves.
#[derive(Debug, Clone)]
pub struct PeakEwma {
    decay: Duration,
    penalty: Duration,
    /// Of those that are part of the pool; `None` without a history.
    latencies: BTreeMap<EndpointId, Option<Latency>>,
}

impl PeakEwma {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `decay_time` is zero.
    pub fn new(options: &PeakEwmaOptions) -> Result<PeakEwma, OptionError> {
        if options.decay_time.get().is_zero() {
            return Err(OptionError::new("decay_time", "nothing would be remembered; it must be longer than zero"));
        }
        Ok(PeakEwma::checked(options))
    }

    fn checked(options: &PeakEwmaOptions) -> PeakEwma {
        let (decay, penalty) = (options.decay_time.get(), options.failure_penalty.get());
        PeakEwma { decay, penalty, latencies: BTreeMap::new() }
    }

    /// How long the next lease would take with all those before it, in nanoseconds, and whether that is known.
    fn cost(&self, endpoint: &EndpointView<'_>, now: Time) -> (f64, Reason) {
        let leases = endpoint.in_flight() as f64;
        match self.latencies.get(&endpoint.id()) {
            Some(Some(latency)) => (latency.at(self.decay, now) * (leases + 1.0), SOONER),
            _ if leases > 0.0 => (UNPROVED + leases, UNKNOWN),
            _ => (0.0, UNKNOWN),
        }
    }
}

impl Default for PeakEwma {
    fn default() -> PeakEwma {
        PeakEwma::checked(&PeakEwmaOptions::default())
    }
}

impl BalancePolicy for PeakEwma {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let Some(first) = endpoints.sample(cx.random, |_| true) else { return Decision::none(UNKNOWN) };
        let (cost, reason) = self.cost(&first, cx.now);
        let Some(second) = endpoints.sample(cx.random, |other| other.id() != first.id()) else {
            return Decision::of(first.id(), reason);
        };
        let (other_cost, other_reason) = self.cost(&second, cx.now);
        if other_cost < cost { Decision::of(second.id(), other_reason) } else { Decision::of(first.id(), reason) }
    }

    fn wants_feedback(&self) -> bool {
        true
    }

    fn feedback(&mut self, endpoint: EndpointId, outcome: Outcome, took: Duration, cx: &mut Cx<'_>) {
        let Some(latency) = self.latencies.get_mut(&endpoint) else { return };
        let took = match outcome {
            // How long one had it that keeps it for good says nothing.
            Outcome::Detached => return,
            Outcome::Ok => took,
            _ => took.max(self.penalty),
        };
        match latency {
            Some(latency) => latency.observe(took, self.decay, cx.now),
            None => *latency = Some(Latency::first(took, cx.now)),
        }
    }

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(id, _) => {
                self.latencies.entry(id).or_default();
            }
            Membership::Left(id) => {
                self.latencies.remove(&id);
            }
            _ => {}
        }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<PeakEwma>() {
            self.latencies.iter_mut().for_each(|(id, latency)| *latency = old.latencies.get(id).copied().flatten());
        }
    }
}

impl Factory<dyn BalancePolicy> for PeakEwma {
    const KIND: &'static str = "peak-ewma";
    const SUMMARY: &'static str = "Of two endpoints drawn at random the one that should answer sooner serves";
    const EXAMPLE: &'static str = "kind = \"peak-ewma\"\ndecay_time = \"10s\"\nfailure_penalty = \"5s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[SOONER, UNKNOWN];
    type Options = PeakEwmaOptions;

    fn build(options: PeakEwmaOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(PeakEwma::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration};

    use super::*;

    struct Pool {
        paper: Paper,
        policy: PeakEwma,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(size: usize) -> Pool {
            let mut pool = Pool { paper: Paper::new(), policy: PeakEwma::default(), ids: Vec::new() };
            (0..size).for_each(|_| pool.join());
            pool
        }

        fn join(&mut self) {
            let endpoint = Endpoint::new(format!("{}:1", self.ids.len()));
            let id = self.paper.endpoint(endpoint.clone());
            self.policy.membership(Membership::Joined(id, &endpoint));
            self.ids.push(id);
        }

        fn leases(&mut self, at: usize, leases: usize) {
            for _ in 0..leases {
                let lease = self.paper.idle(self.ids[at], Time::ZERO);
                self.paper.lease(lease);
            }
        }

        fn ended(&mut self, at: usize, outcome: Outcome, millis: u64) {
            let (id, took) = (self.ids[at], Duration::from_millis(millis));
            self.paper.with_cx(None, |_, cx| self.policy.feedback(id, outcome, took, cx));
        }

        fn cost(&self, at: usize) -> f64 {
            let view = self.paper.endpoints_view();
            self.policy.cost(&view.get(self.ids[at]).expect("an endpoint of this pool"), self.paper.now()).0
        }

        /// The pick where only two can be drawn: there is no chance in it.
        fn pick(&mut self) -> (usize, Reason) {
            let pick = self.paper.with_cx(None, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx));
            (self.ids.iter().position(|&id| Some(id) == pick.choice).expect("one can serve"), pick.reason)
        }
    }

    #[test]
    fn cost_is_latency_for_each_lease_and_one_more() {
        let mut pool = Pool::of(2);
        pool.ended(0, Outcome::Ok, 10);
        pool.ended(1, Outcome::Ok, 25);
        pool.leases(0, 1);
        assert_eq!((pool.cost(0), pool.cost(1)), (20e6, 25e6));
        assert_eq!(pool.pick(), (0, SOONER));
        pool.leases(0, 1);
        assert_eq!((pool.cost(0), pool.cost(1)), (30e6, 25e6));
        assert_eq!(pool.pick(), (1, SOONER));
    }

    #[test]
    fn a_newcomer_gets_one_lease_and_must_prove_itself() {
        let mut pool = Pool::of(1);
        pool.ended(0, Outcome::Ok, 10);
        pool.leases(0, 5);
        pool.join();
        assert_eq!(pool.pick(), (1, UNKNOWN));
        pool.leases(1, 1);
        assert_eq!(pool.cost(1), UNPROVED + 1.0);
        assert_eq!(pool.pick(), (0, SOONER));
        pool.ended(1, Outcome::Ok, 12);
        assert_eq!(pool.pick(), (1, SOONER), "24 ms against 60");
    }

    #[test]
    fn a_failure_counts_as_five_seconds_at_least() {
        let mut pool = Pool::of(2);
        pool.ended(0, Outcome::Failed, 0);
        pool.ended(1, Outcome::Broken, 6000);
        assert_eq!((pool.cost(0), pool.cost(1)), (5e9, 6e9));
        // What it takes to be back at 50 ms: ln(100) decay times.
        pool.paper.advance(Duration::from_secs_f64(100_f64.ln() * 10.0));
        assert!((pool.cost(0) - 50e6).abs() < 1.0, "{}", pool.cost(0));
    }

    #[test]
    fn without_a_penalty_a_failure_is_as_short_as_it_was() {
        let mut pool = Pool::of(1);
        let options = PeakEwmaOptions { failure_penalty: HumanDuration::ZERO, ..PeakEwmaOptions::default() };
        let latencies = std::mem::take(&mut pool.policy.latencies);
        pool.policy = PeakEwma { latencies, ..PeakEwma::new(&options).expect("zero is allowed") };
        pool.ended(0, Outcome::Failed, 1);
        assert_eq!(pool.cost(0), 1e6);
    }

    #[test]
    fn a_history_lives_as_long_as_its_endpoint() {
        let mut pool = Pool::of(2);
        pool.ended(1, Outcome::Ok, 10);
        let id = pool.ids[1];
        pool.policy.membership(Membership::Changed(id, &Endpoint::new("1:1").weight(3)));
        assert_eq!(pool.cost(1), 10e6);
        pool.policy.membership(Membership::Left(id));
        pool.ended(1, Outcome::Ok, 10);
        assert_eq!(pool.policy.latencies.len(), 1, "a lease that ends after its endpoint has left is no news");
    }

    #[test]
    fn an_heir_with_other_options_goes_on_with_what_was_learned() {
        let mut pool = Pool::of(2);
        pool.ended(0, Outcome::Ok, 10);
        let options = PeakEwmaOptions { decay_time: HumanDuration::from_secs(1), ..PeakEwmaOptions::default() };
        let mut heir = PeakEwma::new(&options).expect("a second is allowed");
        heir.membership(Membership::Joined(pool.ids[0], &Endpoint::new("0:1")));
        heir.inherit(&mut pool.policy);
        pool.policy = heir;
        assert_eq!((pool.cost(0), pool.policy.latencies.len()), (10e6, 1));
        pool.paper.advance(Duration::from_secs(1));
        assert!((pool.cost(0) - 10e6 / std::f64::consts::E).abs() < 1.0, "it fades as the heir has it");
    }

    #[test]
    fn draws_are_of_two_different_ones_all_pairs_alike() {
        let mut pool = Pool::of(4);
        (0..4).for_each(|at| pool.ended(at, Outcome::Ok, 10 + at as u64));
        let mut times = [0_usize; 4];
        (0..12_000).for_each(|_| times[pool.pick().0] += 1);
        // By hand: the k-th best of 4 is the better one in 4 - k of 6 pairs.
        assert_eq!(times[3], 0);
        assert!([6000, 4000, 2000].iter().zip(times).all(|(&due, got)| got.abs_diff(due) < 200), "{times:?}");
    }
}
