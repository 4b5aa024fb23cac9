//! The rules that every name in the catalog keeps, and what samples promise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{
    CloseReason, Counters, Endpoint, EndpointSnapshot, Lifecycle, Nuances, PolicyDecisions, PolicyFault, PolicyFaults,
    PolicyKinds, Protocol, Reason, RefusalKind, Role, Sizing, Snapshot, Timings,
};

/// The namespaces that OpenTelemetry's semantic conventions had in use or in reserve in 2026: none
/// of our own names may begin with one.
const TAKEN: &[&str] = &[
    "android",
    "app",
    "artifact",
    "aspnetcore",
    "aws",
    "azure",
    "browser",
    "cassandra",
    "cicd",
    "client",
    "cloud",
    "cloudevents",
    "cloudfoundry",
    "code",
    "container",
    "cpu",
    "cpython",
    "db",
    "deployment",
    "destination",
    "device",
    "disk",
    "dns",
    "dotnet",
    "elasticsearch",
    "enduser",
    "error",
    "event",
    "exception",
    "faas",
    "feature_flag",
    "file",
    "gcp",
    "gen_ai",
    "geo",
    "go",
    "graphql",
    "grpc",
    "hardware",
    "heroku",
    "host",
    "http",
    "hw",
    "ios",
    "jvm",
    "k8s",
    "kestrel",
    "linux",
    "log",
    "mainframe",
    "message",
    "messaging",
    "net",
    "network",
    "nfs",
    "nodejs",
    "oci",
    "onc_rpc",
    "openai",
    "openshift",
    "opentracing",
    "os",
    "otel",
    "peer",
    "pprof",
    "process",
    "profile",
    "rpc",
    "security_rule",
    "server",
    "service",
    "session",
    "signalr",
    "source",
    "system",
    "telemetry",
    "test",
    "thread",
    "tls",
    "url",
    "user",
    "user_agent",
    "v8js",
    "vcs",
    "webengine",
    "zos",
];

/// Names of the conventions that mean exactly what we mean, and are used as they are.
const BORROWED: &[Attribute] = &[
    Attribute::CodeFile,
    Attribute::CodeLine,
    Attribute::ServerAddress,
    Attribute::ServerPort,
    Attribute::NetworkProtocol,
    Attribute::DbSystem,
    Attribute::RpcSystem,
    Attribute::DbPool,
    Attribute::DbState,
    Attribute::HttpState,
    Attribute::GrpcTarget,
];

fn namespace(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn well_formed(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    })
}

#[test]
fn names_are_unique_well_formed_and_our_own() {
    let metrics = Metric::ALL.iter().map(|metric| metric.name());
    let spans = Span::ALL.iter().map(|span| span.name());
    let events = SpanEvent::ALL.iter().map(|event| event.name());
    let notices = Notice::ALL.iter().map(|notice| notice.name());
    let own = Attribute::ALL.iter().filter(|attribute| !BORROWED.contains(attribute)).map(|attribute| attribute.key());
    let mut kinds: Vec<Vec<&str>> =
        vec![metrics.collect(), spans.chain(events).chain(notices).collect(), own.collect()];
    for names in &mut kinds {
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        for name in names {
            assert!(well_formed(name), "{name}");
            assert!(!TAKEN.contains(&namespace(name)), "{name} is in a namespace of the conventions");
        }
    }
}

#[test]
fn names_of_conventions_are_theirs() {
    for metric in Metric::CONVENTIONAL {
        let begin = match metric.source() {
            Source::Convention(Convention::Database) => "db.client.connection.",
            Source::Convention(Convention::Http) => "http.client.",
            Source::Convention(Convention::Grpc) => "grpc.subchannel.",
            of_ours => panic!("{metric:?} is read from {of_ours:?}"),
        };
        assert!(metric.name().starts_with(begin) && well_formed(metric.name()), "{metric:?}");
        assert!(metric.attributes().iter().all(|attribute| BORROWED.contains(attribute)), "{metric:?}");
    }
}

#[test]
fn names_that_prometheus_sees_are_unique() {
    let unique: BTreeSet<_> = Metric::every().map(Metric::prometheus).collect();
    assert_eq!(unique.len(), Metric::every().count());
    assert_eq!(Metric::WaitTime.prometheus(), "clearpool_wait_time_seconds");
    assert_eq!(Metric::Acquires.prometheus(), "clearpool_acquires_total");
    assert_eq!(Metric::ConnectionCount.prometheus(), "clearpool_connection_count");
}

#[test]
fn counters_are_plural_without_total() {
    for metric in Metric::ALL.iter().filter(|metric| metric.kind() == Kind::Counter) {
        assert!(metric.name().ends_with('s') && !metric.name().contains("total"), "{}", metric.name());
    }
}

#[test]
fn units_are_seconds_or_annotations_in_the_singular() {
    for metric in Metric::ALL {
        let unit = metric.unit().ucum();
        let annotation = unit.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        assert!(unit == "s" || annotation.is_some_and(|word| well_formed(word) && !word.ends_with('s')), "{unit}");
        assert_eq!(metric.kind() == Kind::Histogram, !metric.bounds().is_empty());
        assert!(metric.kind() != Kind::Histogram || unit == "s");
    }
    assert!([TIME_BOUNDS, LIFETIME_BOUNDS].iter().all(|bounds| bounds.is_sorted()));
}

#[test]
fn every_metric_has_bounded_attributes_with_labels_of_their_own() {
    for metric in Metric::ALL {
        let labels: BTreeSet<_> = metric.attributes().iter().map(|attribute| attribute.label()).collect();
        assert_eq!(labels.len(), metric.attributes().len(), "{} has a label twice", metric.name());
        for attribute in metric.attributes() {
            assert!(!matches!(attribute.values(), Values::Free(_)), "{} has {attribute:?}", metric.name());
            assert!(!["le", "quantile", "job", "instance"].contains(&attribute.label()), "{attribute:?}");
        }
        let of_a_pool = metric.attributes().first() == Some(&Attribute::Pool);
        assert_eq!(of_a_pool, metric.source() == Source::Pool, "{}", metric.name());
    }
}

#[test]
fn everything_has_a_meaning() {
    let metrics = Metric::ALL.iter().map(|metric| metric.meaning());
    let spans = Span::ALL.iter().map(|span| span.meaning());
    let notices = Notice::ALL.iter().map(|notice| notice.meaning());
    for meaning in metrics.chain(spans).chain(notices).chain(Attribute::ALL.iter().map(|a| a.meaning())) {
        assert!(meaning.ends_with('.') && meaning.len() > 8, "{meaning:?}");
    }
}

#[test]
fn every_pool_metric_has_samples_with_its_attributes_and_kind() {
    let reading = Reading::new("orders", busy());
    for metric in Metric::ALL.iter().filter(|metric| metric.source() == Source::Pool) {
        let samples = reading.samples_of(*metric);
        assert!(!samples.is_empty(), "{}", metric.name());
        for sample in samples {
            assert_eq!(sample.metric, *metric);
            assert!(sample.labels.iter().map(|(attribute, _)| attribute).eq(metric.attributes()));
            let fits = match sample.value {
                Value::Count(_) => metric.kind() == Kind::Counter,
                Value::Gauge(_) => matches!(metric.kind(), Kind::UpDown | Kind::Gauge),
                Value::Times(_) => metric.kind() == Kind::Histogram,
            };
            assert!(fits, "{} is a {}", metric.name(), metric.kind().as_str());
        }
    }
}

#[test]
fn values_of_closed_attributes_are_among_the_declared() {
    let reading = Reading::new("orders", busy());
    for (attribute, value) in reading.samples().flat_map(|sample| sample.labels) {
        if let Values::OneOf(words) = attribute.values() {
            assert!(words.contains(&&*value), "{attribute:?} = {value}");
        }
    }
}

#[test]
fn no_series_comes_twice_even_if_an_endpoint_left_and_came_back() {
    let mut snapshot = busy();
    let mut gone = snapshot.endpoints[0].clone();
    gone.active = false;
    gone.healthy = false;
    snapshot.endpoints.push(gone);
    let reading = Reading::new("orders", snapshot);
    let mut series = BTreeMap::new();
    for sample in reading.samples() {
        *series.entry((sample.metric, sample.labels)).or_insert(0) += 1;
    }
    assert!(series.values().all(|times| *times == 1));
    assert_eq!(reading.snapshot().endpoints[0].counters.acquired, 20);
    assert!(reading.snapshot().endpoints[0].healthy);
}

#[test]
fn a_wait_served_at_once_counts_as_zero() {
    let reading = Reading::new("orders", busy());
    let samples = reading.samples_of(Metric::WaitTime);
    let Value::Times(times) = &samples[0].value else { panic!("a histogram") };
    assert_eq!((times.count(), times.zeros), (10, 8));
    assert_eq!(times.sum(), Duration::from_millis(3));
    let classic = times.classic(&[0.000_5, 0.001_5, 0.01]);
    assert_eq!(classic, [8, 1, 1, 0]);
    assert_eq!(times.classic(TIME_BOUNDS).iter().sum::<u64>(), times.count());
}

#[test]
fn classic_buckets_agree_with_the_histograms_own_count() {
    let mut histogram = crate::Histogram::default();
    for step in 0..2000_u64 {
        histogram.record(Duration::from_nanos(step * step * 700));
    }
    let times = Times { histogram: std::borrow::Cow::Borrowed(&histogram), zeros: 0 };
    let mut below = 0;
    for (bound, count) in TIME_BOUNDS.iter().zip(times.classic(TIME_BOUNDS)) {
        below += count;
        assert_eq!(below, histogram.count_up_to(Duration::from_secs_f64(*bound)), "up to {bound}");
    }
}

fn busy() -> Snapshot {
    let counters = Counters { acquired: 10, waited: 2, ..Counters::default() };
    let mut timings = Timings::default();
    timings.wait.record(Duration::from_millis(1));
    timings.wait.record(Duration::from_millis(2));
    Snapshot {
        protocol: Protocol::NONE,
        uptime: Duration::from_secs(60),
        lifecycle: Lifecycle::Open,
        states: [0, 1, 2, 0, 0, 0],
        max_open: 10,
        max_idle: 5,
        min_idle: 1,
        wait_timeout: Some(Duration::from_secs(5)),
        generation: 1,
        reconfigurations: 2,
        leases: 2,
        pending: 0,
        oldest_wait: None,
        oldest_lease: Some(Duration::from_secs(1)),
        refusals: vec![(RefusalKind::Timeout, 3)],
        cancelled: 1,
        closes: vec![(CloseReason::BROKEN, 4)],
        faults: vec![PolicyFaults { role: Role::Evict, policy: "ttl", fault: PolicyFault::Panic, count: 1 }],
        decisions: vec![PolicyDecisions {
            role: Role::Acquire,
            policy: "lifo",
            reason: Reason::new("newest"),
            count: 10,
        }],
        sizing: Some(Sizing {
            window: Duration::from_secs(60),
            samples: 600,
            arrival_rate: 10.0,
            mean_hold: Duration::from_millis(250),
            needed_on_average: 3,
            needed_for_wait: Some(6),
            wait_target: Some(Duration::from_millis(50)),
        }),
        overdue: 0,
        policies: PolicyKinds {
            acquire: "lifo",
            release: "keep",
            evict: vec!["ttl"],
            balance: "random",
            health: None,
            queue: None,
        },
        endpoints: vec![EndpointSnapshot {
            endpoint: Arc::new(Endpoint::new("a:1").weight(5)),
            active: true,
            healthy: true,
            broken: false,
            resting: false,
            failures: 0,
            states: [0, 1, 2, 0, 0, 0],
            leases: 2,
            counters,
            timings,
            closes: vec![(CloseReason::BROKEN, 4)],
        }],
        nuances: Nuances::default(),
        gone: (Counters::default(), Timings::default()),
    }
}
