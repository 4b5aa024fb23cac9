//! Spans through the real SDK into its in-memory exporter.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clearpool::telemetry::{SpanMode, TelemetryOptions, spans};
use opentelemetry::trace::{Span as _, SpanContext, SpanId, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use pool_core::catalog::{Attribute, Span, SpanEvent};
use pool_core::{
    CloseReason, DialReport, Endpoint, EntryId, Event, LeaseReport, Observer, Outcome, Reason, RefusalKind, Time,
    TraceContext, What,
};

/// A provider that keeps what is sent, and an observer that sends to it.
struct Bench {
    provider: SdkTracerProvider,
    kept: InMemorySpanExporter,
    observer: Arc<dyn Observer>,
    endpoint: Arc<Endpoint>,
}

const MS: u64 = 1_000_000;

fn at(millis: u64) -> Time {
    Time::from_nanos(millis * MS)
}

impl Bench {
    fn new(options: &TelemetryOptions) -> Bench {
        Bench::with_sampler(options, Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }

    fn with_sampler(options: &TelemetryOptions, sampler: Sampler) -> Bench {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(kept.clone()).build();
        let observer = spans(&provider, options).expect("spans are wanted");
        Bench { provider, kept, observer, endpoint: Arc::new(Endpoint::new("a:1")) }
    }

    /// A lease asked for at 1000 ms, granted at 1005 ms, ended at 1030 ms; told of at 1040 ms.
    fn report(&self, context: Option<TraceContext>) -> LeaseReport {
        LeaseReport {
            entry: EntryId::from_parts(3, 0),
            endpoint: Arc::clone(&self.endpoint),
            asked: at(1000),
            granted: at(1005),
            ended: at(1030),
            outcome: Outcome::Ok,
            uses: 7,
            born: at(500),
            waited: true,
            acquire_reason: Reason::new("newest"),
            balance_reason: Reason::new("in-turn"),
            settle_reason: Reason::new("keep"),
            closed: None,
            site: Some(Location::caller()),
            context,
            dial: None,
        }
    }

    fn lease(&self, report: &LeaseReport) -> Vec<SpanData> {
        self.observer.lease("orders", report, at(1040));
        self.take()
    }

    fn tell(&self, what: What) -> Vec<SpanData> {
        self.tell_of(1030, what)
    }

    fn tell_of(&self, millis: u64, what: What) -> Vec<SpanData> {
        self.observer.event("orders", &Event::new(at(millis), what), at(1040));
        self.take()
    }

    fn take(&self) -> Vec<SpanData> {
        let spans = self.kept.get_finished_spans().expect("not shut down");
        self.kept.reset();
        spans
    }
}

fn named(spans: &[SpanData], span: Span) -> &SpanData {
    let mut found = spans.iter().filter(|data| data.name == span.name());
    let one = found.next().unwrap_or_else(|| panic!("no {} among {spans:#?}", span.name()));
    assert!(found.next().is_none(), "one {}", span.name());
    one
}

fn attribute(span: &SpanData, attribute: Attribute) -> Option<Value> {
    span.attributes.iter().find(|pair| pair.key.as_str() == attribute.key()).map(|pair| pair.value.clone())
}

fn text(span: &SpanData, of: Attribute) -> String {
    attribute(span, of).unwrap_or_else(|| panic!("{of:?}")).to_string()
}

fn caller(sampled: bool) -> TraceContext {
    TraceContext { trace_id: [0xf1; 16], span_id: [0xab; 8], sampled }
}

fn is(context: &SpanContext, other: TraceContext) -> bool {
    context.trace_id().to_bytes() == other.trace_id && context.span_id().to_bytes() == other.span_id
}

fn options() -> TelemetryOptions {
    TelemetryOptions::default()
}

#[test]
fn a_lease_is_a_child_of_its_caller_with_a_child_for_its_wait() {
    let bench = Bench::new(&options());
    let parent = caller(true);
    let spans = bench.lease(&bench.report(Some(parent)));
    let lease = named(&spans, Span::Lease);
    assert_eq!(lease.parent_span_id.to_bytes(), parent.span_id);
    assert_eq!(lease.span_context.trace_id().to_bytes(), parent.trace_id);
    assert!(lease.links.links.is_empty());
    assert_eq!(text(lease, Attribute::SentBecause), "parent-sampled");
    let wait = named(&spans, Span::Wait);
    assert_eq!(wait.parent_span_id, lease.span_context.span_id());
    assert_eq!(wait.span_context.trace_id(), lease.span_context.trace_id());
    assert_eq!(wait.start_time, lease.start_time);
    assert_eq!(between(wait.start_time, wait.end_time), Duration::from_millis(5));
    assert_eq!(spans.len(), 2);
}

#[test]
fn times_are_those_of_the_lease_and_not_of_the_telling() {
    let bench = Bench::new(&options());
    #[expect(clippy::disallowed_methods, reason = "compared with what is told")]
    let before = SystemTime::now();
    let spans = bench.lease(&bench.report(Some(caller(true))));
    let lease = named(&spans, Span::Lease);
    assert_eq!(between(lease.start_time, lease.end_time), Duration::from_millis(30));
    let ended = lease.end_time + Duration::from_millis(10);
    assert!(ended >= before && between(before, ended) < Duration::from_secs(20), "it ended 10 ms before it was told");
    let events: Vec<_> =
        lease.events.iter().map(|event| (event.name.as_ref(), between(lease.start_time, event.timestamp))).collect();
    assert_eq!(
        events,
        [
            (SpanEvent::WaitStarted.name(), Duration::ZERO),
            (SpanEvent::Acquired.name(), Duration::from_millis(5)),
            (SpanEvent::Released.name(), Duration::from_millis(30)),
        ]
    );
}

fn between(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).expect("not before")
}

#[test]
fn a_lease_says_all_that_is_known() {
    let bench = Bench::new(&options());
    let mut report = bench.report(Some(caller(true)));
    report.closed = Some(CloseReason { policy: "max-uses", reason: Reason::new("worn-out") });
    let spans = bench.lease(&report);
    let lease = named(&spans, Span::Lease);
    for (of, expected) in [
        (Attribute::Pool, "orders"),
        (Attribute::Endpoint, "a:1"),
        (Attribute::Connection, "c3.0"),
        (Attribute::Outcome, "ok"),
        (Attribute::AcquireReason, "newest"),
        (Attribute::BalanceReason, "in-turn"),
        (Attribute::SettleReason, "keep"),
        (Attribute::Policy, "max-uses"),
        (Attribute::Reason, "worn-out"),
    ] {
        assert_eq!(text(lease, of), expected);
    }
    assert_eq!(attribute(lease, Attribute::Uses), Some(Value::I64(7)));
    assert_eq!(attribute(lease, Attribute::Age), Some(Value::F64(0.53)));
    assert_eq!(attribute(lease, Attribute::Waited), Some(Value::F64(0.005)));
    assert_eq!(attribute(lease, Attribute::HeldFor), Some(Value::F64(0.025)));
    assert!(text(lease, Attribute::CodeFile).ends_with("spans.rs"));
    assert_eq!(lease.status, Status::Unset);
    let declared = |of: &SpanData, span: Span| {
        of.attributes.iter().all(|pair| span.attributes().iter().any(|known| known.key() == pair.key.as_str()))
    };
    assert!(declared(lease, Span::Lease) && declared(named(&spans, Span::Wait), Span::Wait));
}

#[test]
fn one_that_did_not_wait_has_no_wait() {
    let bench = Bench::new(&options());
    let mut report = bench.report(Some(caller(true)));
    report.waited = false;
    let spans = bench.lease(&report);
    assert_eq!(spans.len(), 1);
    assert_eq!(attribute(&spans[0], Attribute::Waited), Some(Value::F64(0.0)));
    assert_eq!(spans[0].events.len(), 2);
}

#[test]
fn under_a_parent_that_is_not_sampled_only_exceptions_are_told_as_roots_linked_to_it() {
    let bench = Bench::new(&options());
    let parent = caller(false);
    assert!(bench.lease(&bench.report(Some(parent))).is_empty(), "a common lease is not told of");

    type Change = fn(&mut LeaseReport);
    let changes: [(&str, Change); 4] = [
        ("slow-wait", |report| report.asked = at(800)),
        ("failed", |report| report.outcome = Outcome::Broken),
        ("overstayed", |report| report.granted = Time::ZERO),
        ("evicted", |report| report.closed = Some(CloseReason::CLEAR)),
    ];
    for (because, change) in changes {
        let mut report = bench.report(Some(parent));
        report.waited = because == "slow-wait";
        if because == "overstayed" {
            report.ended = at(11_000);
        }
        change(&mut report);
        let spans = bench.lease(&report);
        let lease = named(&spans, Span::Lease);
        assert_eq!(text(lease, Attribute::SentBecause), because);
        assert_eq!(lease.parent_span_id, SpanId::INVALID, "{because}: a root");
        assert_ne!(lease.span_context.trace_id().to_bytes(), parent.trace_id);
        assert!(lease.links.iter().any(|link| is(&link.span_context, parent)), "{because}: linked to the caller");
        assert_eq!(matches!(lease.status, Status::Error { .. }), because == "failed");
    }
}

#[test]
fn what_was_thrown_away_by_wish_is_no_failure() {
    let bench = Bench::new(&options());
    let mut report = bench.report(Some(caller(false)));
    report.waited = false;
    report.outcome = Outcome::Detached;
    assert!(bench.lease(&report).is_empty());
}

#[test]
fn the_ratio_draws_by_the_trace() {
    let half = |options: &mut TelemetryOptions| options.span_ratio = 0.5;
    let mut options = options();
    half(&mut options);
    let bench = Bench::new(&options);
    let mut told = 0;
    for number in 0..2000_u64 {
        let draw = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut context = caller(false);
        context.trace_id[8..].copy_from_slice(&draw.to_be_bytes());
        let mut report = bench.report(Some(context));
        report.waited = false;
        let first = bench.lease(&report).len();
        assert_eq!(first, bench.lease(&report).len(), "the same trace, the same draw");
        told += first;
    }
    assert!((900..1100).contains(&told), "{told} of 2000");
}

#[test]
fn without_a_trace_the_applications_sampler_decides() {
    let on = Bench::new(&options());
    let spans = on.lease(&on.report(None));
    let lease = named(&spans, Span::Lease);
    assert_eq!((lease.parent_span_id, text(lease, Attribute::SentBecause).as_str()), (SpanId::INVALID, "no-parent"));
    let off = Bench::with_sampler(&options(), Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    assert!(off.lease(&off.report(None)).is_empty());
    assert_eq!(off.lease(&off.report(Some(caller(true)))).len(), 2, "a sampled parent is one all the same");
}

#[test]
fn all_means_all_and_off_means_none() {
    let mut all = options();
    all.spans = SpanMode::All;
    let bench = Bench::new(&all);
    assert_eq!(text(&bench.lease(&bench.report(Some(caller(false))))[1], Attribute::SentBecause), "all");
    let mut off = options();
    off.spans = SpanMode::Off;
    assert!(spans(&bench.provider, &off).is_none());
}

#[test]
fn a_dial_is_a_trace_of_its_own_and_its_leases_are_linked_to_it() {
    let bench = Bench::new(&options());
    let asked_by = caller(true);
    let report = DialReport {
        entry: EntryId::from_parts(3, 0),
        endpoint: &bench.endpoint,
        started: at(980),
        ended: at(1000),
        attempt: 2,
        error: None,
        asked_by: Some(asked_by),
    };
    let identity = bench.observer.dial("orders", &report, at(1000)).expect("it is recorded");
    let spans = bench.take();
    let dial = named(&spans, Span::Dial);
    assert!(is(&dial.span_context, identity) && identity.sampled);
    assert_eq!(dial.parent_span_id, SpanId::INVALID);
    assert_ne!(dial.span_context.trace_id().to_bytes(), asked_by.trace_id);
    assert!(is(&dial.links.links[0].span_context, asked_by));
    assert_eq!(between(dial.start_time, dial.end_time), Duration::from_millis(20));
    assert_eq!(attribute(dial, Attribute::Attempt), Some(Value::I64(2)));

    let mut lease = bench.report(Some(asked_by));
    lease.dial = Some(identity);
    let spans = bench.lease(&lease);
    assert!(named(&spans, Span::Lease).links.iter().any(|link| is(&link.span_context, identity)));

    let failed = DialReport { error: Some("refused by the peer"), ..report };
    assert!(bench.observer.dial("orders", &failed, at(1000)).is_some());
    let spans = bench.take();
    assert_eq!(named(&spans, Span::Dial).status, Status::error("refused by the peer"));
    assert_eq!(text(&spans[0], Attribute::Error), "refused by the peer");
}

#[test]
fn an_eviction_and_its_close_say_why_and_are_linked_to_the_last_lease() {
    let bench = Bench::new(&options());
    let last = caller(false);
    let entry = EntryId::from_parts(3, 1);
    let evicted = What::Evicted {
        entry,
        endpoint: Arc::clone(&bench.endpoint),
        why: CloseReason { policy: "ttl", reason: Reason::new("max-age") },
        age: Duration::from_secs(60),
        idle_for: Some(Duration::from_secs(2)),
        uses: 9,
        last_lease: Some(last),
    };
    let spans = bench.tell_of(1000, evicted);
    let evict = named(&spans, Span::Evict).clone();
    assert_eq!(
        (text(&evict, Attribute::Policy).as_str(), text(&evict, Attribute::Reason).as_str()),
        ("ttl", "max-age")
    );
    assert_eq!(attribute(&evict, Attribute::IdleFor), Some(Value::F64(2.0)));
    assert!(is(&evict.links.links[0].span_context, last));

    let closed = || What::Closed { entry, endpoint: Arc::clone(&bench.endpoint), took: Duration::from_millis(4) };
    let spans = bench.tell(closed());
    let close = named(&spans, Span::Close);
    assert_eq!(close.parent_span_id, evict.span_context.span_id());
    assert_eq!(text(close, Attribute::Reason), "max-age");
    assert!(is(&close.links.links[0].span_context, last));
    assert_eq!(between(close.start_time, close.end_time), Duration::from_millis(4));
    let again = bench.tell(closed());
    assert_eq!(attribute(named(&again, Span::Close), Attribute::Reason), None, "the reason is told once");
}

#[test]
fn a_refusal_is_a_failed_wait() {
    let bench = Bench::new(&options());
    let refused = |context| What::Refused {
        kind: RefusalKind::Timeout,
        waiter: None,
        waited: Duration::from_millis(20),
        context,
    };
    let spans = bench.tell(refused(Some(caller(true))));
    let wait = named(&spans, Span::Wait);
    assert_eq!(wait.parent_span_id.to_bytes(), caller(true).span_id);
    assert_eq!(text(wait, Attribute::Refusal), "timeout");
    assert_eq!(wait.status, Status::error("refused: timeout"));
    assert_eq!(between(wait.start_time, wait.end_time), Duration::from_millis(20));
    let spans = bench.tell(refused(Some(caller(false))));
    let wait = named(&spans, Span::Wait);
    assert_eq!(wait.parent_span_id, SpanId::INVALID, "a root");
    assert!(is(&wait.links.links[0].span_context, caller(false)));
}

#[test]
fn the_context_is_that_of_the_running_code() {
    let bench = Bench::new(&options());
    assert_eq!(bench.observer.context(), None);
    let tracer = bench.provider.tracer("test");
    let span = tracer.start("request");
    let expected = span.span_context().clone();
    let _attached = Context::current_with_span(span).attach();
    let context = bench.observer.context().expect("there is a span");
    assert!(is(&expected, context) && context.sampled);
}

#[test]
fn under_tracing_opentelemetry_the_context_is_the_tracing_span() {
    use tracing_subscriber::layer::SubscriberExt;
    let bench = Bench::new(&options());
    let layer = tracing_opentelemetry::layer().with_tracer(bench.provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let context = tracing::info_span!("request").in_scope(|| bench.observer.context()).expect("a span");
        assert!(context.sampled);
        let spans = bench.lease(&bench.report(Some(context)));
        let lease = named(&spans, Span::Lease);
        let request = spans.iter().find(|span| span.name == "request").expect("it ended");
        assert_eq!(lease.parent_span_id, request.span_context.span_id());
    });
}
