//! The policy.

use pool_core::{
    ConnView, Cx, Decision, EntryId, EvictPolicy, Expiry, ExpiryRule, Factory, IdleView, OptionError, Reason, Stability,
};

use crate::LruOptions;

const LEAST_RECENTLY_USED: Reason = Reason::new("least-recently-used");

/// When there are too many idle connections, the least recently used is closed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lru;

impl EvictPolicy for Lru {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        idle.oldest().map(|conn| Decision::of(conn.id(), LEAST_RECENTLY_USED))
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Never
    }
}

impl Factory<dyn EvictPolicy> for Lru {
    const KIND: &'static str = "lru";
    const SUMMARY: &'static str = "When there are too many idle connections, the least recently used is closed";
    const EXAMPLE: &'static str = "kind = \"lru\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[LEAST_RECENTLY_USED];
    type Options = LruOptions;

    fn build(LruOptions {}: LruOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(Lru))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, Time};

    use super::*;

    #[test]
    fn the_scope_of_the_limit_is_the_scope_of_the_choice() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let b = paper.endpoint(Endpoint::new("b:1"));
        let oldest_of_b = paper.idle(b, Time::ZERO);
        let oldest_of_a = paper.idle(a, Time::ZERO);
        paper.idle(b, Time::ZERO);
        let of_pool = paper.with_cx(None, |paper, cx| Lru.victim(&paper.pool_view(), cx));
        let of_a = paper.with_cx(None, |paper, cx| Lru.victim(&paper.idle_view(a), cx));
        assert_eq!(of_pool, Some(Decision::of(oldest_of_b, LEAST_RECENTLY_USED)));
        assert_eq!(of_a, Some(Decision::of(oldest_of_a, LEAST_RECENTLY_USED)));
    }

    #[test]
    fn it_sets_no_deadline() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, Time::ZERO);
        assert_eq!(paper.with_cx(None, |paper, cx| Lru.expires_at(&paper.conn_view(conn), cx)), None);
    }
}
