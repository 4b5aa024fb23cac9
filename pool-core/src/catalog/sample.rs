//! Samples: what a pool's snapshot says of each metric. Every exporter reads them here.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::{Attribute, Metric, Source, convention};
use crate::{CloseReason, EndpointSnapshot, Histogram, Lifecycle, Outcome, Snapshot, State};

/// One number of one series.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    /// What it is a number of.
    pub metric: Metric,
    /// Whose: the metric's attributes, in their order.
    pub labels: Vec<(Attribute, Cow<'a, str>)>,
    /// The number.
    pub value: Value<'a>,
}

/// A number, by the metric's kind.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// Of a counter.
    Count(u64),
    /// Of a gauge or an up-down counter.
    Gauge(f64),
    /// Of a histogram.
    Times(Times<'a>),
}

/// Durations: those of a histogram, and as many that were zero.
#[derive(Debug, Clone)]
pub struct Times<'a> {
    /// Those that were measured.
    pub histogram: Cow<'a, Histogram>,
    /// How many more there were that took no time.
    pub zeros: u64,
}

impl Times<'_> {
    /// How many durations there are.
    pub fn count(&self) -> u64 {
        self.histogram.count() + self.zeros
    }

    /// Their sum, exactly.
    pub fn sum(&self) -> Duration {
        self.histogram.sum()
    }

    /// How many of them belong to each classic bucket, not summed up; the last is for what is above
    /// the last bound. Bounds are in seconds.
    pub fn classic(&self, bounds: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len() + 1];
        let mut place = 0;
        for (bucket, count) in self.histogram.buckets().iter().enumerate() {
            let upper = Histogram::upper_bound(bucket) / NANOS_PER_SECOND;
            // A little slack, since a bound that is a power of two is no exact number of seconds.
            while place < bounds.len() && bounds[place] * (1.0 + 1e-9) < upper {
                place += 1;
            }
            counts[place] += count;
        }
        counts[0] += self.zeros;
        counts
    }
}

const NANOS_PER_SECOND: f64 = 1e9;

/// A pool's snapshot, ready to be read as samples.
#[derive(Debug, Clone)]
pub struct Reading {
    pool: Arc<str>,
    snapshot: Snapshot,
    /// Whether it is told by the names of conventions, too.
    conventional: bool,
}

impl Reading {
    /// The snapshot of the pool of this name.
    ///
    /// An endpoint that left and came back while it still had connections is in the snapshot twice;
    /// the two are put together here, since no two series may have the same name.
    pub fn new(pool: impl Into<Arc<str>>, mut snapshot: Snapshot) -> Reading {
        merge_namesakes(&mut snapshot.endpoints);
        Reading { pool: pool.into(), snapshot, conventional: false }
    }

    /// The same, told by the names of its protocol's convention, too, where there is one.
    #[must_use]
    pub fn by_conventions(self) -> Reading {
        Reading { conventional: true, ..self }
    }

    /// The name of the pool.
    pub fn pool(&self) -> &str {
        &self.pool
    }

    /// The snapshot, with no endpoint's name twice.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What the snapshot says of every metric that is read from it, metric by metric.
    pub fn samples(&self) -> impl Iterator<Item = Sample<'_>> {
        Metric::every().flat_map(|metric| self.samples_of(metric))
    }

    /// What the snapshot says of one metric: a sample for each of its series. None if the metric is
    /// not read from a pool.
    pub fn samples_of(&self, metric: Metric) -> Vec<Sample<'_>> {
        let snapshot = &self.snapshot;
        let reader = Reader { metric, pool: &self.pool, snapshot };
        match metric {
            Metric::ConnectionCount => reader.connections(),
            Metric::ConnectionMax => reader.of_pool(gauge(snapshot.max_open)),
            Metric::ConnectionIdleMax => reader.of_pool(gauge(snapshot.max_idle)),
            Metric::ConnectionIdleMin => reader.of_pool(gauge(snapshot.min_idle)),
            Metric::PendingRequests => reader.of_pool(gauge(snapshot.pending)),
            Metric::LeaseCount => reader.of_endpoints(|endpoint| gauge(endpoint.leases)),
            Metric::LeaseOldest => reader.of_pool(seconds(snapshot.oldest_lease)),
            Metric::ConnectionNeeded => reader.needed(),
            Metric::WaitOldest => reader.of_pool(seconds(snapshot.oldest_wait)),
            Metric::WaitTimeout => reader.of_pool(limit(snapshot.wait_timeout)),
            Metric::EndpointStatus => reader.endpoint_statuses(),
            Metric::EndpointWeight => reader.of_endpoints(|endpoint| gauge(weight(endpoint))),
            Metric::PoolStatus => reader.pool_status(),
            Metric::PoolUptime => reader.of_pool(seconds(Some(snapshot.uptime))),
            Metric::PoolGeneration => reader.of_pool(gauge(snapshot.generation)),
            Metric::Reconfigurations => reader.of_pool(Value::Count(snapshot.reconfigurations)),
            Metric::Acquires => reader.acquires(),
            Metric::Releases => reader.releases(),
            Metric::Refusals => reader.refusals(),
            Metric::Cancellations => reader.of_pool(Value::Count(snapshot.cancelled)),
            Metric::OverdueLeases => reader.of_pool(Value::Count(snapshot.overdue)),
            Metric::Dials => reader.of_endpoints(|endpoint| Value::Count(endpoint.counters.dials)),
            Metric::DialFailures => reader.of_endpoints(|endpoint| Value::Count(endpoint.counters.dial_failures)),
            Metric::DialElisions => reader.of_endpoints(|endpoint| Value::Count(endpoint.counters.dials_elided)),
            Metric::Closes => reader.closes(),
            Metric::EndpointCloses => reader.of_endpoints(|endpoint| Value::Count(endpoint.counters.closed)),
            Metric::PolicyDecisions => reader.decisions(),
            Metric::PolicyFaults => reader.faults(),
            Metric::WaitTime => reader.of_endpoints(waits),
            Metric::UseTime => reader.of_endpoints(|endpoint| times(&endpoint.timings.usage, 0)),
            Metric::DialTime => reader.of_endpoints(|endpoint| times(&endpoint.timings.dial, 0)),
            Metric::ConnectionLifetime => reader.of_endpoints(|endpoint| times(&endpoint.timings.life, 0)),
            Metric::TelemetryExports | Metric::TelemetrySpans => Vec::new(),
            conventional => match conventional.source() {
                Source::Convention(convention) if self.conventional => {
                    convention::samples_of(self, conventional, convention)
                }
                _ => Vec::new(),
            },
        }
    }
}

fn merge_namesakes(endpoints: &mut Vec<EndpointSnapshot>) {
    let mut place = 0;
    while place < endpoints.len() {
        let name = endpoints[place].endpoint.name();
        match endpoints[..place].iter().position(|other| other.endpoint.name() == name) {
            Some(first) => {
                let twin = endpoints.remove(place);
                absorb(&mut endpoints[first], &twin);
            }
            None => place += 1,
        }
    }
}

/// The first of two is the one that discovery names, if it names either.
fn absorb(first: &mut EndpointSnapshot, twin: &EndpointSnapshot) {
    for (mine, theirs) in first.states.iter_mut().zip(twin.states) {
        *mine += theirs;
    }
    first.leases += twin.leases;
    first.counters.absorb(&twin.counters);
    first.timings.absorb(&twin.timings);
}

/// One metric of one snapshot.
struct Reader<'a> {
    metric: Metric,
    pool: &'a str,
    snapshot: &'a Snapshot,
}

impl<'a> Reader<'a> {
    fn of_pool(&self, value: Value<'a>) -> Vec<Sample<'a>> {
        vec![self.sample(&[], value)]
    }

    fn of_endpoints(&self, value: impl Fn(&'a EndpointSnapshot) -> Value<'a>) -> Vec<Sample<'a>> {
        let endpoints = self.snapshot.endpoints.iter();
        endpoints.map(|endpoint| self.sample(&[endpoint.endpoint.name()], value(endpoint))).collect()
    }

    fn connections(&self) -> Vec<Sample<'a>> {
        self.by_endpoint_and(&State::ALL.map(State::as_str), |endpoint, place| gauge(endpoint.states[place]))
    }

    fn endpoint_statuses(&self) -> Vec<Sample<'a>> {
        const STATUSES: [&str; 4] = [Attribute::HEALTHY, Attribute::BACKING_OFF, Attribute::BROKEN, Attribute::RESTING];
        self.by_endpoint_and(&STATUSES, |endpoint, place| {
            let status = match endpoint {
                _ if endpoint.broken => Attribute::BROKEN,
                _ if endpoint.resting => Attribute::RESTING,
                _ if endpoint.healthy => Attribute::HEALTHY,
                _ => Attribute::BACKING_OFF,
            };
            gauge(u32::from(status == STATUSES[place]))
        })
    }

    fn pool_status(&self) -> Vec<Sample<'a>> {
        let status = match self.snapshot.lifecycle {
            Lifecycle::Open => Attribute::OPEN,
            Lifecycle::Draining => Attribute::DRAINING,
            Lifecycle::Closed => Attribute::CLOSED,
        };
        let statuses = [Attribute::OPEN, Attribute::DRAINING, Attribute::CLOSED];
        statuses.iter().map(|&word| self.sample(&[word], gauge(u32::from(word == status)))).collect()
    }

    fn acquires(&self) -> Vec<Sample<'a>> {
        self.by_endpoint_and(&[Attribute::READY, Attribute::WAITED], |endpoint, place| {
            let counters = &endpoint.counters;
            Value::Count(if place == 0 { counters.acquired.saturating_sub(counters.waited) } else { counters.waited })
        })
    }

    fn releases(&self) -> Vec<Sample<'a>> {
        let words: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).chain([Attribute::LOST]).collect();
        self.by_endpoint_and(&words, |endpoint, place| {
            let counters = &endpoint.counters;
            Value::Count(Outcome::ALL.get(place).map_or(counters.lost, |outcome| counters.ended_as(*outcome)))
        })
    }

    fn refusals(&self) -> Vec<Sample<'a>> {
        let kinds = crate::RefusalKind::ALL.iter();
        kinds.map(|kind| self.sample(&[kind.as_str()], Value::Count(self.snapshot.refused(*kind)))).collect()
    }

    fn closes(&self) -> Vec<Sample<'a>> {
        let closes = &self.snapshot.closes;
        // The pool's own reasons are told at zero too: a series that begins at one shows no growth.
        let none_yet = CloseReason::OF_THE_POOL.iter().filter(|why| closes.iter().all(|(known, _)| known != *why));
        let all = closes.iter().copied().chain(none_yet.map(|why| (*why, 0)));
        all.map(|(why, count)| self.sample(&[why.policy, why.reason.as_str()], Value::Count(count))).collect()
    }

    fn decisions(&self) -> Vec<Sample<'a>> {
        let decisions = self.snapshot.decisions.iter();
        decisions
            .map(|decision| {
                let labels = [decision.role.as_str(), decision.policy, decision.reason.as_str()];
                self.sample(&labels, Value::Count(decision.count))
            })
            .collect()
    }

    fn needed(&self) -> Vec<Sample<'a>> {
        let Some(sizing) = &self.snapshot.sizing else { return Vec::new() };
        let average = (Attribute::AVERAGE, Some(sizing.needed_on_average));
        let targets = [average, (Attribute::WAIT, sizing.needed_for_wait)].into_iter();
        targets.filter_map(|(target, needed)| Some(self.sample(&[target], gauge(needed?)))).collect()
    }

    fn faults(&self) -> Vec<Sample<'a>> {
        let faults = self.snapshot.faults.iter();
        faults
            .map(|fault| {
                let labels = [fault.role.as_str(), fault.policy, fault.fault.as_str()];
                self.sample(&labels, Value::Count(fault.count))
            })
            .collect()
    }

    fn by_endpoint_and(
        &self,
        words: &[&'static str],
        value: impl Fn(&'a EndpointSnapshot, usize) -> Value<'a>,
    ) -> Vec<Sample<'a>> {
        let mut all = Vec::with_capacity(self.snapshot.endpoints.len() * words.len());
        for endpoint in &self.snapshot.endpoints {
            for (place, word) in words.iter().enumerate() {
                all.push(self.sample(&[endpoint.endpoint.name(), word], value(endpoint, place)));
            }
        }
        all
    }

    /// A sample with the pool and these as the values of the metric's attributes, in their order.
    fn sample(&self, words: &[&'a str], value: Value<'a>) -> Sample<'a> {
        let attributes = self.metric.attributes();
        debug_assert_eq!(attributes.len(), words.len() + 1, "{:?} has a value for each attribute", self.metric);
        let words = std::iter::once(self.pool).chain(words.iter().copied());
        Sample {
            metric: self.metric,
            labels: attributes.iter().copied().zip(words.map(Cow::Borrowed)).collect(),
            value,
        }
    }
}

fn gauge(value: u32) -> Value<'static> {
    Value::Gauge(f64::from(value))
}

fn seconds(time: Option<Duration>) -> Value<'static> {
    Value::Gauge(time.unwrap_or_default().as_secs_f64())
}

/// A limit that there is not is infinite: Prometheus' text, OTLP's doubles and the facade's all have that.
fn limit(time: Option<Duration>) -> Value<'static> {
    Value::Gauge(time.map_or(f64::INFINITY, |time| time.as_secs_f64()))
}

fn weight(endpoint: &EndpointSnapshot) -> u32 {
    if endpoint.active { endpoint.endpoint.weight } else { 0 }
}

/// The machine measures only the waits of those that had to wait; the others waited for no time.
fn waits(endpoint: &EndpointSnapshot) -> Value<'_> {
    let at_once = endpoint.counters.acquired.saturating_sub(endpoint.timings.wait.count());
    times(&endpoint.timings.wait, at_once)
}

fn times(histogram: &Histogram, zeros: u64) -> Value<'_> {
    Value::Times(Times { histogram: Cow::Borrowed(histogram), zeros })
}
