//! Evict policies that give the reasons of the two that the statistics ask for.

use std::time::Duration;

use pool_core::{ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, Moments, Named, Policies, Reason, Time};

/// So long after its dial, or after it became idle.
#[derive(Debug)]
pub(crate) struct After {
    pub(crate) after: Duration,
    pub(crate) moments: Moments,
    pub(crate) idle: bool,
}

const MAX_AGE: Reason = Reason::new("max-age");
const IDLE_TIMEOUT: Reason = Reason::new("idle-timeout");

impl EvictPolicy for After {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at: Time = conn.created().after(self.after);
        (!self.idle).then_some(Expiry::new(at, self.moments, MAX_AGE))
    }

    fn rule(&self) -> ExpiryRule {
        let After { after, moments, idle } = *self;
        if idle {
            ExpiryRule::Idle { after, moments, reason: IDLE_TIMEOUT, floor: true, replace: false }
        } else {
            ExpiryRule::Birth
        }
    }
}

/// The plain policies with these.
pub(crate) fn evicting(evict: impl IntoIterator<Item = After>) -> Policies {
    let named = |after: After| {
        let kind = if after.idle { "idle-timeout" } else { "ttl" };
        Named::<dyn EvictPolicy>::new(kind, Box::new(after))
    };
    Policies { evict: evict.into_iter().map(named).collect(), ..Policies::plain() }
}
