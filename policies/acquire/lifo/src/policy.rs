//! The policy.

use pool_core::{AcquirePolicy, AcquireRule, Cx, Decision, EntryId, Factory, IdleView, OptionError, Reason, Stability};

use crate::LifoOptions;

const NEWEST: Reason = Reason::new("newest");

/// The connection released last is handed out first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lifo;

impl AcquirePolicy for Lifo {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: NEWEST }
    }

    fn rule(&self) -> Option<AcquireRule> {
        Some(AcquireRule::Newest(NEWEST))
    }
}

impl Factory<dyn AcquirePolicy> for Lifo {
    const KIND: &'static str = "lifo";
    const SUMMARY: &'static str = "The connection released last is handed out first";
    const EXAMPLE: &'static str = "kind = \"lifo\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[NEWEST];
    type Options = LifoOptions;

    fn build(LifoOptions {}: LifoOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(Lifo))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    #[test]
    fn release_order_decides_and_birth_does_not() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let elder = paper.idle(a, paper.now());
        paper.idle(a, paper.now());
        paper.lease(elder);
        paper.release(elder);
        let decision = paper.with_cx(None, |paper, cx| Lifo.choose(&paper.idle_view(a), cx));
        assert_eq!(decision, Decision::of(elder, NEWEST));
    }

    #[test]
    fn other_endpoints_do_not_count() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let b = paper.endpoint(Endpoint::new("b:1"));
        paper.idle(b, paper.now());
        let mine = paper.idle(a, paper.now());
        paper.idle(b, paper.now());
        let decision = paper.with_cx(None, |paper, cx| Lifo.choose(&paper.idle_view(a), cx));
        assert_eq!(decision.choice, Some(mine));
    }
}
