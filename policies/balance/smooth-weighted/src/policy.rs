//! The policy.

use std::any::Any;
use std::mem::take;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, OptionError, Reason, Stability,
};

use crate::SmoothWeightedOptions;

const BY_WEIGHT: Reason = Reason::new("by-weight");

/// The endpoints serve by weight, evenly mixed.
#[derive(Debug, Clone, Default)]
pub struct SmoothWeighted {
    /// By the endpoint's place in the table.
    credits: Vec<Credit>,
}

/// What an endpoint is owed: the sum of weights is one turn.
#[derive(Debug, Clone, Copy, Default)]
struct Credit {
    generation: u32,
    amount: i64,
}

impl SmoothWeighted {
    fn credit(&self, id: EndpointId) -> i64 {
        // A place that another generation had is a newcomer's.
        self.credits.get(id.index()).filter(|credit| credit.generation == id.generation()).map_or(0, |it| it.amount)
    }

    fn set_credit(&mut self, id: EndpointId, amount: i64) {
        if self.credits.len() <= id.index() {
            self.credits.resize(id.index() + 1, Credit::default());
        }
        self.credits[id.index()] = Credit { generation: id.generation(), amount };
    }

    /// Gives each its weight and returns what was given. One that has saved up a turn gets no more.
    fn give(&mut self, round: &Round<'_>) -> i64 {
        let mut given = 0;
        for endpoint in round.gaining() {
            let before = self.credit(endpoint.id());
            let after = before.saturating_add(weight(&endpoint)).min(round.sum);
            self.set_credit(endpoint.id(), after);
            given += (after - before).max(0);
        }
        given
    }

    /// Moves all credits by the same amount, so that they add up to zero again after an endpoint has
    /// left with its own. That changes nothing between those that stay, and a newcomer at zero comes to
    /// stand in their middle.
    fn settle(&mut self, round: &Round<'_>) {
        let total = round.all().fold(0_i64, |sum, endpoint| sum.saturating_add(self.credit(endpoint.id())));
        let shift = total / round.count.max(1);
        if shift == 0 {
            return;
        }
        for endpoint in round.all() {
            self.set_credit(endpoint.id(), self.credit(endpoint.id()).saturating_sub(shift));
        }
    }
}

impl BalancePolicy for SmoothWeighted {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let mut best: Option<(EndpointId, i64)> = None;
        for endpoint in endpoints.eligible() {
            let would_have = self.credit(endpoint.id()).saturating_add(weight(&endpoint));
            if best.is_none_or(|(_, most)| would_have > most) {
                best = Some((endpoint.id(), would_have));
            }
        }
        Decision { choice: best.map(|(id, _)| id), reason: BY_WEIGHT }
    }

    fn served(&mut self, id: EndpointId, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) {
        let round = Round::new(endpoints);
        // One that has left, or has no weight, takes no turn from the others.
        if endpoints.get(id).is_none_or(|served| !round.counts(&served)) {
            return;
        }
        let given = self.give(&round);
        self.set_credit(id, self.credit(id).saturating_sub(given).max(round.deepest_debt()));
        self.settle(&round);
    }

    /// What each is owed: it does not begin anew where another had come to.
    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<SmoothWeighted>() {
            self.credits = take(&mut old.credits);
        }
    }
}

/// One of weight 0 counts only if all are: then all count alike.
fn weight(endpoint: &EndpointView<'_>) -> i64 {
    i64::from(endpoint.weight().max(1))
}

/// One grant, seen by all endpoints that count.
struct Round<'a> {
    endpoints: &'a EndpointsView<'a>,
    /// Whether no endpoint has a weight.
    weightless: bool,
    /// Whether the dials of all of them fail: then that sets none of them back.
    all_sick: bool,
    /// The weights of all that count: one turn.
    sum: i64,
    /// How many count.
    count: i64,
}

impl<'a> Round<'a> {
    fn new(endpoints: &'a EndpointsView<'a>) -> Round<'a> {
        let weightless = endpoints.iter().all(|endpoint| endpoint.weight() == 0);
        let mut round = Round { endpoints, weightless, all_sick: false, sum: 0, count: 0 };
        let all_sick = round.all().all(|endpoint| !endpoint.is_healthy());
        round.all_sick = all_sick;
        let sum = round.all().map(|endpoint| weight(&endpoint)).sum();
        let count = i64::try_from(round.all().count()).unwrap_or(i64::MAX);
        Round { sum, count, ..round }
    }

    fn counts(&self, endpoint: &EndpointView<'_>) -> bool {
        self.weightless || endpoint.weight() > 0
    }

    /// Those that count.
    fn all(&self) -> impl Iterator<Item = EndpointView<'a>> {
        self.endpoints.iter().filter(|endpoint| self.counts(endpoint))
    }

    /// Those that gain: one whose dials fail does not.
    fn gaining(&self) -> impl Iterator<Item = EndpointView<'a>> {
        self.all().filter(|endpoint| self.all_sick || endpoint.is_healthy())
    }

    /// What one may owe at most: a turn to each of the others. It is not reached by serving alone,
    /// only when weights are lowered: a debt from the days of greater weights must not last for ever.
    fn deepest_debt(&self) -> i64 {
        self.sum.saturating_mul(self.count - 1).saturating_neg()
    }
}

impl Factory<dyn BalancePolicy> for SmoothWeighted {
    const KIND: &'static str = "smooth-weighted";
    const SUMMARY: &'static str = "The endpoints serve by weight, evenly mixed";
    const EXAMPLE: &'static str = "kind = \"smooth-weighted\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[BY_WEIGHT];
    type Options = SmoothWeightedOptions;

    fn build(SmoothWeightedOptions {}: SmoothWeightedOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(SmoothWeighted::default()))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    struct Pool {
        paper: Paper,
        policy: SmoothWeighted,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(weights: &[u32]) -> Pool {
            let mut pool = Pool { paper: Paper::new(), policy: SmoothWeighted::default(), ids: Vec::new() };
            weights.iter().for_each(|&weight| pool.join(weight));
            pool
        }

        fn join(&mut self, weight: u32) {
            let address = char::from(b'a' + u8::try_from(self.ids.len()).unwrap());
            self.ids.push(self.paper.endpoint(Endpoint::new(address).weight(weight)));
        }

        fn serve(&mut self, at: usize) {
            let id = self.ids[at];
            self.paper.with_cx(None, |paper, cx| self.policy.served(id, &paper.endpoints_view(), cx));
        }

        fn pick(&mut self) -> Option<usize> {
            let pick = self.paper.with_cx(None, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx)).choice;
            pick.map(|pick| self.ids.iter().position(|&id| id == pick).unwrap())
        }

        /// So many grants by the policy's own picks, as letters.
        fn run(&mut self, grants: usize) -> String {
            let mut grant = || {
                let pick = self.pick().expect("one can serve");
                self.serve(pick);
                char::from(b'a' + u8::try_from(pick).unwrap())
            };
            (0..grants).map(|_| grant()).collect()
        }
    }

    #[test]
    fn one_period_of_weights() {
        assert_eq!(Pool::of(&[5, 1, 1]).run(14), "aabacaaaabacaa");
        assert_eq!(Pool::of(&[4, 2, 1]).run(14), "abacabaabacaba");
    }

    #[test]
    fn a_grant_that_was_not_picked_is_debited_too() {
        let mut pool = Pool::of(&[1, 1]);
        pool.serve(0);
        pool.serve(0);
        assert_eq!(pool.run(4), "bbab");
    }

    #[test]
    fn a_pick_alone_changes_nothing() {
        let mut pool = Pool::of(&[2, 1]);
        assert!((0..5).all(|_| pool.pick() == Some(0)));
    }

    #[test]
    fn one_that_was_full_for_long_gets_no_flood_and_the_others_keep_their_shares() {
        let mut pool = Pool::of(&[5, 4, 1]);
        pool.paper.set_full(pool.ids[0], true);
        let meanwhile = pool.run(1000);
        assert_eq!(meanwhile.matches('b').count(), 800);
        pool.paper.set_full(pool.ids[0], false);
        let after = pool.run(20);
        let of_a = after.matches('a').count();
        assert!((10..=12).contains(&of_a), "10 of 20 are its share, 2 more at most were saved up: {after}");
    }

    #[test]
    fn one_whose_dials_fail_saves_up_nothing() {
        let mut pool = Pool::of(&[1, 1]);
        pool.paper.set_sick(pool.ids[0], true);
        assert_eq!(pool.run(100), "b".repeat(100));
        pool.paper.set_sick(pool.ids[0], false);
        assert_eq!(pool.run(4), "abab");
    }

    #[test]
    fn one_whose_dials_fail_does_not_live_on_its_idle_connections_alone() {
        let mut pool = Pool::of(&[5, 1]);
        pool.paper.idle(pool.ids[0], pool_core::Time::ZERO);
        pool.paper.set_sick(pool.ids[0], true);
        assert_eq!(pool.run(8), "aaabbbbb");
    }

    #[test]
    fn if_the_dials_of_all_fail_their_idle_connections_are_still_shared() {
        let mut pool = Pool::of(&[2, 1]);
        for id in pool.ids.clone() {
            pool.paper.idle(id, pool_core::Time::ZERO);
            pool.paper.set_sick(id, true);
        }
        assert_eq!(pool.run(6), "abaaba");
    }

    #[test]
    fn a_newcomer_begins_in_the_middle() {
        let mut pool = Pool::of(&[1, 1]);
        pool.run(1001);
        pool.join(1);
        let after = pool.run(9);
        assert_eq!(after.matches('c').count(), 3, "{after}");
    }

    #[test]
    fn a_newcomer_in_the_place_of_one_that_left_owes_nothing() {
        let mut pool = Pool::of(&[1, 1]);
        (0..10).for_each(|_| pool.serve(1));
        pool.paper.remove_endpoint(pool.ids[1]);
        pool.join(1);
        assert_eq!(pool.ids[2].index(), pool.ids[1].index(), "the place is used again");
        let after = pool.run(6);
        assert!(after.matches('c').count() >= 2, "{after}");
    }

    #[test]
    fn a_debt_from_the_days_of_greater_weights_is_soon_forgotten() {
        let mut pool = Pool::of(&[1000, 1, 1]);
        pool.serve(1);
        assert_eq!(pool.policy.credit(pool.ids[1]), -1001);
        pool.paper.remove_endpoint(pool.ids[0]);
        let after = pool.run(40);
        assert!(after.matches('b').count() >= 14, "{after}");
        assert!(after.ends_with("bcbc") || after.ends_with("cbcb"), "{after}");
    }

    #[test]
    fn credits_add_up_to_zero_whatever_comes_and_goes() {
        let mut pool = Pool::of(&[3, 2, 1]);
        for round in 0..200 {
            pool.run(round % 7 + 1);
            let leaver = pool.ids[round % 3];
            pool.paper.remove_endpoint(leaver);
            pool.ids[round % 3] = pool.paper.endpoint(Endpoint::new("new").weight(1 + (round % 5) as u32));
            pool.run(1);
            let total: i64 = pool.ids.iter().map(|&id| pool.policy.credit(id)).sum();
            assert!(total.abs() < 3, "{total}");
        }
    }

    #[test]
    fn a_successor_goes_on_where_it_ended() {
        let mut pool = Pool::of(&[5, 1, 1]);
        assert_eq!(pool.run(3), "aab");
        let mut successor = SmoothWeighted::default();
        successor.inherit(&mut pool.policy);
        pool.policy = successor;
        assert_eq!(pool.run(4), "acaa");
    }

    #[test]
    fn the_greatest_weights_do_not_overflow() {
        let mut pool = Pool::of(&[u32::MAX; 3]);
        assert_eq!(pool.run(6), "abcabc");
    }
}
