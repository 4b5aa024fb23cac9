//! The policy.

use std::any::Any;
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, FailureRates, Membership,
    OptionError, Outcome, Reason, Time,
};

use crate::PowerOfChoicesOptions;

const FEWEST: Reason = Reason::new("fewest-of-drawn");

/// Of a few endpoints drawn at random the one with the fewest leases serves.
#[derive(Debug, Clone)]
pub struct PowerOfChoices {
    choices: u32,
    failures: FailureRates,
}

impl PowerOfChoices {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `choice_count` is less than 2 or more than 10.
    pub fn new(options: &PowerOfChoicesOptions) -> Result<PowerOfChoices, OptionError> {
        let choices = options.choice_count;
        if !(2..=10).contains(&choices) {
            let wrong = format!("{choices} cannot be; it compares from 2 to 10 endpoints");
            return Err(OptionError::new("choice_count", wrong));
        }
        Ok(PowerOfChoices { choices, failures: FailureRates::fading_over(options.failure_decay.get()) })
    }

    /// As many leases as it would have if none failed, with one more.
    fn load(&self, endpoint: &EndpointView<'_>, now: Time) -> f64 {
        (endpoint.in_flight() as f64 + 1.0) / (1.0 - self.failures.of(endpoint.id(), now))
    }
}

impl Default for PowerOfChoices {
    fn default() -> PowerOfChoices {
        let PowerOfChoicesOptions { choice_count, failure_decay } = PowerOfChoicesOptions::default();
        PowerOfChoices { choices: choice_count, failures: FailureRates::fading_over(failure_decay.get()) }
    }
}

impl BalancePolicy for PowerOfChoices {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let mut best: Option<(EndpointId, f64)> = None;
        for _ in 0..self.choices {
            let Some(drawn) = endpoints.sample(cx.random, |_| true) else { break };
            let load = self.load(&drawn, cx.now);
            if best.is_none_or(|(_, least)| load < least) {
                best = Some((drawn.id(), load));
            }
        }
        Decision { choice: best.map(|(id, _)| id), reason: FEWEST }
    }

    fn wants_feedback(&self) -> bool {
        self.failures.are_kept()
    }

    fn feedback(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, cx: &mut Cx<'_>) {
        self.failures.note(endpoint, outcome, cx.now);
    }

    fn membership(&mut self, change: Membership<'_>) {
        self.failures.membership(change);
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<PowerOfChoices>() {
            self.failures.inherit(&old.failures);
        }
    }
}

impl Factory<dyn BalancePolicy> for PowerOfChoices {
    const KIND: &'static str = "p2c";
    const SUMMARY: &'static str = "Of a few endpoints drawn at random the one with the fewest leases serves";
    const EXAMPLE: &'static str = "kind = \"p2c\"\nchoice_count = 2\nfailure_decay = \"10s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[FEWEST];
    type Options = PowerOfChoicesOptions;

    fn build(options: PowerOfChoicesOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(PowerOfChoices::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration};

    use super::*;

    const PICKS: usize = 10_000;

    struct Pool {
        paper: Paper,
        policy: PowerOfChoices,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        /// Endpoints that have so many leases.
        fn of(leases: &[usize]) -> Pool {
            let mut pool = Pool { paper: Paper::new(), policy: PowerOfChoices::default(), ids: Vec::new() };
            for (at, &leases) in leases.iter().enumerate() {
                let endpoint = Endpoint::new(format!("{at}:1"));
                let id = pool.paper.endpoint(endpoint.clone());
                pool.policy.membership(Membership::Joined(id, &endpoint));
                for _ in 0..leases {
                    let lease = pool.paper.idle(id, Time::ZERO);
                    pool.paper.lease(lease);
                }
                pool.ids.push(id);
            }
            pool
        }

        fn fails(&mut self, at: usize, times: usize) {
            let (id, policy) = (self.ids[at], &mut self.policy);
            for _ in 0..times {
                self.paper.with_cx(None, |_, cx| policy.feedback(id, Outcome::Failed, Duration::ZERO, cx));
            }
        }

        /// The part of many picks that each endpoint gets.
        fn shares(&mut self) -> Vec<f64> {
            let mut times = vec![0.0; self.ids.len()];
            for _ in 0..PICKS {
                let pick = self.paper.with_cx(None, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx));
                let at = self.ids.iter().position(|&id| Some(id) == pick.choice).expect("one can serve");
                times[at] += 1.0 / PICKS as f64;
            }
            times
        }
    }

    fn about(shares: &[f64], expected: &[f64]) -> bool {
        shares.len() == expected.len() && shares.iter().zip(expected).all(|(one, other)| (one - other).abs() < 0.02)
    }

    #[test]
    fn with_two_draws_the_fuller_ones_share_is_that_of_being_drawn_beside_none_better() {
        // By hand, of n = 4: the k-th best is picked if it is drawn and no better one: ((n-k+1)² - (n-k)²) / n².
        let shares = Pool::of(&[3, 0, 2, 1]).shares();
        assert!(about(&shares, &[1.0 / 16.0, 7.0 / 16.0, 3.0 / 16.0, 5.0 / 16.0]), "{shares:?}");
    }

    #[test]
    fn with_ten_draws_the_fuller_one_of_two_is_hardly_ever_picked() {
        let mut pool = Pool::of(&[1, 0]);
        let options = PowerOfChoicesOptions { choice_count: 10, ..PowerOfChoicesOptions::default() };
        pool.policy = PowerOfChoices::new(&options).expect("ten are allowed");
        let shares = pool.shares();
        assert!(shares[0] < 0.003, "one in 2¹⁰: {shares:?}");
    }

    #[test]
    fn those_alike_are_picked_alike_and_the_full_not_at_all() {
        let mut pool = Pool::of(&[2, 2, 2, 2]);
        pool.paper.set_full(pool.ids[3], true);
        let shares = pool.shares();
        assert!(about(&shares, &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0]), "{shares:?}");
    }

    #[test]
    fn one_that_fails_counts_as_fuller() {
        let mut pool = Pool::of(&[0, 1]);
        // 1 / (7/8)^5 = 1.95 against 2, then 1 / (7/8)^6 = 2.23 against 2
        pool.fails(0, 5);
        assert!(about(&pool.shares(), &[0.75, 0.25]));
        pool.fails(0, 1);
        assert!(about(&pool.shares(), &[0.25, 0.75]));
        pool.paper.advance(Duration::from_secs(47));
        assert!(about(&pool.shares(), &[0.75, 0.25]), "it is forgotten");
    }

    #[test]
    fn failures_do_not_count_where_they_are_not_to() {
        let mut pool = Pool::of(&[0, 1]);
        let options = PowerOfChoicesOptions { failure_decay: HumanDuration::ZERO, ..PowerOfChoicesOptions::default() };
        pool.policy = PowerOfChoices::new(&options).expect("zero is allowed");
        assert!(!pool.policy.wants_feedback());
        pool.fails(0, 100);
        assert!(about(&pool.shares(), &[0.75, 0.25]));
    }
}
