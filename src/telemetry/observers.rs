//! Several observers as one.

use std::sync::Arc;

use pool_core::{DialReport, Event, LeaseEnd, LeaseReport, Observer, Protocol, Time, TraceContext};

/// One observer of all that listen to events, and of the spans; `None` if there are none, so that
/// nothing at all is called.
pub(crate) fn together(
    mut listeners: Vec<Arc<dyn Observer>>,
    spans: Option<Arc<dyn Observer>>,
) -> Option<Arc<dyn Observer>> {
    match spans {
        None if listeners.len() <= 1 => listeners.pop(),
        Some(spans) if listeners.is_empty() => Some(spans),
        spans => Some(Arc::new(Together { listeners, spans })),
    }
}

/// Several that listen to events, and the spans. Leases are told to the spans alone.
struct Together {
    listeners: Vec<Arc<dyn Observer>>,
    spans: Option<Arc<dyn Observer>>,
}

impl Observer for Together {
    fn built(&self, pool: &str, protocol: Protocol) {
        self.listeners.iter().chain(&self.spans).for_each(|observer| observer.built(pool, protocol));
    }

    fn event(&self, pool: &str, event: &Event, now: Time) {
        self.listeners.iter().chain(&self.spans).for_each(|observer| observer.event(pool, event, now));
    }

    fn wants_leases(&self) -> bool {
        self.spans.as_ref().is_some_and(|spans| spans.wants_leases())
    }

    fn context(&self) -> Option<TraceContext> {
        self.spans.as_ref()?.context()
    }

    fn dial(&self, pool: &str, dial: &DialReport<'_>, now: Time) -> Option<TraceContext> {
        self.spans.as_ref()?.dial(pool, dial, now)
    }

    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        self.spans.as_ref().is_some_and(|spans| spans.heeds(end))
    }

    fn abandoned(&self, pool: &str, context: TraceContext, now: Time) {
        if let Some(spans) = &self.spans {
            spans.abandoned(pool, context, now);
        }
    }

    fn lease(&self, pool: &str, lease: &LeaseReport, now: Time) {
        if let Some(spans) = &self.spans {
            spans.lease(pool, lease, now);
        }
    }
}
