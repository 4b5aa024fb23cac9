//! The policy.

use pool_core::{BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, Membership, OptionError, Reason};
use xxhash_rust::xxh64::xxh64;

use crate::MaglevOptions;
use crate::table::Table;

const BY_KEY: Reason = Reason::new("by-key");
const NO_KEY: Reason = Reason::new("no-key");
const NEXT_IN_TABLE: Reason = Reason::new("next-in-table");

/// Keys find their endpoint in a table: even shares, the quickest pick.
#[derive(Debug, Clone, Default)]
pub struct Maglev {
    options: MaglevOptions,
    /// None: the endpoints have changed since.
    table: Option<Table>,
}

impl Maglev {
    /// The policy with these options.
    ///
    /// # Errors
    /// If they make no sense; the error names the key.
    pub fn new(options: MaglevOptions) -> Result<Maglev, OptionError> {
        options.check()?;
        Ok(Maglev { options, table: None })
    }
}

impl BalancePolicy for Maglev {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let (hash, mut reason) = match cx.key {
            Some(key) => (xxh64(&key.to_le_bytes(), 0), BY_KEY),
            None => (cx.random.next_u64(), NO_KEY),
        };
        let table = self.table.get_or_insert_with(|| Table::of(endpoints, self.options.table_size));
        for id in table.from(hash) {
            if endpoints.get(id).is_some_and(|endpoint| endpoint.is_eligible()) {
                return Decision::of(id, reason);
            }
            if reason == BY_KEY {
                reason = NEXT_IN_TABLE;
            }
        }
        // None that has a row can serve, but one of weight 0 may.
        Decision { choice: endpoints.eligible().next().map(|endpoint| endpoint.id()), reason: NEXT_IN_TABLE }
    }

    fn membership(&mut self, _: Membership<'_>) {
        // They change in groups: the table is built at the next pick, once.
        self.table = None;
    }
}

impl Factory<dyn BalancePolicy> for Maglev {
    const KIND: &'static str = "maglev";
    const SUMMARY: &'static str = "Keys find their endpoint in a table: even shares, the quickest pick";
    const EXAMPLE: &'static str = "kind = \"maglev\"\ntable_size = 65537\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[BY_KEY, NO_KEY, NEXT_IN_TABLE];
    type Options = MaglevOptions;

    fn build(options: MaglevOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(Maglev::new(options)?))
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
        policy: Maglev,
        ids: Vec<EndpointId>,
    }

    impl Pool {
        fn of(size: usize) -> Pool {
            let mut pool = Pool { paper: Paper::new(), policy: Maglev::default(), ids: Vec::new() };
            for at in 0..size {
                let endpoint = Endpoint::new(format!("{at}:1"));
                let id = pool.paper.endpoint(endpoint.clone());
                pool.policy.membership(Membership::Joined(id, &endpoint));
                pool.ids.push(id);
            }
            pool
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
    }

    #[test]
    fn when_one_leaves_at_most_two_in_n_keys_move() {
        for size in [3, 5, 10, 40] {
            let before = Pool::of(size).owners();
            for gone in [0, size / 2, size - 1] {
                let mut pool = Pool::of(size);
                pool.leave(gone);
                let without = pool.owners();
                assert!(without.iter().all(|&owner| owner != gone));
                let moved = before.iter().zip(&without).filter(|(one, other)| one != other).count();
                assert!(moved <= 2 * 10_000 / size, "{moved} of 10000 keys moved as one of {size} left");
            }
        }
    }

    #[test]
    fn where_the_owner_cannot_serve_the_next_does_for_a_while() {
        let mut pool = Pool::of(5);
        let before = pool.owners();
        pool.paper.set_full(pool.ids[2], true);
        for key in 0..1_000 {
            let (owner, reason) = pool.pick(Some(key));
            let was = before[key as usize];
            assert_eq!(reason.as_str(), if was == 2 { "next-in-table" } else { "by-key" });
            assert_eq!(owner == was, was != 2);
        }
        pool.paper.set_full(pool.ids[2], false);
        assert_eq!(pool.owners(), before);
    }

    #[test]
    fn without_a_key_it_is_left_to_chance() {
        let mut pool = Pool::of(3);
        let mut served = [0; 3];
        for _ in 0..3_000 {
            let (at, reason) = pool.pick(None);
            assert_eq!(reason, NO_KEY);
            served[at] += 1;
        }
        assert!(served.iter().all(|&times| times > 800), "{served:?}");
    }
}
