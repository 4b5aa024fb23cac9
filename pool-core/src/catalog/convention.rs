//! What a pool is told as by the names of OpenTelemetry's and gRPC's own conventions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::sample::{Reading, Sample, Times, Value};
use super::{Attribute, Metric};
use crate::{EndpointSnapshot, Histogram, Protocol, RefusalKind, Snapshot, State, Timings};

/// A convention for the metrics of connections, that existed before ours.
///
/// Its metrics say less than ours, and are told besides, if asked for: for dashboards that know only them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Convention {
    /// OpenTelemetry's, of clients of databases: `db.client.connection.*`.
    Database,
    /// OpenTelemetry's, of clients of HTTP: `http.client.open_connections`.
    Http,
    /// gRPC's: `grpc.subchannel.*`.
    Grpc,
}

impl Convention {
    /// The one that tells of what speaks this protocol, if there is one.
    pub fn of(protocol: Protocol) -> Option<Convention> {
        match protocol {
            Protocol { db_system: Some(_), .. } => Some(Convention::Database),
            Protocol { rpc_system: Some("grpc"), .. } => Some(Convention::Grpc),
            Protocol { name: Some("http"), .. } => Some(Convention::Http),
            _ => None,
        }
    }
}

/// What a snapshot says of a metric of a convention: nothing if the pool speaks something else.
pub(super) fn samples_of<'a>(reading: &'a Reading, metric: Metric, convention: Convention) -> Vec<Sample<'a>> {
    let snapshot = reading.snapshot();
    if Convention::of(snapshot.protocol) != Some(convention) {
        return Vec::new();
    }
    let of_pool = |value| vec![sample(metric, [Cow::Borrowed(reading.pool())], value)];
    match metric {
        Metric::DbCount => db_count(reading.pool(), snapshot),
        Metric::DbIdleMax => of_pool(gauge(snapshot.max_idle)),
        Metric::DbIdleMin => of_pool(gauge(snapshot.min_idle)),
        Metric::DbMax => of_pool(gauge(snapshot.max_open)),
        Metric::DbPending => of_pool(gauge(snapshot.pending)),
        Metric::DbTimeouts => of_pool(Value::Count(snapshot.refused(RefusalKind::Timeout))),
        Metric::DbCreateTime => of_pool(times(&snapshot.timings(), |timings| &timings.dial, 0)),
        Metric::DbWaitTime => of_pool(waits(snapshot)),
        Metric::DbUseTime => of_pool(times(&snapshot.timings(), |timings| &timings.usage, 0)),
        Metric::HttpOpen => http_open(snapshot),
        Metric::HttpDuration => http_duration(snapshot),
        Metric::GrpcOpen => of_pool(gauge(open(&snapshot.states))),
        Metric::GrpcSucceeded => of_pool(Value::Count(snapshot.timings().dial.count())),
        Metric::GrpcFailed => of_pool(Value::Count(snapshot.counters().dial_failures)),
        Metric::GrpcDisconnections => of_pool(Value::Count(snapshot.counters().closed)),
        _ => Vec::new(),
    }
}

fn db_count<'a>(pool: &'a str, snapshot: &'a Snapshot) -> Vec<Sample<'a>> {
    let (idle, open) = (snapshot.states[State::Idle as usize], open(&snapshot.states));
    let states = [(Attribute::IDLE, idle), (Attribute::USED, open - idle)];
    let one = |(state, count)| sample(Metric::DbCount, [Cow::Borrowed(pool), Cow::Borrowed(state)], gauge(count));
    states.map(one).into()
}

fn http_open(snapshot: &Snapshot) -> Vec<Sample<'_>> {
    let add = |counts: &mut [u32; 2], endpoint: &EndpointSnapshot| {
        counts[0] += endpoint.count(State::Idle);
        counts[1] += open(&endpoint.states) - endpoint.count(State::Idle);
    };
    let states = [Attribute::IDLE, Attribute::ACTIVE];
    let of_server = |((server, port), counts): ((String, String), [u32; 2])| {
        states.into_iter().zip(counts).map(move |(state, count)| {
            let labels = [Cow::Owned(server.clone()), Cow::Owned(port.clone()), Cow::Borrowed(state)];
            sample(Metric::HttpOpen, labels, gauge(count))
        })
    };
    by_server(snapshot, add).into_iter().flat_map(of_server).collect()
}

fn http_duration(snapshot: &Snapshot) -> Vec<Sample<'_>> {
    let lives = by_server(snapshot, |life: &mut Histogram, endpoint| life.absorb(&endpoint.timings.life)).into_iter();
    let of_server = |((server, port), life)| {
        let times = Value::Times(Times { histogram: Cow::Owned(life), zeros: 0 });
        sample(Metric::HttpDuration, [Cow::Owned(server), Cow::Owned(port)], times)
    };
    lives.map(of_server).collect()
}

/// Endpoints that lead to the same server are one here, since no two series may have the same name.
fn by_server<T: Default>(
    snapshot: &Snapshot,
    add: impl Fn(&mut T, &EndpointSnapshot),
) -> BTreeMap<(String, String), T> {
    let mut servers = BTreeMap::new();
    for endpoint in &snapshot.endpoints {
        let (server, port) = endpoint.endpoint.server_in(snapshot.protocol);
        let port = port.map_or_else(String::new, |port| port.to_string());
        add(servers.entry((server.to_owned(), port)).or_default(), endpoint);
    }
    servers
}

/// Connections that are made and not being closed.
fn open(states: &[u32; State::ALL.len()]) -> u32 {
    let closed_or_not_yet_open = [State::Dialing, State::Closing];
    let open = State::ALL.iter().filter(|state| !closed_or_not_yet_open.contains(state));
    open.map(|state| states[*state as usize]).sum()
}

fn waits(snapshot: &Snapshot) -> Value<'_> {
    let timings = snapshot.timings();
    let at_once = snapshot.counters().acquired.saturating_sub(timings.wait.count());
    times(&timings, |timings| &timings.wait, at_once)
}

fn times<'a>(timings: &Timings, which: impl Fn(&Timings) -> &Histogram, zeros: u64) -> Value<'a> {
    Value::Times(Times { histogram: Cow::Owned(which(timings).clone()), zeros })
}

fn gauge(value: u32) -> Value<'static> {
    Value::Gauge(f64::from(value))
}

fn sample<'a, const N: usize>(metric: Metric, words: [Cow<'a, str>; N], value: Value<'a>) -> Sample<'a> {
    let attributes = metric.attributes();
    debug_assert_eq!(attributes.len(), N, "{metric:?} has a value for each attribute");
    Sample { metric, labels: attributes.iter().copied().zip(words).collect(), value }
}
