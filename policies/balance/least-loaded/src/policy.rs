//! The policy.

use std::any::Any;
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, FailureRates, Membership,
    OptionError, Outcome, Reason, Time,
};

use crate::LeastLoadedOptions;

const FEWEST: Reason = Reason::new("fewest-leases");

/// The endpoint with the fewest leases for its weight serves.
#[derive(Debug, Clone)]
pub struct LeastLoaded {
    failures: FailureRates,
    /// Whose turn it was, and where in the order that was.
    last: Option<(EndpointId, usize)>,
}

impl LeastLoaded {
    /// The policy with these options.
    pub fn new(options: &LeastLoadedOptions) -> LeastLoaded {
        LeastLoaded { failures: FailureRates::fading_over(options.failure_decay.get()), last: None }
    }

    /// The leases that it would have for its weight with one more; nothing if it has none and none failed.
    fn load(&self, endpoint: &EndpointView<'_>, now: Time) -> f64 {
        let (leases, failing) = (endpoint.in_flight() as f64, self.failures.of(endpoint.id(), now));
        if leases == 0.0 && failing == 0.0 {
            return 0.0;
        }
        // One of weight 0 is eligible only if all are: then all count alike.
        (leases + 1.0) / (1.0 - failing) / f64::from(endpoint.weight().max(1))
    }

    /// The place in the order from which on it is an endpoint's turn.
    fn turn(&self, endpoints: &EndpointsView<'_>) -> usize {
        self.last.map_or(0, |(last, position)| match endpoints.nth(position) {
            Some(there) if there.id() == last => position + 1,
            // One that has left has given its place to the one that came after it.
            _ => endpoints.iter().position(|it| it.id() == last).map_or(position, |position| position + 1),
        })
    }
}

impl Default for LeastLoaded {
    fn default() -> LeastLoaded {
        LeastLoaded::new(&LeastLoadedOptions::default())
    }
}

impl BalancePolicy for LeastLoaded {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let turn = self.turn(endpoints);
        let mut best: Option<(EndpointId, f64, bool)> = None;
        for (position, endpoint) in endpoints.iter().enumerate() {
            if !endpoint.is_eligible() {
                continue;
            }
            let (load, in_turn) = (self.load(&endpoint, cx.now), position >= turn);
            let better =
                best.is_none_or(|(_, least, was_in_turn)| load < least || (load == least && in_turn && !was_in_turn));
            if better {
                best = Some((endpoint.id(), load, in_turn));
            }
        }
        Decision { choice: best.map(|(id, ..)| id), reason: FEWEST }
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) {
        if let Some(position) = endpoints.iter().position(|it| it.id() == endpoint) {
            self.last = Some((endpoint, position));
        }
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
        if let Some(old) = old.downcast_mut::<LeastLoaded>() {
            self.failures.inherit(&old.failures);
            self.last = old.last;
        }
    }
}

impl Factory<dyn BalancePolicy> for LeastLoaded {
    const KIND: &'static str = "least-loaded";
    const SUMMARY: &'static str = "The endpoint with the fewest leases for its weight serves";
    const EXAMPLE: &'static str = "kind = \"least-loaded\"\nfailure_decay = \"10s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[FEWEST];
    type Options = LeastLoadedOptions;

    fn build(options: LeastLoadedOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(LeastLoaded::new(&options)))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration};

    use super::*;

    struct Pool {
        paper: Paper,
        policy: LeastLoaded,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(weights: &[u32]) -> Pool {
            let mut pool = Pool { paper: Paper::new(), policy: LeastLoaded::default(), ids: Vec::new() };
            weights.iter().for_each(|&weight| pool.join(weight));
            pool
        }

        fn join(&mut self, weight: u32) {
            let endpoint = Endpoint::new(format!("{}:1", self.ids.len())).weight(weight);
            let id = self.paper.endpoint(endpoint.clone());
            self.policy.membership(Membership::Joined(id, &endpoint));
            self.ids.push(id);
        }

        fn has(&mut self, at: usize, leases: usize) {
            for _ in 0..leases {
                let lease = self.paper.idle(self.ids[at], Time::ZERO);
                self.paper.lease(lease);
            }
        }

        fn ends(&mut self, at: usize, outcome: Outcome, times: usize) {
            let id = self.ids[at];
            let policy = &mut self.policy;
            (0..times).for_each(|_| self.paper.with_cx(None, |_, cx| policy.feedback(id, outcome, Duration::ZERO, cx)));
        }

        fn pick(&mut self) -> Option<usize> {
            let pick = self.paper.with_cx(None, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx)).choice;
            pick.map(|pick| self.ids.iter().position(|&id| id == pick).expect("an endpoint of this pool"))
        }

        fn serve(&mut self, at: usize) {
            let id = self.ids[at];
            self.paper.with_cx(None, |paper, cx| self.policy.served(id, &paper.endpoints_view(), cx));
        }
    }

    #[test]
    fn leases_are_weighed_with_the_one_to_come() {
        for (weights, leases, picked) in [
            ([1, 1], [2, 1], 1),
            // 2/5 against 2/1
            ([5, 1], [1, 1], 0),
            // 9/5 and 10/5 against 2/1: alike at the second, and it is the first one's turn
            ([5, 1], [8, 1], 0),
            ([5, 1], [9, 1], 0),
            ([5, 1], [10, 1], 1),
            // an empty one comes first, whatever its weight
            ([5, 1], [1, 0], 1),
        ] {
            let mut pool = Pool::of(&weights);
            pool.has(0, leases[0]);
            pool.has(1, leases[1]);
            assert_eq!(pool.pick(), Some(picked), "weights {weights:?}, leases {leases:?}");
        }
    }

    #[test]
    fn those_alike_have_their_turns() {
        let mut pool = Pool::of(&[1, 7, 1]);
        pool.has(1, 1);
        let mut served = || {
            let at = pool.pick().expect("one can serve");
            pool.serve(at);
            at
        };
        assert_eq!([served(), served(), served()], [0, 2, 0]);
    }

    #[test]
    fn one_that_leaves_passes_its_turn_to_its_successor() {
        let mut pool = Pool::of(&[1, 1, 1]);
        pool.serve(1);
        let gone = pool.ids[1];
        pool.paper.remove_endpoint(gone);
        pool.policy.membership(Membership::Left(gone));
        assert_eq!(pool.pick(), Some(2));
    }

    #[test]
    fn a_failing_endpoint_counts_as_one_with_as_many_leases_as_it_takes_until_one_goes_well() {
        let mut pool = Pool::of(&[1, 1]);
        // 1 - (7/8)^8 of its leases fail: one in 2.91 goes well.
        pool.ends(0, Outcome::Failed, 8);
        pool.has(1, 1);
        assert_eq!(pool.pick(), Some(1), "2.91 against 2");
        pool.has(1, 1);
        assert_eq!(pool.pick(), Some(0), "2.91 against 3");
    }

    #[test]
    fn a_failing_endpoint_is_tried_again_in_time() {
        let mut pool = Pool::of(&[1, 1]);
        pool.ends(0, Outcome::Broken, 100);
        assert_eq!(pool.pick(), Some(1));
        pool.paper.advance(Duration::from_secs(47));
        assert_eq!(pool.pick(), Some(0), "nothing is left of it, and it is its turn");
    }

    #[test]
    fn failures_do_not_count_where_they_are_not_to() {
        let mut pool = Pool::of(&[1, 1]);
        pool.policy = LeastLoaded::new(&LeastLoadedOptions { failure_decay: HumanDuration::ZERO });
        assert!(!pool.policy.wants_feedback());
        pool.ends(0, Outcome::Broken, 100);
        assert_eq!(pool.pick(), Some(0));
    }
}
