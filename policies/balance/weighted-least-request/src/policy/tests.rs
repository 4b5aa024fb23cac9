//! The formula, by hand.

use pool_core::fixture::Paper;
use pool_core::{Endpoint, EntryId};

use super::*;

struct Pool {
    paper: Paper,
    policy: WeightedLeastRequest,
    ids: Vec<EndpointId>,
}

impl Pool {
    fn new(bias: f64, weights: &[u32]) -> Pool {
        let options = WeightedLeastRequestOptions { active_request_bias: bias, ..Default::default() };
        let policy = WeightedLeastRequest::new(&options).expect("the bias makes sense");
        let mut pool = Pool { paper: Paper::new(), policy, ids: Vec::new() };
        weights.iter().for_each(|&weight| pool.join(weight));
        pool
    }

    fn join(&mut self, weight: u32) {
        let endpoint = Endpoint::new(format!("{}:1", self.ids.len())).weight(weight);
        let id = self.paper.endpoint(endpoint.clone());
        self.policy.membership(Membership::Joined(id, &endpoint));
        self.ids.push(id);
    }

    /// A lease as the machine grants it: it is in the books when the policy is told.
    fn lease(&mut self, at: usize) -> EntryId {
        let id = self.ids[at];
        let lease = self.paper.idle(id, Time::ZERO);
        self.paper.lease(lease);
        self.paper.with_cx(None, |paper, cx| self.policy.served(id, &paper.endpoints_view(), cx));
        lease
    }

    fn pick(&mut self) -> (usize, Reason) {
        let pick = self.paper.with_cx(None, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx));
        (self.ids.iter().position(|&id| Some(id) == pick.choice).expect("one can serve"), pick.reason)
    }

    /// So many leases by the policy's own picks, as letters; `given_back` at once or kept.
    fn run(&mut self, leases: usize, given_back: bool) -> String {
        let mut grant = || {
            let (at, reason) = self.pick();
            assert_eq!(reason, IN_TURN);
            let lease = self.lease(at);
            if given_back {
                self.paper.close(lease);
            }
            char::from(b'a' + u8::try_from(at).expect("a letter"))
        };
        (0..leases).map(|_| grant()).collect()
    }

    /// So many leases at a time, of which nothing is left.
    fn crowd(&mut self, leases: usize) {
        // Something idle, so that each can serve however many leases it has.
        for &id in &self.ids {
            self.paper.idle(id, Time::ZERO);
        }
        let held: Vec<_> = (0..leases)
            .map(|_| {
                let (at, _) = self.pick();
                self.lease(at)
            })
            .collect();
        held.into_iter().for_each(|lease| self.paper.close(lease));
    }

    /// How many of the next thousand leases, which are given back at once, the second endpoint gets.
    fn share_of_b(&mut self) -> usize {
        self.run(1000, true).matches('b').count()
    }

    fn weight(&self, at: usize) -> f64 {
        let view = self.paper.endpoints_view();
        self.policy.weight(&view.get(self.ids[at]).expect("an endpoint of this pool"), self.paper.now())
    }
}

#[test]
fn a_weight_is_divided_by_the_leases_to_the_power_of_the_bias() {
    for (bias, expected) in [(1.0, [12.0, 6.0, 4.0]), (2.0, [12.0, 3.0, 12.0 / 9.0]), (0.0, [12.0; 3])] {
        let mut pool = Pool::new(bias, &[12, 1]);
        let weights = [0; 3].map(|at| {
            pool.lease(at);
            pool.weight(at)
        });
        let right = weights.iter().zip(expected).all(|(weight, expected)| (weight - expected).abs() < 1e-12);
        assert!(right, "bias {bias}: {weights:?}");
    }
}

#[test]
fn without_a_bias_it_is_weighted_round_robin_whatever_is_in_flight() {
    assert_eq!(Pool::new(0.0, &[2, 4]).run(9, false), "babbabbab");
    assert_eq!(Pool::new(0.0, &[1, 1, 1]).run(6, false), "abcabc", "with equal weights too");
}

#[test]
fn leases_that_are_kept_delay_the_turns() {
    // Given back at once: a's turns are 1/4 apart, b's 1; of those at the same time the one given out first.
    assert_eq!(Pool::new(1.0, &[4, 1]).run(9, true), "aaabaaaab");
    // Kept: the n-th lease of a is followed by n/4, that of b by n. So a's turns come at 0.25, 0.5, 1, 1.75, 2.75, 4,
    // 5.5, and b's at 1, 2, 4, 7.
    assert_eq!(Pool::new(1.0, &[4, 1]).run(10, false), "aabaababaa");
}

#[test]
fn a_crowd_that_has_gone_is_held_against_nobody() {
    for bias in [0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 1e9] {
        let mut pool = Pool::new(bias, &[9, 1]);
        pool.crowd(400);
        assert!((90..=110).contains(&pool.share_of_b()), "bias {bias}: {} of the next", pool.share_of_b());
    }
}

#[test]
fn an_heir_with_less_bias_soon_has_shares_of_its_own() {
    let mut pool = Pool::new(10.0, &[9, 1]);
    pool.crowd(400);
    let mut heir = Pool::new(1.0, &[9, 1]);
    heir.policy.inherit(&mut pool.policy);
    assert!((90..=110).contains(&heir.share_of_b()), "{} of the next", heir.share_of_b());
}

#[test]
fn of_many_each_is_served_when_a_crowd_has_gone() {
    let weights: Vec<u32> = (1..=20).collect();
    let mut pool = Pool::new(3.0, &weights);
    pool.crowd(2000);
    // Each lease looks at one.
    pool.run(20, true);
    let after = pool.run(630, true);
    for (letter, weight) in ('a'..='t').zip(1..) {
        let served = after.matches(letter).count();
        assert!(served.abs_diff(3 * weight) <= 1, "{letter} {served} times, of weight {weight}: {after}");
    }
}

#[test]
fn one_that_fails_has_less_weight() {
    let mut pool = Pool::new(1.0, &[8, 1]);
    let (id, policy) = (pool.ids[0], &mut pool.policy);
    pool.paper.with_cx(None, |_, cx| policy.feedback(id, Outcome::Failed, Duration::ZERO, cx));
    assert_eq!(pool.weight(0), 7.0);
}

#[test]
fn with_equal_weights_some_are_drawn_and_compared() {
    let mut pool = Pool::new(1.0, &[4, 4, 0]);
    pool.lease(0);
    let mut of_a = 0;
    for _ in 0..10_000 {
        let (at, reason) = pool.pick();
        assert_eq!(reason, FEWEST);
        of_a += usize::from(at == 0);
    }
    assert!((2300..2700).contains(&of_a), "one in four draws finds it twice: {of_a}");
}

#[test]
fn weights_that_become_equal_and_different_change_the_rule() {
    let mut pool = Pool::new(1.0, &[1, 2]);
    assert_eq!(pool.pick().1, IN_TURN);
    pool.policy.membership(Membership::Changed(pool.ids[1], &Endpoint::new("1:1").weight(1)));
    assert_eq!(pool.pick().1, FEWEST);
    pool.join(3);
    assert_eq!(pool.pick().1, IN_TURN);
    pool.paper.remove_endpoint(pool.ids[2]);
    pool.policy.membership(Membership::Left(pool.ids[2]));
    assert_eq!(pool.pick().1, FEWEST);
    assert_eq!(pool.policy.having, BTreeMap::from([(1, 2)]));
}
