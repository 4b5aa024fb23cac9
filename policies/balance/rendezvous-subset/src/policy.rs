//! The policy.

use std::any::Any;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, Membership, OptionError, Random, Reason,
};
use xxhash_rust::xxh64::xxh64;

use crate::RendezvousSubsetOptions;
use crate::subset::Ranking;

const IN_TURN: Reason = Reason::new("in-turn");
const BEYOND_SUBSET: Reason = Reason::new("beyond-subset");

/// A few of many endpoints serve, in turn; others for each client.
#[derive(Debug, Clone, Default)]
pub struct RendezvousSubset {
    options: RendezvousSubsetOptions,
    /// None: nobody has asked yet.
    seed: Option<u64>,
    /// None: the endpoints have changed since.
    ranking: Option<Ranking>,
    last: Option<Turn>,
}

/// Whose turn it was, and where in the subset that was.
#[derive(Debug, Clone, Copy)]
struct Turn {
    endpoint: EndpointId,
    position: usize,
}

impl RendezvousSubset {
    /// The policy with these options.
    ///
    /// # Errors
    /// If they make no sense; the error names the key.
    pub fn new(options: RendezvousSubsetOptions) -> Result<RendezvousSubset, OptionError> {
        options.check()?;
        Ok(RendezvousSubset { options, ..RendezvousSubset::default() })
    }

    fn ranking(&mut self, endpoints: &EndpointsView<'_>, random: &mut Random) -> &Ranking {
        let seed = *self.seed.get_or_insert_with(|| match self.options.client.as_str() {
            "" => random.next_u64(),
            client => xxh64(client.as_bytes(), 0),
        });
        let size = self.options.subset_size as usize;
        self.ranking.get_or_insert_with(|| Ranking::of(endpoints, seed, size))
    }
}

/// The place in the subset at which the next turn begins.
fn next(last: Option<Turn>, subset: &[EndpointId]) -> usize {
    let Some(last) = last else { return 0 };
    match subset.iter().position(|&id| id == last.endpoint) {
        Some(position) => (position + 1) % subset.len(),
        // One that has left has given its place to the one that came after it.
        None => last.position % subset.len().max(1),
    }
}

impl BalancePolicy for RendezvousSubset {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let last = self.last;
        let ranking = self.ranking(endpoints, cx.random);
        let serves = |id: &&EndpointId| endpoints.get(**id).is_some_and(|endpoint| endpoint.is_eligible());
        let (before, from) = ranking.subset().split_at(next(last, ranking.subset()));
        if let Some(&id) = from.iter().chain(before).find(serves) {
            return Decision::of(id, IN_TURN);
        }
        // If no other can either, one of weight 0 may.
        let beyond = ranking.beyond().iter().find(serves).copied();
        let any = || endpoints.eligible().next().map(|endpoint| endpoint.id());
        Decision { choice: beyond.or_else(any), reason: BEYOND_SUBSET }
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) {
        let subset = self.ranking(endpoints, cx.random).subset();
        if let Some(position) = subset.iter().position(|&id| id == endpoint) {
            self.last = Some(Turn { endpoint, position });
        }
    }

    fn membership(&mut self, _: Membership<'_>) {
        // They change in groups: they are sorted at the next pick, once.
        self.ranking = None;
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        let Some(old) = old.downcast_mut::<RendezvousSubset>() else { return };
        if self.options.client == old.options.client {
            self.seed = old.seed;
        }
        self.last = old.last;
    }
}

impl Factory<dyn BalancePolicy> for RendezvousSubset {
    const KIND: &'static str = "rendezvous-subset";
    const SUMMARY: &'static str = "A few of many endpoints serve, in turn; others for each client";
    const EXAMPLE: &'static str = "kind = \"rendezvous-subset\"\nsubset_size = 20\nclient = \"web-7\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[IN_TURN, BEYOND_SUBSET];
    type Options = RendezvousSubsetOptions;

    fn build(options: RendezvousSubsetOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(RendezvousSubset::new(options)?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    struct Pool {
        paper: Paper,
        policy: RendezvousSubset,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(size: usize, subset_size: u32, client: &str) -> Pool {
            let options = RendezvousSubsetOptions { subset_size, client: client.to_owned() };
            let policy = RendezvousSubset::new(options).expect("good options");
            let mut pool = Pool { paper: Paper::new(), policy, ids: Vec::new() };
            (0..size).for_each(|_| pool.join(1));
            pool
        }

        fn join(&mut self, weight: u32) {
            let endpoint = Endpoint::new(format!("{}:1", self.ids.len())).weight(weight);
            let id = self.paper.endpoint(endpoint.clone());
            self.policy.membership(Membership::Joined(id, &endpoint));
            self.ids.push(id);
        }

        fn leave(&mut self, at: usize) {
            self.paper.remove_endpoint(self.ids[at]);
            self.policy.membership(Membership::Left(self.ids[at]));
        }

        fn serve(&mut self) -> (usize, Reason) {
            let pick = self.paper.with_cx(None, |paper, cx| {
                let view = paper.endpoints_view();
                let pick = self.policy.pick(&view, cx);
                pick.choice.into_iter().for_each(|id| self.policy.served(id, &view, cx));
                pick
            });
            let at = self.ids.iter().position(|&id| Some(id) == pick.choice).expect("one of the pool");
            (at, pick.reason)
        }

        fn subset(&mut self) -> BTreeSet<usize> {
            (0..40).map(|_| self.serve().0).collect()
        }
    }

    #[test]
    fn as_many_serve_as_were_asked_for_one_after_the_other() {
        let mut pool = Pool::of(50, 5, "");
        let first: Vec<_> = (0..5).map(|_| pool.serve()).collect();
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 5);
        for round in 0..20 {
            assert_eq!(pool.serve(), first[round % 5]);
        }
        assert_eq!(Pool::of(4, 5, "").subset().len(), 4, "all, if there are fewer");
    }

    #[test]
    fn one_that_joins_or_leaves_replaces_at_most_one() {
        for client in ["a", "b", "c", "d"] {
            let mut pool = Pool::of(30, 8, client);
            let mut before = pool.subset();
            for step in 0..60 {
                let known = before.clone();
                if step % 3 == 0 {
                    pool.join(1);
                } else {
                    pool.leave(step / 3);
                }
                let after = pool.subset();
                let fresh: Vec<_> = after.difference(&known).collect();
                assert!(fresh.len() <= 1, "{fresh:?} at step {step}");
                assert_eq!(after.len(), 8.min(pool.paper.endpoints_view().len()));
                before = after;
            }
        }
    }

    #[test]
    fn the_subset_is_that_of_the_name_or_of_chance() {
        let subset = |client: &str, seed| {
            let mut pool = Pool::of(50, 5, client);
            pool.paper.seed(seed);
            pool.subset()
        };
        assert_eq!(subset("web-7", 1), subset("web-7", 2));
        assert_ne!(subset("web-7", 1), subset("web-8", 1));
        assert_eq!(subset("", 1), subset("", 1));
        assert_ne!(subset("", 1), subset("", 2));
    }

    #[test]
    fn many_clients_are_spread_over_all_servers() {
        let mut clients = [0; 20];
        for client in 0..400 {
            let subset = Pool::of(20, 5, &format!("web-{client}")).subset();
            subset.into_iter().for_each(|at| clients[at] += 1);
        }
        // 100 each, by chance: the standard deviation is 9.
        assert!(clients.iter().all(|&count| (60..=140).contains(&count)), "{clients:?}");
    }

    #[test]
    fn one_that_cannot_serve_is_passed_over_and_one_beyond_serves_only_if_none_can() {
        let mut pool = Pool::of(10, 3, "web-7");
        let order = [pool.serve().0, pool.serve().0, pool.serve().0];
        pool.paper.set_full(pool.ids[order[0]], true);
        assert_eq!(pool.serve(), (order[1], IN_TURN));
        pool.paper.set_full(pool.ids[order[1]], true);
        pool.paper.set_full(pool.ids[order[2]], true);
        let (next, reason) = pool.serve();
        assert_eq!(reason, BEYOND_SUBSET);
        assert!(!order.contains(&next));
        assert_eq!(pool.serve(), (next, BEYOND_SUBSET), "always the same");
        pool.leave(order[0]);
        assert!(pool.subset().contains(&next), "the one that would come in if one left");
        pool.paper.set_full(pool.ids[order[2]], false);
        assert_eq!(pool.serve(), (order[2], IN_TURN));
    }

    #[test]
    fn weight_zero_is_in_no_subset_unless_all_are_zero() {
        let mut pool = Pool::of(0, 5, "");
        [0, 1, 0, 1].into_iter().for_each(|weight| pool.join(weight));
        assert_eq!(pool.subset(), BTreeSet::from([1, 3]));
        pool.leave(1);
        pool.leave(3);
        assert_eq!(pool.subset(), BTreeSet::from([0, 2]));
    }

    #[test]
    fn another_size_on_a_live_pool_keeps_the_seed() {
        let mut pool = Pool::of(30, 5, "");
        let five = pool.subset();
        let larger = RendezvousSubsetOptions { subset_size: 6, ..RendezvousSubsetOptions::default() };
        let mut policy = RendezvousSubset::new(larger).expect("good options");
        policy.inherit(&mut pool.policy);
        pool.policy = policy;
        assert_eq!(pool.subset().difference(&five).count(), 1);
        assert!(pool.subset().is_superset(&five));
    }
}
