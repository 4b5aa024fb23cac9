//! The page's documents in JSON. Times are in seconds; names are those of the catalog.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pool_core::catalog::{Attribute, Level, Metric, Reading, Sample, Source, TIME_BOUNDS, Value as Number};
use pool_core::{Holding, Lifecycle, PoolOptions, RefusalKind, State, Waiting};
use serde_json::{Map, Value, json};

use super::encoded;
use super::history::{Column, Deeds, Minute, Step};
use super::recent::{Closed, Kept, Told, place};
use super::spread::Spread;
use super::verdict::{Severity, Verdict, all_is_well};
use crate::config::ConfigLine;
use crate::telemetry::clock;
use crate::telemetry::hub::{PoolCensus, PoolReading, SnapshotSource};

/// So many of those who hold, and of those who wait, are told; the longest of each.
const MOST: usize = 100;

/// One pool, looked at.
pub(super) struct Look {
    pub(super) reading: Reading,
    steps: Vec<Step>,
    minute: Minute,
    source: Arc<dyn SnapshotSource>,
    options: Option<PoolOptions>,
    leases: Vec<Holding>,
    waiting: Vec<Waiting>,
    recent: Kept,
    verdict: Verdict,
}

impl Look {
    pub(super) fn new(seen: PoolCensus, steps: Vec<Step>, recent: Kept) -> Look {
        let PoolCensus { reading: PoolReading { reading, .. }, mut leases, waiting, source } = seen;
        let (minute, options) = (Minute::of(&steps), source.options());
        leases.sort_by_key(|lease| std::cmp::Reverse(lease.held_for));
        let verdict = Verdict::of(&reading, &minute, options.as_ref(), &leases, &recent);
        Look { reading, steps, minute, source, options, leases, waiting, recent, verdict }
    }
}

/// What the numbers mean: by the metric's name, what Prometheus calls it and its meaning.
pub(super) fn catalog() -> Value {
    let metrics = Metric::ALL.iter().filter(|metric| metric.source() == Source::Pool);
    let metrics = metrics.map(|metric| {
        let told = json!({ "prometheus": metric.family(), "unit": metric.unit().ucum(), "meaning": metric.meaning() });
        (metric.name().to_owned(), told)
    });
    Value::Object(metrics.collect())
}

/// All pools, the worst first, and what is to be said of them; in full the one that is chosen by its
/// encoded name, or else the first. All of it is of the same moment.
pub(super) fn pools(service: &str, mut looks: Vec<Look>, chosen: Option<&str>, of_telemetry: &[ConfigLine]) -> Value {
    looks.sort_by_key(|look| (std::cmp::Reverse(look.verdict.severity()), look.reading.pool().to_owned()));
    let unwell = looks.iter().filter(|look| look.verdict.severity() > Severity::Well);
    let mut said: Vec<Value> = unwell
        .map(|look| {
            let text = format!("{}: {}", look.reading.pool(), look.verdict.text());
            json!({ "severity": look.verdict.severity().as_str(), "pool": look.reading.pool(), "text": text })
        })
        .collect();
    if said.is_empty() {
        let text = all_is_well(looks.iter().map(|look| &look.reading));
        said.push(json!({ "severity": Severity::Well.as_str(), "pool": null, "text": text }));
    }
    let chosen = looks.iter().find(|look| Some(&*encoded(look.reading.pool())) == chosen);
    json!({
        "service": service,
        "version": env!("CARGO_PKG_VERSION"),
        "now": unix(clock::now()),
        "said": said,
        "pools": looks.iter().map(summary).collect::<Vec<_>>(),
        "pool": chosen.or(looks.first()).map(|look| pool(look, of_telemetry)),
    })
}

fn summary(look: &Look) -> Value {
    let snapshot = look.reading.snapshot();
    let states: Map<String, Value> =
        State::ALL.iter().map(|state| (state.as_str().to_owned(), snapshot.count(*state).into())).collect();
    json!({
        "name": look.reading.pool(),
        "href": format!("/api/pools.json?name={}", encoded(look.reading.pool())),
        "severity": look.verdict.severity().as_str(),
        "status": lifecycle(snapshot.lifecycle),
        "states": states,
        "metrics": of_pool(&look.reading),
        "minute": minute(&look.minute),
    })
}

/// One pool in full.
fn pool(look: &Look, of_telemetry: &[ConfigLine]) -> Value {
    let config = look.source.config();
    // A pool that was made without a configuration is not explained by that of others.
    let rest = if config.is_empty() { &[] } else { of_telemetry };
    let policies = &look.reading.snapshot().policies;
    let mut told = summary(look);
    let more = json!({
        "verdict": look.verdict.found.iter()
            .map(|(severity, text)| json!({ "severity": severity.as_str(), "text": text }))
            .collect::<Vec<_>>(),
        "wait_timeout": look.options.as_ref().filter(|options| !options.wait.timeout.is_never())
            .map(|options| options.wait.timeout.get().as_secs_f64()),
        "overdue_after": look.options.as_ref().filter(|options| !options.lease.overdue_after.is_never())
            .map(|options| options.lease.overdue_after.get().as_secs_f64()),
        "policies": {
            "acquire": policies.acquire,
            "release": policies.release,
            "evict": policies.evict,
            "balance": policies.balance,
            "health": policies.health,
            "queue": policies.queue,
        },
        "endpoints": endpoints(look),
        "bounds": TIME_BOUNDS,
        "history": look.steps.iter().map(|step| history(look, step)).collect::<Vec<_>>(),
        "leases": look.leases.iter().take(MOST).map(holding).collect::<Vec<_>>(),
        "waiting": look.waiting.iter().take(MOST).map(one_waiting).collect::<Vec<_>>(),
        "closes": look.recent.closes.iter().rev().map(closed).collect::<Vec<_>>(),
        "events": look.recent.events.iter().rev().map(event).collect::<Vec<_>>(),
        "config": config.iter().chain(rest)
            .map(|line| json!({ "toml": line.toml, "origin": line.origin }))
            .collect::<Vec<_>>(),
    });
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
        told.extend(more);
    }
    told
}

/// All metrics of the pool itself, by name.
fn of_pool(reading: &Reading) -> Map<String, Value> {
    let mut all = Map::new();
    let samples = reading.samples().filter(|sample| !sample.metric.attributes().contains(&Attribute::Endpoint));
    samples.for_each(|sample| put(&mut all, &sample, &sample.labels[1..]));
    all
}

/// All metrics of each endpoint, by name.
fn by_endpoint(reading: &Reading) -> BTreeMap<String, Map<String, Value>> {
    let mut all: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for sample in reading.samples() {
        if let [_, (Attribute::Endpoint, endpoint), rest @ ..] = sample.labels.as_slice() {
            put(all.entry(endpoint.clone().into_owned()).or_default(), &sample, rest);
        }
    }
    all
}

/// One series: the number itself where nothing more tells it from others; by its word where one
/// attribute does; in a list where several do. Histograms are told as [`history`].
fn put(all: &mut Map<String, Value>, sample: &Sample<'_>, rest: &[(Attribute, Cow<'_, str>)]) {
    let number = match sample.value {
        Number::Count(count) => Value::from(count),
        Number::Gauge(value) if value.fract() == 0.0 => Value::from(value as i64),
        Number::Gauge(value) => Value::from(value),
        Number::Times(_) => return,
    };
    let name = sample.metric.name();
    match rest {
        [] => drop(all.insert(name.to_owned(), number)),
        [(_, word)] => {
            let words = all.entry(name).or_insert_with(|| json!({}));
            words[&**word] = number;
        }
        several => {
            let mut row: Map<String, Value> =
                several.iter().map(|(attribute, word)| (attribute.label().to_owned(), Value::from(&**word))).collect();
            row.insert("count".to_owned(), number);
            if let Value::Array(rows) = all.entry(name).or_insert_with(|| json!([])) {
                rows.push(Value::Object(row));
            }
        }
    }
}

fn endpoints(look: &Look) -> Vec<Value> {
    let mut metrics = by_endpoint(&look.reading);
    let all = look.reading.snapshot().endpoints.iter();
    let nothing = Deeds::default();
    all.map(|endpoint| {
        let name = endpoint.endpoint.name();
        let deeds = look.minute.endpoints.get(name).unwrap_or(&nothing);
        json!({
            "name": name,
            "address": endpoint.endpoint.public_address(),
            "active": endpoint.active,
            "failures": endpoint.failures,
            "metrics": metrics.remove(name).unwrap_or_default(),
            "minute": {
                "share": (look.minute.acquired > 0).then(|| deeds.acquired as f64 / look.minute.acquired as f64),
                "acquires": deeds.acquired,
                "dials": deeds.dials,
                "dial_failures": deeds.dial_failures,
                "wait": quantiles(&deeds.wait),
                "use": quantiles(&deeds.usage),
            },
        })
    })
    .collect()
}

fn minute(minute: &Minute) -> Value {
    let refused: Map<String, Value> = RefusalKind::ALL
        .iter()
        .map(|kind| (kind.as_str().to_owned(), minute.refused.get(kind).copied().unwrap_or(0).into()))
        .collect();
    json!({
        "seconds": minute.took.as_secs_f64(),
        "acquires": minute.acquired,
        "rate": minute.rate(),
        "refusals": refused,
        "wait": quantiles(&minute.wait),
        "use": quantiles(&minute.usage),
    })
}

fn quantiles(spread: &Spread) -> Value {
    json!({ "p50": seconds(spread.quantile(0.5)), "p99": seconds(spread.quantile(0.99)), "count": spread.count() })
}

fn history(look: &Look, step: &Step) -> Value {
    let column =
        |column: &Column| json!({ "counts": column.counts, "p50": seconds(column.p50), "p99": seconds(column.p99) });
    json!({
        "ago": look.reading.snapshot().uptime.saturating_sub(step.ended).as_secs_f64(),
        "seconds": step.took.as_secs_f64(),
        "states": step.states,
        "max": step.max_open,
        "pending": step.pending,
        "acquires": step.acquired,
        "refusals": step.refused.iter().map(|(_, count)| count).sum::<u64>(),
        "wait": column(&step.wait),
        "use": column(&step.usage),
    })
}

fn holding(holding: &Holding) -> Value {
    json!({
        "connection": holding.entry.to_string(),
        "endpoint": holding.endpoint.name(),
        "held_for": holding.held_for.as_secs_f64(),
        "age": holding.age.as_secs_f64(),
        "uses": holding.uses,
        "shares": holding.shares,
        "site": holding.site.map(|site| place(Some(site))),
        "trace_id": holding.context.map(|context| trace(context.trace_id)),
    })
}

fn one_waiting(waiting: &Waiting) -> Value {
    json!({
        "endpoint": waiting.endpoint.as_ref().map(|endpoint| endpoint.name()),
        "waited": waiting.waited.as_secs_f64(),
        "site": waiting.site.map(|site| place(Some(site))),
        "trace_id": waiting.context.map(|context| trace(context.trace_id)),
    })
}

fn closed(closed: &Closed) -> Value {
    json!({
        "at": unix(closed.at),
        "connection": closed.connection,
        "endpoint": closed.endpoint,
        "policy": closed.why.policy,
        "reason": closed.why.reason.as_str(),
        "age": closed.age.as_secs_f64(),
        "idle_for": seconds(closed.idle_for),
        "uses": closed.uses,
    })
}

fn event(told: &Told) -> Value {
    let severity = match told.level {
        Level::Error => Severity::Bad,
        Level::Warn => Severity::Odd,
        _ => Severity::Well,
    };
    json!({
        "at": unix(told.at),
        "times": told.times,
        "severity": severity.as_str(),
        "what": told.what,
        "endpoint": told.endpoint,
        "text": told.text,
    })
}

fn lifecycle(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Open => Attribute::OPEN,
        Lifecycle::Draining => Attribute::DRAINING,
        Lifecycle::Closed => Attribute::CLOSED,
    }
}

fn trace(id: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(id))
}

fn seconds(duration: Option<Duration>) -> Value {
    duration.map_or(Value::Null, |duration| duration.as_secs_f64().into())
}

fn unix(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
