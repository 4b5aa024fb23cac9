//! VictoriaMetrics is sent the metrics of a live pool over OTLP, and says the same of it as the pool.

use std::collections::BTreeMap;
use std::time::Duration;

use clearpool::connector::TcpConnector;
use clearpool::telemetry::Setup;
use clearpool::{App, Loader, Pools};
use clearpool_servers::{LONG, Queries, VictoriaMetrics, VictoriaMetricsServer, pause};
use pool_core::catalog::{Kind, Metric, Reading, Sample, Value};
use pool_tokio::Pool;
use tokio::time::sleep;

use crate::echo;

fn config(otlp: &str, server: std::net::SocketAddr) -> String {
    format!(
        r#"
        [telemetry]
        log = "off"
        spans = "off"
        interval = "100ms"
        service_name = "under-test"

        [telemetry.otlp]
        endpoint = "{otlp}"

        [pools.orders]
        connector = {{ kind = "tcp" }}
        endpoints = [{{ id = "a", address = "{server}" }}]
        limits = {{ max_open = 3 }}
        wait = {{ timeout = "30s" }}

        [[pools.orders.evict]]
        kind = "ttl"
        max_age = "20ms"
        "#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn victoria_metrics_says_what_the_pool_says() {
    let Some(victoria) = VictoriaMetrics::find() else { return };
    let victoria = victoria.start();
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a file");
    std::fs::write(file.path(), config(&victoria.otlp(), echo::serve())).expect("written");
    let app = App::new();
    let config = Loader::new(&app).file(file.path()).load().expect("a good file");
    let telemetry = Setup::new(&config.telemetry).environment(|_| None).start().expect("well-formed");
    let pools = Pools::from_config(&app, &config, &telemetry).expect("a good file");
    let pool = pools.get::<TcpConnector>("orders").expect("it is there");
    load(&pool).await;

    // At rest: nothing is leased, and what was too old is closed.
    let reading = eventually_at_rest(&pool).await;
    let queries = victoria.queries();
    let _victoria = tokio::task::spawn_blocking(move || {
        says_so(&series(&reading), &victoria);
        quantiles_are_right(&reading, queries);
        belongs_to_the_service(queries);
        victoria
    })
    .await
    .expect("VictoriaMetrics agrees");
    telemetry.shutdown(LONG).expect("all delivered");
}

/// Six callers take thirty leases each of at most three connections, which do not live long.
async fn load(pool: &Pool<TcpConnector>) {
    let callers: Vec<_> = (0..6)
        .map(|caller| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for turn in 0..30 {
                    let mut lease = pool.acquire().await.expect("in time");
                    echo::exchange(&mut *lease).await;
                    sleep(Duration::from_millis((caller + turn) % 7)).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
}

async fn eventually_at_rest(pool: &Pool<TcpConnector>) -> Reading {
    for _ in 0..600 {
        let snapshot = pool.snapshot();
        if snapshot.leases == 0 && snapshot.open() == 0 {
            assert_eq!(snapshot.counters().acquired, 180);
            assert!(snapshot.counters().waited > 0 && snapshot.counters().closed > 3, "{snapshot:?}");
            return Reading::new("orders", snapshot);
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the pool does not come to rest: {:?}", pool.snapshot());
}

/// Numbers by series: the name, and the labels in order.
type Told = BTreeMap<(String, Vec<(String, String)>), f64>;

/// All numbers of a pool at rest, as Prometheus names them; not what grows by itself.
fn series(reading: &Reading) -> Told {
    let mut all = Told::new();
    for sample in reading.samples().filter(|sample| sample.metric != Metric::PoolUptime) {
        let name = sample.metric.prometheus();
        let mut add = |suffix: &str, value: f64| {
            if value.is_finite() {
                all.insert((format!("{name}{suffix}"), labels(&sample)), value);
            }
        };
        match &sample.value {
            Value::Count(count) => add("", *count as f64),
            Value::Gauge(value) => add("", *value),
            Value::Times(times) => {
                add("_count", times.count() as f64);
                add("_sum", times.sum().as_secs_f64());
            }
        }
    }
    all
}

fn labels(sample: &Sample<'_>) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = sample
        .labels
        .iter()
        .map(|(attribute, value)| (attribute.label().to_owned(), value.clone().into_owned()))
        .collect();
    labels.sort();
    labels
}

/// Waits until VictoriaMetrics says all of this of these metrics, and nothing else.
fn says_so(expected: &Told, victoria: &VictoriaMetricsServer) {
    assert!(expected.len() > 20, "{expected:#?}");
    let mut told = Told::new();
    for _ in 0..LONG.as_secs() * 4 {
        victoria.flush();
        told = of(expected, victoria.queries());
        if differs(expected, &told).is_empty() && differs(&told, expected).is_empty() {
            return;
        }
        pause(Duration::from_millis(250));
    }
    panic!("the pool says {:#?}\nVictoriaMetrics says {:#?}", differs(expected, &told), differs(&told, expected));
}

/// Those of `all` that are not so in the other. VictoriaMetrics keeps fifteen decimal digits: counts are
/// exact, and sums of nanoseconds to the last one but for that.
fn differs(all: &Told, other: &Told) -> Told {
    let same = |one: f64, two: f64| (one - two).abs() <= 1e-14 * one.abs();
    let here = all.iter().filter(|(key, value)| !other.get(*key).is_some_and(|other| same(**value, *other)));
    here.map(|(key, value)| (key.clone(), *value)).collect()
}

/// What VictoriaMetrics says of the metrics of these names, with the labels that these have.
fn of(expected: &Told, queries: Queries) -> Told {
    let known: BTreeMap<&str, Vec<&str>> = expected
        .keys()
        .map(|(name, labels)| (name.as_str(), labels.iter().map(|(label, _)| label.as_str()).collect()))
        .collect();
    let mut told = Told::new();
    for (name, labels) in known {
        for series in queries.instant(name, None).expect("a good query") {
            let of = |label: &&str| Some(((*label).to_owned(), series.labels.get(*label)?.clone()));
            let key = (name.to_owned(), labels.iter().filter_map(of).collect());
            told.insert(key, series.samples[0].value.expect("a number"));
        }
    }
    told
}

/// The quantiles of the exponential histograms are those of the pool, within a bucket and what it is told
/// too high: an eighth of a doubling, and 1.6 %.
fn quantiles_are_right(reading: &Reading, queries: Queries) {
    let error = f64::exp2(1.0 / 8.0) * 1.02;
    let timings = reading.snapshot().timings();
    for (metric, histogram) in [(Metric::UseTime, &timings.usage), (Metric::DialTime, &timings.dial)] {
        assert_eq!(metric.kind(), Kind::Histogram);
        for quantile in [0.5, 0.9] {
            let query = format!("histogram_quantile({quantile}, sum by (vmrange) ({}_bucket))", metric.prometheus());
            let told = queries.instant(&query, None).expect("a good query");
            let told = told.first().unwrap_or_else(|| panic!("nothing for {query}")).samples[0].value;
            let told = told.expect("a number");
            let exact = histogram.quantile(quantile).expect("not empty").as_secs_f64();
            assert!(told <= exact * error && told >= exact / error, "{query}: {told} for {exact}");
        }
    }
}

/// Nothing is told of a service of another name.
fn belongs_to_the_service(queries: Queries) {
    let uptime = Metric::PoolUptime.prometheus();
    let series = queries.instant(&uptime, None).expect("a good query");
    assert_eq!(series.len(), 1, "{series:#?}");
    let named = |label: &str| series[0].labels.get(label).is_some_and(|value| value == "under-test");
    assert!(named("service.name") || named("service_name") || named("job"), "{series:#?}");
}
