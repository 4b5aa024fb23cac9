//! The policy.

use std::num::NonZeroU32;

use pool_core::{Cx, Decision, Factory, LeaseView, OptionError, Reason, ReleasePolicy, ReleaseRule, Settle, Stability};

use crate::MaxUsesOptions;

const KEEP: Reason = Reason::new("keep");
const MAX_USES: Reason = Reason::new("max-uses");

/// A connection is closed after a number of leases.
#[derive(Debug, Clone, Copy)]
pub struct MaxUses {
    uses: NonZeroU32,
}

impl MaxUses {
    /// Closes after `uses` leases; `None` for zero, since no lease ends before it began.
    pub fn new(uses: u32) -> Option<MaxUses> {
        NonZeroU32::new(uses).map(|uses| MaxUses { uses })
    }
}

impl ReleasePolicy for MaxUses {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        // More than the limit is possible: the limit may have been lowered on the live pool.
        if lease.uses() >= self.uses.get() {
            Decision::of(Settle::Close, MAX_USES)
        } else {
            Decision::of(Settle::Keep, KEEP)
        }
    }

    fn rule(&self) -> Option<ReleaseRule> {
        Some(ReleaseRule::MaxUses { uses: self.uses.get(), keep: KEEP, close: MAX_USES })
    }
}

impl Factory<dyn ReleasePolicy> for MaxUses {
    const KIND: &'static str = "max-uses";
    const SUMMARY: &'static str = "A connection is closed after a number of leases";
    const EXAMPLE: &'static str = "kind = \"max-uses\"\nuses = 1000\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[KEEP, MAX_USES];
    type Options = MaxUsesOptions;

    fn build(options: MaxUsesOptions) -> Result<Box<dyn ReleasePolicy>, OptionError> {
        match MaxUses::new(options.uses) {
            Some(policy) => Ok(Box::new(policy)),
            None => Err(OptionError::new("uses", "a connection cannot be closed after 0 leases; at least 1")),
        }
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, Outcome};

    use super::*;

    fn settled(uses: u32, limit: u32) -> Decision<Settle> {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, paper.now());
        for _ in 1..uses {
            paper.lease(conn);
            paper.release(conn);
        }
        paper.lease(conn);
        let mut policy = MaxUses::new(limit).unwrap();
        paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conn, Outcome::Ok), cx))
    }

    #[test]
    fn the_last_allowed_lease_closes() {
        assert_eq!(settled(2, 3), Decision::of(Settle::Keep, KEEP));
        assert_eq!(settled(3, 3), Decision::of(Settle::Close, MAX_USES));
    }

    #[test]
    fn a_lowered_limit_closes_what_is_past_it() {
        assert_eq!(settled(9, 3), Decision::of(Settle::Close, MAX_USES));
    }

    #[test]
    fn zero_is_refused_and_says_what_is_allowed() {
        let error = MaxUses::build(MaxUsesOptions { uses: 0 }).unwrap_err();
        assert_eq!(error.to_string(), "uses: a connection cannot be closed after 0 leases; at least 1");
    }
}
