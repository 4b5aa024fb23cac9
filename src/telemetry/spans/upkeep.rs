//! The spans of dials, evictions and closes: what the pool does by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer};
use parking_lot::Mutex;
use pool_core::catalog::{Attribute, Metric, Span};
use pool_core::{CloseReason, DialReport, Endpoint, EntryId, TraceContext, What};

use super::draft::{Draft, Told, to_otel};
use super::name::{id, name};
use super::{Pool, PoolSpans};
use crate::telemetry::clock::Wall;
use crate::telemetry::label::beginning;

/// As many connections may be between eviction and close; of more, the closes are told without reason.
const MOST: usize = 4096;

/// What is known of connections that are evicted and not yet closed.
#[derive(Debug, Default)]
pub(super) struct Farewells(Mutex<HashMap<(Box<str>, EntryId), Farewell>>);

#[derive(Debug, Clone, Copy)]
struct Farewell {
    why: CloseReason,
    at: SystemTime,
    last_lease: Option<TraceContext>,
    eviction: Option<TraceContext>,
}

impl Farewells {
    fn keep(&self, pool: &str, entry: EntryId, farewell: Farewell) {
        let mut kept = self.0.lock();
        if kept.len() < MOST {
            kept.insert((pool.into(), entry), farewell);
        }
    }

    fn take(&self, pool: &str, entry: EntryId) -> Option<Farewell> {
        self.0.lock().remove(&(Box::from(pool), entry))
    }
}

impl<T: Tracer + Send + Sync> PoolSpans<T> {
    /// A trace of its own: the pool dials, not the caller. It is linked to who asked for it.
    pub(super) fn dialed(&self, pool: &Pool<'_>, dial: &DialReport<'_>, wall: Wall) -> Option<TraceContext> {
        let asked_by = dial.asked_by.map(to_otel);
        let mut span = Draft::begin(&self.tracer, Span::Dial, wall.of(dial.started), &Context::new(), asked_by);
        if span.is_recording() {
            pool.describe(&mut span);
            span.set(Attribute::Endpoint, name(dial.endpoint.name()));
            span.set(Attribute::Connection, id(dial.entry));
            span.set(Attribute::Attempt, i64::from(dial.attempt));
            self.spoken.describe(&mut span, pool.name, dial.endpoint);
            if let Some(error) = dial.error {
                span.set(Attribute::Error, beginning(error).into_owned());
                span.fail(beginning(error).into_owned());
            }
        }
        let ended = wall.of(dial.ended);
        let identity = span.end(ended);
        // Of an earlier pool of this name, if it has one.
        self.last.take(pool.name, dial.entry);
        if dial.error.is_none() {
            let took = dial.ended.since(dial.started);
            self.exemplify(Metric::DialTime, pool.name, dial.endpoint, identity, took, ended);
        }
        identity
    }

    pub(super) fn evicted(&self, pool: &Pool<'_>, what: &What, at: SystemTime) {
        let What::Evicted { entry, endpoint, why, age, idle_for, uses, last_lease } = what else { return };
        let last_lease = self.last.take(pool.name, *entry).or(*last_lease);
        let link = last_lease.map(to_otel);
        let mut span = Draft::begin(&self.tracer, Span::Evict, at, &Context::new(), link);
        if span.is_recording() {
            identify(&mut span, pool, endpoint, *entry, Some(*why));
            self.spoken.describe(&mut span, pool.name, endpoint);
            span.set(Attribute::Age, age.as_secs_f64());
            span.set(Attribute::Uses, i64::from(*uses));
            if let Some(idle_for) = idle_for {
                span.set(Attribute::IdleFor, idle_for.as_secs_f64());
            }
        }
        let eviction = span.end(at);
        self.farewells.keep(pool.name, *entry, Farewell { why: *why, at, last_lease, eviction });
    }

    pub(super) fn closed(
        &self,
        pool: &Pool<'_>,
        entry: EntryId,
        endpoint: &Arc<Endpoint>,
        took: Duration,
        at: SystemTime,
    ) {
        let farewell = self.farewells.take(pool.name, entry);
        let eviction = farewell.and_then(|farewell| farewell.eviction);
        let parent = eviction.map_or_else(Context::new, |span| Context::new().with_remote_span_context(to_otel(span)));
        let link = farewell.and_then(|farewell| farewell.last_lease).map(to_otel);
        // Each moment is translated by itself, and a close does not begin before its eviction.
        let evicted = farewell.map_or(SystemTime::UNIX_EPOCH, |farewell| farewell.at);
        let start = at.checked_sub(took).unwrap_or(at).max(evicted.min(at));
        let mut span = Draft::begin(&self.tracer, Span::Close, start, &parent, link);
        if span.is_recording() {
            identify(&mut span, pool, endpoint, entry, farewell.map(|farewell| farewell.why));
            self.spoken.describe(&mut span, pool.name, endpoint);
        }
        span.end(at);
    }
}

fn identify<S: opentelemetry::trace::Span>(
    span: &mut Draft<S>,
    pool: &Pool<'_>,
    endpoint: &Endpoint,
    entry: EntryId,
    why: Option<CloseReason>,
) {
    pool.describe(span);
    span.set(Attribute::Endpoint, name(endpoint.name()));
    span.set(Attribute::Connection, id(entry));
    if let Some(why) = why {
        span.set(Attribute::Policy, why.policy);
        span.set(Attribute::Reason, why.reason.as_str());
    }
}
