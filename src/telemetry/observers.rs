//! Several observers as one.

use std::sync::Arc;

use pool_core::{DialReport, Event, LeaseEnd, LeaseReport, Observer, Time, TraceContext};

use super::notices::Notices;

/// One observer of the notices and the spans, as far as they are wanted; `None` if neither is, so
/// that nothing at all is called.
pub(crate) fn together(notices: bool, spans: Option<Arc<dyn Observer>>) -> Option<Arc<dyn Observer>> {
    match (notices, spans) {
        (false, spans) => spans,
        (true, None) => Some(Arc::new(Notices::default())),
        (true, Some(spans)) => Some(Arc::new(Both { notices: Notices::default(), spans })),
    }
}

/// Notices, and spans too. Leases are told to the spans alone.
struct Both {
    notices: Notices,
    spans: Arc<dyn Observer>,
}

impl Observer for Both {
    fn event(&self, pool: &str, event: &Event, now: Time) {
        self.notices.event(pool, event, now);
        self.spans.event(pool, event, now);
    }

    fn wants_leases(&self) -> bool {
        self.spans.wants_leases()
    }

    fn context(&self) -> Option<TraceContext> {
        self.spans.context()
    }

    fn dial(&self, pool: &str, dial: &DialReport<'_>, now: Time) -> Option<TraceContext> {
        self.spans.dial(pool, dial, now)
    }

    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        self.spans.heeds(end)
    }

    fn abandoned(&self, pool: &str, context: TraceContext, now: Time) {
        self.spans.abandoned(pool, context, now);
    }

    fn lease(&self, pool: &str, lease: &LeaseReport<'_>, now: Time) {
        self.spans.lease(pool, lease, now);
    }
}
