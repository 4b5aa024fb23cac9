//! The policy.

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, Membership, OptionError, Reason,
};
use xxhash_rust::xxh64::xxh64;

use crate::RingHashOptions;
use crate::bound::Bound;
use crate::ring::Ring;

const BY_KEY: Reason = Reason::new("by-key");
const NO_KEY: Reason = Reason::new("no-key");
const NEXT_ON_RING: Reason = Reason::new("next-on-ring");
const OVER_BOUND: Reason = Reason::new("over-bound");

/// Keys find their endpoint on a ring; few keys move when one joins or leaves.
#[derive(Debug, Clone, Default)]
pub struct RingHash {
    options: RingHashOptions,
    /// None: the endpoints have changed since.
    ring: Option<Ring>,
}

impl RingHash {
    /// The policy with these options.
    ///
    /// # Errors
    /// If they make no sense; the error names the key.
    pub fn new(options: RingHashOptions) -> Result<RingHash, OptionError> {
        options.check()?;
        Ok(RingHash { options, ring: None })
    }
}

impl BalancePolicy for RingHash {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let (hash, mut reason) = match cx.key {
            Some(key) => (xxh64(&key.to_le_bytes(), 0), BY_KEY),
            None => (cx.random.next_u64(), NO_KEY),
        };
        let factor = self.options.hash_balance_factor;
        let ring = self.ring.get_or_insert_with(|| Ring::of(endpoints, &self.options));
        let bound = (factor > 0).then(|| Bound::of(factor, ring, endpoints));
        for member in ring.clockwise(hash) {
            let serves = endpoints.get(member.id).filter(EndpointView::is_eligible);
            let why_not = match serves {
                None => NEXT_ON_RING,
                Some(endpoint) if bound.is_some_and(|bound| bound.is_reached(member, &endpoint)) => OVER_BOUND,
                Some(endpoint) => return Decision::of(endpoint.id(), reason),
            };
            // What kept the key from its own endpoint is what counts.
            if reason == BY_KEY {
                reason = why_not;
            }
        }
        // None that has a place can serve, but one of weight 0 may.
        Decision { choice: endpoints.eligible().next().map(|endpoint| endpoint.id()), reason: NEXT_ON_RING }
    }

    fn membership(&mut self, _: Membership<'_>) {
        // They change in groups: the ring is built at the next pick, once.
        self.ring = None;
    }
}

impl Factory<dyn BalancePolicy> for RingHash {
    const KIND: &'static str = "ring-hash";
    const SUMMARY: &'static str = "Keys find their endpoint on a ring; few move when one joins or leaves";
    const EXAMPLE: &'static str =
        "kind = \"ring-hash\"\nmin_ring_size = 1024\nmax_ring_size = 65536\nhash_balance_factor = 150\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[BY_KEY, NO_KEY, NEXT_ON_RING, OVER_BOUND];
    type Options = RingHashOptions;

    fn build(options: RingHashOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(RingHash::new(options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    /// A policy that has been told of endpoints named `0:1`, `1:1`… of weight 1.
    struct Pool {
        paper: Paper,
        policy: RingHash,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(size: usize, hash_balance_factor: u32) -> Pool {
            let options = RingHashOptions { hash_balance_factor, ..RingHashOptions::default() };
            let policy = RingHash::new(options).expect("good options");
            let mut pool = Pool { paper: Paper::new(), policy, ids: Vec::new() };
            (0..size).for_each(|at| pool.join(&format!("{at}:1")));
            pool
        }

        fn join(&mut self, name: &str) {
            let endpoint = Endpoint::new(name);
            let id = self.paper.endpoint(endpoint.clone());
            self.policy.membership(Membership::Joined(id, &endpoint));
            self.ids.push(id);
        }

        fn leave(&mut self, at: usize) {
            self.paper.remove_endpoint(self.ids[at]);
            self.policy.membership(Membership::Left(self.ids[at]));
        }

        fn pick(&mut self, key: Option<u64>) -> (usize, Reason) {
            let pick = self.paper.with_cx(key, |paper, cx| self.policy.pick(&paper.endpoints_view(), cx));
            let at = self.ids.iter().position(|&id| Some(id) == pick.choice).expect("one of the pool");
            (at, pick.reason)
        }

        fn owners(&mut self) -> Vec<usize> {
            (0..10_000).map(|key| self.pick(Some(key)).0).collect()
        }

        fn lease(&mut self, at: usize) {
            let conn = self.paper.idle(self.ids[at], self.paper.now());
            self.paper.lease(conn);
        }
    }

    #[test]
    fn the_keys_of_one_that_leaves_move_and_no_others_and_they_come_back() {
        for size in [2, 3, 10, 40] {
            let mut pool = Pool::of(size, 0);
            let before = pool.owners();
            for gone in [0, size / 2, size - 1] {
                let mut pool = Pool::of(size, 0);
                pool.leave(gone);
                let without = pool.owners();
                let moved = before.iter().zip(&without).filter(|(one, other)| one != other).count();
                assert!(before.iter().zip(&without).all(|(&one, &other)| one == other || one == gone));
                assert_eq!(moved, before.iter().filter(|&&owner| owner == gone).count());
                pool.join(&format!("{gone}:1"));
                let back: Vec<_> = pool.owners().into_iter().map(|at| if at == size { gone } else { at }).collect();
                assert_eq!(back, before);
            }
        }
    }

    #[test]
    fn what_moves_is_spread_over_the_others() {
        let (mut pool, size) = (Pool::of(10, 0), 10);
        let before = pool.owners();
        pool.leave(4);
        let after = pool.owners();
        let mut taken = vec![0; size];
        before.iter().zip(after).filter(|(owner, _)| **owner == 4).for_each(|(_, other)| taken[other] += 1);
        assert!((0..size).all(|at| at == 4 || taken[at] > 50), "about 110 each: {taken:?}");
    }

    #[test]
    fn where_the_owner_cannot_serve_the_next_does_for_a_while() {
        let mut pool = Pool::of(5, 0);
        let before = pool.owners();
        pool.paper.set_full(pool.ids[2], true);
        for key in 0..1_000 {
            let (owner, reason) = pool.pick(Some(key));
            let was = before[key as usize];
            assert_eq!(reason.as_str(), if was == 2 { "next-on-ring" } else { "by-key" });
            assert_eq!(owner == was, was != 2);
        }
        let meanwhile = pool.owners();
        pool.paper.set_full(pool.ids[2], false);
        assert_eq!(pool.owners(), before);
        pool.leave(2);
        assert_eq!(pool.owners(), meanwhile, "the next is the one that would have it if that one left");
    }

    #[test]
    fn without_a_key_it_is_left_to_chance() {
        let mut pool = Pool::of(3, 0);
        let mut served = [0; 3];
        for _ in 0..3_000 {
            let (at, reason) = pool.pick(None);
            assert_eq!(reason, NO_KEY);
            served[at] += 1;
        }
        assert!(served.iter().all(|&times| times > 800), "{served:?}");
        pool.paper.set_full(pool.ids[0], true);
        assert!((0..100).all(|_| pool.pick(None).1 == NO_KEY), "whichever place it is, it is by chance");
    }

    #[test]
    fn a_hot_key_is_shared_when_its_endpoint_has_too_many_leases() {
        let mut pool = Pool::of(4, 150);
        let (owner, reason) = pool.pick(Some(7));
        assert_eq!(reason, BY_KEY);
        // The share is rounded up: of 1 lease and the one that is asked for, 150 % of a quarter are 1, of 4 they are 2.
        for _ in 0..4 {
            pool.lease(owner);
            let (at, reason) = pool.pick(Some(7));
            assert!(at != owner && reason == OVER_BOUND);
        }
        // When the others have as many, it takes its own again.
        for at in (0..4).filter(|&at| at != owner) {
            (0..4).for_each(|_| pool.lease(at));
        }
        assert_eq!(pool.pick(Some(7)), (owner, BY_KEY));
    }

    #[test]
    fn no_endpoint_ever_has_more_than_its_bound() {
        for (factor, most) in [(101, 26), (125, 32), (200, 50)] {
            let mut pool = Pool::of(4, factor);
            let mut leases = [0; 4];
            for _ in 0..100 {
                let (at, _) = pool.pick(Some(1));
                pool.lease(at);
                leases[at] += 1;
            }
            let greatest = leases.into_iter().max();
            assert_eq!(greatest, Some(most), "one key alone fills its endpoint to the bound: {leases:?}");
        }
    }

    #[test]
    fn the_load_of_one_that_cannot_serve_is_no_reason_to_pass_by_the_others() {
        let mut pool = Pool::of(2, 101);
        let other = 1 - pool.pick(Some(7)).0;
        pool.paper.set_full(pool.ids[other], true);
        assert!((0..20).all(|_| {
            pool.lease(1 - other);
            pool.pick(Some(7)) == (1 - other, BY_KEY)
        }));
    }
}
