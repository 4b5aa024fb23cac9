//! The policy.

use std::cmp::Ordering;
use std::time::Duration;

use pool_core::{
    ConnView, Cx, Decision, EntryId, EvictPolicy, Expiry, ExpiryRule, Factory, IdleView, OptionError, Reason,
};

use crate::LfuOptions;

const LEAST_FREQUENTLY_USED: Reason = Reason::new("least-frequently-used");

/// When there are too many idle connections, the least frequently used is closed.
#[derive(Debug, Clone, Copy)]
pub struct Lfu {
    warm_up: Duration,
}

/// Uses for an age.
#[derive(Debug, Clone, Copy)]
struct Frequency {
    uses: u128,
    nanos: u128,
}

impl Lfu {
    /// The policy with these options.
    pub fn new(options: &LfuOptions) -> Lfu {
        Lfu { warm_up: options.warm_up.get() }
    }

    fn frequency(&self, conn: &ConnView<'_>) -> Frequency {
        // Where all are infinitely old, uses decide.
        let age = if self.warm_up == Duration::MAX { Duration::ZERO } else { conn.age().saturating_add(self.warm_up) };
        Frequency { uses: u128::from(conn.uses()) + 1, nanos: age.as_nanos().max(1) }
    }
}

impl Frequency {
    /// Without a division, and so exact: 33 bits of uses and 94 of nanoseconds are less than 128.
    fn compare(self, other: Frequency) -> Ordering {
        (self.uses * other.nanos).cmp(&(other.uses * self.nanos))
    }
}

impl EvictPolicy for Lfu {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        // Of several that are least, the first is found: the one released longest ago.
        let frequencies = idle.oldest_first().map(|conn| (conn.id(), self.frequency(&conn)));
        let (id, _) = frequencies.min_by(|(_, one), (_, other)| one.compare(*other))?;
        Some(Decision::of(id, LEAST_FREQUENTLY_USED))
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Never
    }
}

impl Factory<dyn EvictPolicy> for Lfu {
    const KIND: &'static str = "lfu";
    const SUMMARY: &'static str = "When there are too many idle connections, the least frequently used is closed";
    const EXAMPLE: &'static str = "kind = \"lfu\"\nwarm_up = \"1m\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[LEAST_FREQUENTLY_USED];
    type Options = LfuOptions;

    fn build(options: LfuOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(Lfu::new(&options)))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, EndpointId, HumanDuration, Time};

    use super::*;

    fn used(paper: &mut Paper, endpoint: EndpointId, created: Time, uses: u32) -> EntryId {
        let conn = paper.idle(endpoint, created);
        for _ in 0..uses {
            paper.lease(conn);
            paper.release(conn);
        }
        conn
    }

    fn victim(paper: &mut Paper) -> Option<EntryId> {
        victim_by(HumanDuration::from_secs(60), paper)
    }

    fn victim_by(warm_up: HumanDuration, paper: &mut Paper) -> Option<EntryId> {
        let mut policy = Lfu::new(&LfuOptions { warm_up });
        let decision = paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx))?;
        assert_eq!(decision.reason, LEAST_FREQUENTLY_USED);
        decision.choice
    }

    #[test]
    fn of_equal_age_the_one_with_the_fewest_uses_goes() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let [_, rare, _] = [3, 1, 2].map(|uses| used(&mut paper, a, Time::ZERO, uses));
        paper.advance(Duration::from_secs(1));
        assert_eq!(victim(&mut paper), Some(rare));
    }

    #[test]
    fn a_newcomer_takes_the_place_of_one_that_is_hardly_used_and_of_no_busier_one() {
        for (uses, warm_up, old_goes) in [
            (10, HumanDuration::from_secs(60), true),
            (100, HumanDuration::from_secs(60), false),
            (100, HumanDuration::ZERO, true),
            (2, HumanDuration::NEVER, false),
        ] {
            let mut paper = Paper::new();
            let a = paper.endpoint(Endpoint::new("a:1"));
            let old = used(&mut paper, a, Time::ZERO, uses);
            paper.advance(Duration::from_secs(1000));
            let born = paper.now();
            let young = used(&mut paper, a, born, 1);
            paper.advance(Duration::from_secs(2));
            let goes = if old_goes { old } else { young };
            assert_eq!(victim_by(warm_up, &mut paper), Some(goes), "{uses} uses, {warm_up}");
        }
    }

    #[test]
    fn of_equals_the_one_released_longest_ago_goes() {
        let mut paper = Paper::new();
        let (a, b) = (paper.endpoint(Endpoint::new("a:1")), paper.endpoint(Endpoint::new("b:1")));
        let [one, other] = [a, b].map(|endpoint| used(&mut paper, endpoint, Time::ZERO, 2));
        assert_eq!(victim(&mut paper), Some(one), "of no age at all");
        paper.advance(Duration::from_secs(5));
        assert_eq!(victim(&mut paper), Some(one));
        let of_b = paper.with_cx(None, |paper, cx| Lfu::new(&LfuOptions::default()).victim(&paper.idle_view(b), cx));
        assert_eq!(
            of_b.and_then(|decision| decision.choice),
            Some(other),
            "the scope of the limit is that of the choice"
        );
    }

    #[test]
    fn of_none_it_names_none() {
        assert_eq!(victim(&mut Paper::new()), None);
    }
}
