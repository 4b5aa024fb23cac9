//! The page's documents: they say what the snapshots say, and nothing that is secret.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use clearpool::config::ConfigLine;
use clearpool::connector::TcpConnector;
use clearpool::telemetry::{Guard, Setup, SnapshotSource};
use clearpool::{App, Config, Loader, Pools};
use pool_core::catalog::{Attribute, Metric, Reading, Source as ReadFrom, Value as Number};
use pool_core::{
    CloseReason, Endpoint, EntryId, Event, HumanDuration, PoolOptions, RefusalKind, Snapshot, Time, TraceContext,
    Waiting, What,
};
use pool_core::{Holding, Lifecycle};
use serde_json::Value;

use crate::scenario::{Source, busy, endpoint};
use crate::scrape::{get, no_env, options};

/// A pool whose holders and waiters are known, too.
struct Known {
    inner: Arc<Source>,
    overdue_after: HumanDuration,
}

fn trace(last: u8) -> Option<TraceContext> {
    let mut trace_id = [0xab; 16];
    trace_id[15] = last;
    Some(TraceContext { trace_id, span_id: [1; 8], sampled: true })
}

fn here() -> Option<&'static Location<'static>> {
    Some(Location::caller())
}

impl SnapshotSource for Known {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn snapshot(&self) -> Option<Snapshot> {
        self.inner.snapshot()
    }

    fn leases(&self) -> Vec<Holding> {
        let held = |number, seconds| Holding {
            entry: EntryId::from_parts(number, 0),
            endpoint: Arc::new(Endpoint::new("a:1")),
            held_for: Duration::from_secs(seconds),
            age: Duration::from_secs(100),
            uses: 17,
            shares: 1,
            site: here(),
            context: trace(7),
        };
        vec![held(1, 2), held(2, 7)]
    }

    fn waiting(&self) -> Vec<Waiting> {
        let endpoint = Some(Arc::new(Endpoint::new("b \"quoted\"\\:2")));
        vec![Waiting { endpoint, waited: Duration::from_millis(1500), site: here(), context: None }]
    }

    fn options(&self) -> Option<PoolOptions> {
        let mut options = PoolOptions::default();
        options.wait.timeout = HumanDuration::from_secs(2);
        options.lease.overdue_after = self.overdue_after;
        Some(options)
    }

    fn config(&self) -> Vec<ConfigLine> {
        Vec::new()
    }
}

pub(crate) fn telemetry() -> Guard {
    let options = options();
    Setup::new(&options).environment(no_env).start().expect("a free port")
}

fn json(telemetry: &Guard, path: &str) -> Value {
    let (head, body) = get(telemetry.page_address().expect("it is on by default on the loopback"), path, None);
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: application/json"), "{path}: {head}");
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error} in {body}"))
}

fn pool(telemetry: &Guard) -> Value {
    json(telemetry, "/api/pools.json")["pool"].clone()
}

/// Where a number of this series stands.
fn place<'a>(pool: &'a Value, metric: Metric, labels: &[(Attribute, Cow<'_, str>)]) -> &'a Value {
    let (of, rest) = match labels {
        [_, (Attribute::Endpoint, name), rest @ ..] => {
            let endpoints = pool["endpoints"].as_array().expect("a list");
            (endpoints.iter().find(|endpoint| endpoint["name"] == **name).expect("an entry for it"), rest)
        }
        [_, rest @ ..] => (pool, rest),
        [] => panic!("every series names its pool"),
    };
    let value = &of["metrics"][metric.name()];
    match rest {
        [] => value,
        [(_, word)] => &value[&**word],
        several => {
            let fits = |row: &&Value| several.iter().all(|(attribute, word)| row[attribute.label()] == **word);
            &value.as_array().expect("a list").iter().find(fits).expect("a row for it")["count"]
        }
    }
}

#[test]
fn every_number_is_that_of_the_snapshot_under_the_name_of_the_catalog() {
    let telemetry = telemetry();
    telemetry.hub().watch(Source::new("orders", busy()));
    let told = pool(&telemetry);
    let reading = Reading::new("orders", busy());
    let mut compared = 0;
    for sample in reading.samples() {
        let number = match sample.value {
            Number::Count(count) => count as f64,
            Number::Gauge(value) => value,
            Number::Times(_) => continue,
        };
        let found = place(&told, sample.metric, &sample.labels);
        // JSON has no number for what is infinite.
        assert_eq!(
            found.as_f64(),
            Some(number).filter(|number| number.is_finite()),
            "{:?} {:?}",
            sample.metric,
            sample.labels
        );
        compared += 1;
    }
    assert!(compared > 50, "{compared} series");
    assert_eq!(told["policies"]["evict"][0], "ttl");
}

#[test]
fn the_meaning_of_every_metric_of_a_pool_can_be_had() {
    let catalog = json(&telemetry(), "/api/catalog.json");
    for metric in Metric::ALL.iter().filter(|metric| metric.source() == ReadFrom::Pool) {
        assert_eq!(catalog[metric.name()]["meaning"], metric.meaning());
    }
    let page = include_str!("../../src/telemetry/page/page.html");
    let named: Vec<&str> =
        page.split("data-metric=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
    assert!(named.len() > 20);
    for name in named {
        assert!(catalog[name].is_object(), "the page names {name}, which the catalog does not");
    }
}

#[test]
fn what_happened_since_the_last_sample_is_the_last_minute() {
    let telemetry = telemetry();
    let mut young = busy();
    young.uptime = Duration::from_secs(3);
    telemetry.hub().watch(Source::new("orders", young));
    let told = pool(&telemetry);
    let minute = &told["minute"];
    assert_eq!(minute["acquires"], 3400, "3000 at one endpoint, 400 at the other");
    assert_eq!(minute["refusals"]["timeout"], 4);
    assert_eq!(minute["wait"]["count"], 3400, "who was served at once is counted with zero");
    assert_eq!(minute["wait"]["p50"], 0.0);
    let rate = minute["rate"].as_f64().expect("a number");
    assert!((rate - 3400.0 / 3.0).abs() < 1e-6, "{rate}");
    let share = told["endpoints"][0]["minute"]["share"].as_f64().expect("a number");
    assert!((share - 3000.0 / 3400.0).abs() < 1e-9, "{share}");
    let step = &told["history"].as_array().expect("steps")[0];
    let counts = step["wait"]["counts"].as_array().expect("buckets");
    assert_eq!(counts.len(), told["bounds"].as_array().expect("bounds").len() + 1);
    assert_eq!(counts.iter().filter_map(Value::as_u64).sum::<u64>(), 3400);
    let p99 = step["use"]["p99"].as_f64().expect("there were leases");
    assert!((0.0029..0.0034).contains(&p99), "leases took 50 µs to 3 ms, evenly: {p99}");
}

#[test]
fn holders_and_waiters_are_named_with_call_site_and_trace() {
    let telemetry = telemetry();
    let known = Known { inner: Source::new("orders", busy()), overdue_after: HumanDuration::from_secs(5) };
    telemetry.hub().watch(Arc::new(known));
    let told = pool(&telemetry);
    let oldest = &told["leases"][0];
    assert_eq!(
        (&oldest["connection"], &oldest["held_for"]),
        (&Value::from("c2.0"), &Value::from(7.0)),
        "longest first"
    );
    assert_eq!(oldest["trace_id"], "abababababababababababababababab"[..30].to_owned() + "07");
    assert!(oldest["site"].as_str().expect("known").starts_with("tests/telemetry/page.rs:"), "{oldest}");
    assert_eq!(told["waiting"][0]["endpoint"], "b \"quoted\"\\:2");
    assert_eq!(told["waiting"][0]["waited"], 1.5);
    let all = &json(&telemetry, "/api/pools.json")["said"][0];
    let text = all["text"].as_str().expect("something is wrong");
    assert!(text.starts_with("orders: 3 callers wait, 5 of 10 connections used; longest wait 1.5 s of 2 s"), "{text}");
    assert!(text.contains("1 lease is held for longer than 5 s, the oldest for 7 s since tests/telemetry/page.rs:"));
    assert_eq!(all["severity"], "bad");
}

#[test]
fn the_first_line_says_what_is_wrong_and_the_worst_pool_comes_first() {
    let telemetry = telemetry();
    let said = || json(&telemetry, "/api/pools.json")["said"].clone();
    assert_eq!(said()[0]["text"], "No pool is watched yet.");
    let calm = Snapshot {
        pending: 0,
        oldest_wait: None,
        endpoints: vec![endpoint("a:1", 5, 3000, 700)],
        states: [0, 2, 2, 0, 0, 0],
        ..busy()
    };
    let well = Source::new("accounts", calm.clone());
    telemetry.hub().watch(well.clone());
    assert_eq!(said()[0]["text"], "All is well: 1 pool, 2 of 10 connections used, nobody waits too long.");
    let full = Snapshot { pending: 12, oldest_wait: Some(Duration::from_millis(1200)), ..calm.clone() };
    telemetry.hub().watch(Source::new("orders", Snapshot { states: [0, 0, 10, 0, 0, 0], ..full }));
    let now = said();
    assert_eq!(now[0]["text"], "orders: 12 callers wait, all 10 connections used; longest wait 1.2 s");
    assert_eq!((now[0]["severity"].as_str(), now.as_array().expect("a list").len()), (Some("bad"), 1));
    assert_eq!(json(&telemetry, "/api/pools.json")["pools"][0]["name"], "orders", "accounts come first by name");
    let sick = Snapshot { endpoints: vec![endpoint("b:1", 1, 10, 2)], ..calm.clone() };
    well.set(Some(sick));
    assert_eq!(said()[0]["text"], "accounts: the only endpoint, b:1, cannot be dialed");
    let mut resting = endpoint("c:1", 5, 3000, 700);
    resting.resting = true;
    well.set(Some(Snapshot { endpoints: vec![calm.endpoints[0].clone(), resting], ..calm.clone() }));
    assert_eq!(said()[1]["text"], "accounts: 1 of 2 endpoints rests, for their leases fail: c:1");
    well.set(Some(Snapshot { lifecycle: Lifecycle::Draining, ..calm }));
    assert_eq!(said()[1]["text"], "accounts: draining, 5 leases still out");
}

#[test]
fn events_are_told_with_time_policy_and_reason() {
    let telemetry = telemetry();
    let source = Source::new("orders", busy());
    telemetry.hub().watch(source);
    let observer = telemetry.observer().expect("the page listens");
    let endpoint = Arc::new(Endpoint::new("b \"quoted\"\\:2"));
    let tell = |what| observer.event("orders", &Event::new(Time::ZERO, what), Time::ZERO);
    let why = CloseReason::BROKEN;
    tell(What::Evicted {
        entry: EntryId::from_parts(3, 1),
        endpoint: Arc::clone(&endpoint),
        why,
        age: Duration::from_secs(9),
        idle_for: None,
        uses: 4,
        last_lease: None,
    });
    for _ in 0..3 {
        tell(What::Refused { kind: RefusalKind::Timeout, waiter: None, waited: Duration::ZERO, context: None });
    }
    tell(What::BreakerOpened { endpoint, failures: 5 });
    let told = pool(&telemetry);
    let close = &told["closes"][0];
    assert_eq!((&close["policy"], &close["reason"]), (&Value::from(why.policy), &Value::from(why.reason.as_str())));
    assert_eq!((&close["connection"], &close["age"], &close["uses"]), (&"c3.1".into(), &9.0.into(), &4.into()));
    assert!(close["at"].as_f64().expect("a time") > 1.7e9, "wall time");
    assert_eq!(told["events"][0]["what"], "breaker opened", "the latest first");
    assert_eq!((&told["events"][1]["what"], &told["events"][1]["times"]), (&"refused".into(), &3.into()));
}

#[test]
fn odd_names_are_told_as_they_are_and_can_be_asked_for() {
    let telemetry = telemetry();
    for name in ["<script>alert(1)</script>", "a b&name=\"c\"%20#ü"] {
        telemetry.hub().watch(Source::new(name, busy()));
        let pools = json(&telemetry, "/api/pools.json");
        let all = pools["pools"].as_array().expect("a list");
        let one = all.iter().find(|pool| pool["name"] == name).expect("it is there");
        let told = json(&telemetry, one["href"].as_str().expect("an address"));
        let told = &told["pool"];
        assert_eq!(told["name"], name);
        assert_eq!(told["endpoints"][1]["name"], "b \"quoted\"\\:2");
    }
}

fn load(text: &str) -> Config {
    Loader::new(&App::new()).text("pool.toml", text).load().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_password_in_an_address_is_on_no_page() {
    let telemetry = telemetry();
    let mut snapshot = busy();
    snapshot.endpoints = vec![endpoint("redis://me:hunter2@db:1", 1, 300, 70)];
    telemetry.hub().watch(Source::new("orders", snapshot));
    let told = pool(&telemetry);
    assert_eq!(told["endpoints"][0]["name"], "db:1");
    assert_eq!(told["endpoints"][0]["address"], "redis://me:***@db:1");
    let scraped = get(telemetry.prometheus_address().expect("configured"), "/metrics", None).1;
    assert!(
        scraped.contains("endpoint=\"db:1\"") && !scraped.contains("hunter2") && !told.to_string().contains("hunter2")
    );
}

const FILE: &str = "
[telemetry.otlp]
endpoint = \"http://127.0.0.1:1\"
headers = { x-key = \"hunter3\" }
[pools.orders]
connector = { kind = \"tcp\" }
endpoints = [{ address = \"127.0.0.1:1\", metadata = { password = \"hunter2\", zone = \"x\" } }]
limits = { max_open = 7 }
";

#[tokio::test]
async fn the_configuration_is_told_with_origins_and_without_secrets_also_after_a_reload() {
    let telemetry = telemetry();
    let pools = Pools::from_config(&App::new(), &load(FILE), &telemetry).expect("a good configuration");
    let _orders = pools.get::<TcpConnector>("orders").expect("it is there");
    let lines = |told: &Value| -> Vec<(String, String)> {
        let text = |line: &Value, key: &str| line[key].as_str().expect("a text").to_owned();
        told["config"].as_array().expect("lines").iter().map(|l| (text(l, "toml"), text(l, "origin"))).collect()
    };
    let told = pool(&telemetry);
    let before = lines(&told);
    let has = |all: &[(String, String)], toml: &str, origin: &str| {
        assert!(all.contains(&(toml.to_owned(), origin.to_owned())), "{toml} # {origin} is not in {all:#?}");
    };
    has(&before, "limits.max_open = 7", "pool.toml:8");
    has(&before, "limits.min_idle = 0", "default");
    has(&before, "metadata.password = \"***\"", "pool.toml:7");
    has(&before, "metadata.zone = \"x\"", "pool.toml:7");
    has(&before, "otlp.headers.x-key = \"***\"", "pool.toml:4");
    has(&before, "otlp.timeout = \"5s\"", "default");
    assert!(!told.to_string().contains("hunter"));
    pools
        .reload(&load(&format!("# A line more.\n{}", FILE.replace("max_open = 7", "max_open = 9"))))
        .expect("it can be");
    let after = lines(&pool(&telemetry));
    has(&after, "limits.max_open = 9", "pool.toml:9");
    pools.reload(&load(&FILE.replace("max_open = 7", "max_open = 9"))).expect("nothing is to be done");
    has(&lines(&pool(&telemetry)), "limits.max_open = 9", "pool.toml:8");
}
