//! One span in the making.

use std::time::SystemTime;

use opentelemetry::trace::{Event, SpanBuilder, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use pool_core::TraceContext;
use pool_core::catalog::{Attribute, Span, SpanEvent};

/// What a span is told of: one that is begun, or one that is only sketched.
pub(super) trait Told {
    fn set(&mut self, attribute: Attribute, value: impl Into<Value>);
    fn event(&mut self, event: SpanEvent, at: SystemTime);
    fn fail(&mut self, why: String);
}

/// A span that is written down before it is begun: the cheapest way to one that will be recorded for
/// certain, and wasted on one that is not.
pub(super) struct Sketch {
    kind: Span,
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    failed: Option<String>,
}

impl Sketch {
    pub(super) fn new(kind: Span) -> Sketch {
        Sketch {
            kind,
            // Room for all that will be set, at once: growing costs more than the rest of the span.
            attributes: Vec::with_capacity(kind.attributes().len()),
            events: Vec::with_capacity(kind.events().len()),
            failed: None,
        }
    }

    /// Begins the span as it was sketched.
    pub(super) fn begin<T: Tracer>(
        self,
        tracer: &T,
        start: SystemTime,
        parent: &Context,
        links: impl IntoIterator<Item = SpanContext>,
    ) -> Draft<T::Span> {
        let Sketch { kind, attributes, events, failed } = self;
        let links: Vec<_> = links.into_iter().map(opentelemetry::trace::Link::with_context).collect();
        let mut builder = SpanBuilder::from_name(kind.name()).with_start_time(start).with_links(links);
        builder.attributes = Some(attributes);
        builder.events = Some(events);
        let mut draft = Draft { kind, span: tracer.build_with_context(builder, parent) };
        if let Some(why) = failed {
            draft.fail(why);
        }
        draft
    }
}

impl Told for Sketch {
    fn set(&mut self, attribute: Attribute, value: impl Into<Value>) {
        debug_assert!(self.kind.attributes().contains(&attribute), "{:?} has no {attribute:?}", self.kind);
        self.attributes.push(KeyValue::new(attribute.key(), value));
    }

    fn event(&mut self, event: SpanEvent, at: SystemTime) {
        debug_assert!(self.kind.events().contains(&event), "{:?} has no {event:?}", self.kind);
        self.events.push(Event::new(event.name(), at, Vec::new(), 0));
    }

    fn fail(&mut self, why: String) {
        self.failed = Some(why);
    }
}

/// A span in the making. What is set on one that nobody records costs next to nothing.
pub(super) struct Draft<S> {
    kind: Span,
    span: S,
}

impl<S: opentelemetry::trace::Span> Told for Draft<S> {
    fn set(&mut self, attribute: Attribute, value: impl Into<Value>) {
        debug_assert!(self.kind.attributes().contains(&attribute), "{:?} has no {attribute:?}", self.kind);
        self.span.set_attribute(KeyValue::new(attribute.key(), value));
    }

    fn event(&mut self, event: SpanEvent, at: SystemTime) {
        debug_assert!(self.kind.events().contains(&event), "{:?} has no {event:?}", self.kind);
        self.span.add_event_with_timestamp(event.name(), at, Vec::new());
    }

    fn fail(&mut self, why: String) {
        self.span.set_status(Status::error(why));
    }
}

impl<S: opentelemetry::trace::Span> Draft<S> {
    /// A span that began at `start`. Links are given at once, so that a sampler sees them.
    pub(super) fn begin<T: Tracer<Span = S>>(
        tracer: &T,
        kind: Span,
        start: SystemTime,
        parent: &Context,
        links: impl IntoIterator<Item = SpanContext>,
    ) -> Draft<S> {
        Sketch::new(kind).begin(tracer, start, parent, links)
    }

    /// Whether anybody records it.
    pub(super) fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    /// Itself as a parent.
    pub(super) fn as_parent(&self) -> Context {
        use opentelemetry::trace::TraceContextExt;
        Context::new().with_remote_span_context(self.span.span_context().clone())
    }

    /// Sends it. Its identity, if it is recorded.
    pub(super) fn end(mut self, at: SystemTime) -> Option<TraceContext> {
        let identity = self.span.is_recording().then(|| of_otel(self.span.span_context()));
        self.span.end_with_timestamp(at);
        identity
    }
}

pub(super) fn to_otel(context: TraceContext) -> SpanContext {
    let flags = if context.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    SpanContext::new(
        TraceId::from_bytes(context.trace_id),
        SpanId::from_bytes(context.span_id),
        flags,
        false,
        TraceState::NONE,
    )
}

pub(super) fn of_otel(context: &SpanContext) -> TraceContext {
    TraceContext {
        trace_id: context.trace_id().to_bytes(),
        span_id: context.span_id().to_bytes(),
        sampled: context.is_sampled(),
    }
}
