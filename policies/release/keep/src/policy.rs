//! The policy.

use pool_core::{Cx, Decision, Factory, LeaseView, OptionError, Reason, ReleasePolicy, ReleaseRule, Settle, Stability};

use crate::KeepOptions;

const KEEP: Reason = Reason::new("keep");

/// Every usable connection is kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep;

impl ReleasePolicy for Keep {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Keep, KEEP)
    }

    fn rule(&self) -> Option<ReleaseRule> {
        Some(ReleaseRule::Keep(KEEP))
    }
}

impl Factory<dyn ReleasePolicy> for Keep {
    const KIND: &'static str = "keep";
    const SUMMARY: &'static str = "Every usable connection is kept";
    const EXAMPLE: &'static str = "kind = \"keep\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[KEEP];
    type Options = KeepOptions;

    fn build(KeepOptions {}: KeepOptions) -> Result<Box<dyn ReleasePolicy>, OptionError> {
        Ok(Box::new(Keep))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, Outcome};

    use super::*;

    #[test]
    fn a_failed_operation_is_no_reason_to_close() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, paper.now());
        paper.lease(conn);
        for outcome in [Outcome::Ok, Outcome::Failed] {
            let decision = paper.with_cx(None, |paper, cx| Keep.settle(&paper.lease_view(conn, outcome), cx));
            assert_eq!(decision, Decision::of(Settle::Keep, KEEP));
        }
    }
}
