//! The policy.

use pool_core::{AcquirePolicy, ConnView, Cx, Decision, EntryId, Factory, IdleView, OptionError, Reason};

use crate::LeastUsedOptions;

const LEAST_USED: Reason = Reason::new("least-used");

/// The connection with the fewest uses is handed out first.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeastUsed;

impl AcquirePolicy for LeastUsed {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        // Of several that are least, the first is found: the one released last.
        let least = idle.newest_first().min_by_key(ConnView::uses);
        Decision { choice: least.map(|conn| conn.id()), reason: LEAST_USED }
    }
}

impl Factory<dyn AcquirePolicy> for LeastUsed {
    const KIND: &'static str = "least-used";
    const SUMMARY: &'static str = "The connection with the fewest uses is handed out first";
    const EXAMPLE: &'static str = "kind = \"least-used\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[LEAST_USED];
    type Options = LeastUsedOptions;

    fn build(LeastUsedOptions {}: LeastUsedOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(LeastUsed))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    #[test]
    fn the_fewest_uses_decide_and_not_the_order() {
        let mut paper = Paper::new();
        let (a, b) = (paper.endpoint(Endpoint::new("a:1")), paper.endpoint(Endpoint::new("b:1")));
        paper.idle(b, paper.now());
        let conns = [3, 1, 2].map(|uses| {
            let conn = paper.idle(a, paper.now());
            for _ in 0..uses {
                paper.lease(conn);
                paper.release(conn);
            }
            conn
        });
        let decision = paper.with_cx(None, |paper, cx| LeastUsed.choose(&paper.idle_view(a), cx));
        assert_eq!(decision, Decision::of(conns[1], LEAST_USED), "and others' connections do not count");
    }
}
