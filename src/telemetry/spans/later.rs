//! Spans that are made later, on the telemetry's own thread.
//!
//! A span costs half a microsecond and a dozen pieces of memory, and the one whose lease ends should
//! not pay for it. So what ended is put aside as it was told, and a little later made into spans, in
//! the same order. That is done where the provider is ours, and the guard sees to it that nothing is
//! left; with a provider of the application's, which ends when the application says, spans are made
//! at once.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::SdkTracer;
use parking_lot::Mutex;
use pool_core::{DialReport, Event, LeaseEnd, LeaseReport, Observer, Protocol, Time, TraceContext, What};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::name::shared;
use super::{Pool, PoolSpans};
use crate::telemetry::clock::Wall;
use crate::telemetry::health::Health;

/// As much may be put aside: half a megabyte. Of more, the spans are lost, and counted.
const MOST: usize = 2048;

/// At so much the telemetry's thread is called at once.
const MANY: usize = MOST / 2;

/// What is put aside is made into spans so long after the first of it.
const PAUSE: Duration = Duration::from_millis(20);

/// Puts aside what is told, and makes spans of it later.
pub(crate) struct Later {
    spans: PoolSpans<SdkTracer>,
    health: Arc<Health>,
    aside: Mutex<Aside>,
    /// Held while spans are made, so that they keep their order. What is in it is empty.
    spare: Mutex<Vec<News>>,
    some: Notify,
    many: Notify,
}

#[derive(Default)]
struct Aside {
    news: Vec<News>,
    ended: bool,
}

/// What was told, of which pool, and when.
struct News {
    pool: Arc<str>,
    /// The generation of its configuration, when it was told.
    generation: i64,
    wall: Wall,
    told: Told,
}

enum Told {
    Lease(LeaseReport),
    Event(Event),
}

impl Later {
    pub(super) fn new(spans: PoolSpans<SdkTracer>, health: Arc<Health>) -> Later {
        let (aside, spare) = (Mutex::default(), Mutex::default());
        Later { spans, health, aside, spare, some: Notify::new(), many: Notify::new() }
    }

    /// Makes spans of what is put aside, again and again.
    pub(crate) async fn keep(self: Arc<Later>) {
        loop {
            self.some.notified().await;
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = self.many.notified() => {}
            }
            self.make();
        }
    }

    /// Makes spans of all that was told until now.
    pub(crate) fn make(&self) {
        let mut spare = self.spare.lock();
        std::mem::swap(&mut self.aside.lock().news, &mut *spare);
        for News { pool, generation, wall, told } in spare.drain(..) {
            let pool = Pool { name: &pool, generation };
            match told {
                Told::Lease(lease) => self.spans.lease_at(&pool, &lease, wall),
                Told::Event(event) => self.spans.event_at(&pool, &event, wall),
            }
        }
    }

    /// The same, for the last time: what is told from now on is told to nobody.
    pub(crate) fn end(&self) {
        self.aside.lock().ended = true;
        self.make();
    }

    fn put(&self, pool: &str, now: Time, told: Told) {
        let generation = self.spans.configured.of(pool);
        let news = News { pool: shared(pool), generation, wall: Wall::at(now), told };
        let mut aside = self.aside.lock();
        let before = aside.news.len();
        if before < MOST && !aside.ended {
            aside.news.push(news);
        }
        let lost = before >= MOST && !aside.ended;
        drop(aside);
        match before {
            0 => self.some.notify_one(),
            MANY => self.many.notify_one(),
            _ if lost => self.health.lose_span(),
            _ => {}
        }
    }
}

impl Observer for Later {
    fn built(&self, pool: &str, protocol: Protocol) {
        self.spans.built(pool, protocol);
    }

    fn event(&self, pool: &str, event: &Event, now: Time) {
        self.spans.configured.note(pool, event);
        if matches!(event.what, What::Refused { .. } | What::Evicted { .. } | What::Closed { .. }) {
            self.put(pool, now, Told::Event(event.clone()));
        }
    }

    fn context(&self) -> Option<TraceContext> {
        self.spans.context()
    }

    /// At once: the identity of its span is wanted.
    fn dial(&self, pool: &str, dial: &DialReport<'_>, now: Time) -> Option<TraceContext> {
        self.spans.dial(pool, dial, now)
    }

    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        self.spans.heeds(end)
    }

    fn lease(&self, pool: &str, lease: &LeaseReport, now: Time) {
        self.put(pool, now, Told::Lease(lease.clone()));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use pool_core::{CloseReason, Endpoint, EntryId, Outcome, Reason};

    use super::*;
    use crate::telemetry::options::{SpanMode, TelemetryOptions};

    fn lease(entry: EntryId) -> LeaseReport {
        let (time, reason) = (Time::from_nanos(5), Reason::new("newest"));
        LeaseReport {
            entry,
            endpoint: Arc::new(Endpoint::new("a:1")),
            asked: time,
            granted: time,
            ended: time,
            outcome: Outcome::Ok,
            uses: 1,
            born: time,
            waited: false,
            acquire_reason: reason,
            balance_reason: reason,
            settle_reason: reason,
            closed: None,
            site: None,
            context: None,
            dial: None,
        }
    }

    fn eviction(entry: EntryId) -> Event {
        let what = What::Evicted {
            entry,
            endpoint: Arc::new(Endpoint::new("a:1")),
            why: CloseReason { policy: "ttl", reason: Reason::new("max-age") },
            age: Duration::from_secs(1),
            idle_for: None,
            uses: 1,
            last_lease: None,
        };
        Event::new(Time::from_nanos(6), what)
    }

    fn later() -> (Later, Arc<Health>, InMemorySpanExporter) {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
        let options = TelemetryOptions { spans: SpanMode::All, ..TelemetryOptions::default() };
        let health = Health::new(true, Arc::default());
        (Later::new(PoolSpans::new(&provider, &options, None), Arc::clone(&health)), health, kept)
    }

    fn count(kept: &InMemorySpanExporter) -> usize {
        kept.get_finished_spans().expect("in memory").len()
    }

    #[test]
    fn what_is_told_becomes_spans_in_order_when_its_time_has_come() {
        let (later, _, kept) = later();
        let (entry, now) = (EntryId::from_parts(3, 1), Time::from_nanos(9));
        later.lease("orders", &lease(entry), now);
        later.event("orders", &eviction(entry), now);
        assert_eq!(count(&kept), 0, "not on the thread that tells");
        later.make();
        let spans = kept.get_finished_spans().expect("in memory");
        assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["pool.lease", "pool.evict"]);
        let linked = spans[1].links.links.first().map(|link| link.span_context.span_id());
        assert_eq!(linked, Some(spans[0].span_context.span_id()), "to the lease before it");
    }

    #[test]
    fn of_more_than_there_is_room_for_the_spans_are_lost_and_counted() {
        let (later, health, kept) = later();
        for index in 0..MOST as u32 + 10 {
            later.lease("orders", &lease(EntryId::from_parts(index, 0)), Time::from_nanos(9));
        }
        later.end();
        assert_eq!((count(&kept), health.undelivered_spans()), (MOST, 10));
        later.lease("orders", &lease(EntryId::from_parts(0, 0)), Time::from_nanos(9));
        later.make();
        assert_eq!((count(&kept), health.undelivered_spans()), (MOST, 10), "the end is the end");
    }
}
