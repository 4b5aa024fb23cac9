//! Under the demo's load the configuration changes again and again: nobody is refused, and nothing breaks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::net::TcpListener;

use super::load::{Load, Tally};
use super::server::{Delay, accept, set};
use crate::connector::TcpConnector;
use crate::telemetry::{self, TelemetryOptions};
use crate::{App, Config, Loader, Pools};

const RELOADS: usize = 100;
/// More callers than connections at times, fewer at others.
const CALLERS: usize = 24;
const REST: Duration = Duration::from_micros(500);

/// What has to be another at least once, as it is told. Whatever else changes is welcome.
const CHANGED: &[&str] = &[
    "acquire",
    "balance",
    "dial.backoff_max",
    "dial.backoff_min",
    "dial.breaker_failures",
    "dial.by",
    "dial.elide",
    "dial.errors",
    "dial.max_concurrent",
    "dial.pace",
    "dial.timeout",
    "endpoint",
    "evict",
    "health",
    "lease.overdue_after",
    "limits.max_idle",
    "limits.max_idle_per_endpoint",
    "limits.max_open",
    "limits.max_open_per_endpoint",
    "limits.max_waiting",
    "limits.min_idle",
    "limits.overflow",
    "limits.shrink",
    "limits.victim",
    "queue",
    "release",
    "sizing.wait",
    "upkeep.check_after_idle",
    "upkeep.check_timeout",
    "upkeep.close_timeout",
    "upkeep.reap_every",
    "upkeep.reset_timeout",
    "wait.handoff",
    "wait.order",
    "wait.strict",
    "wait.timeout",
];

/// Who dials, and what goes with it.
const DIALS: [&str; 4] = [
    "by = \"pool\", errors = \"retry\", elide = true",
    "by = \"caller\", errors = \"caller\", elide = true",
    "by = \"pool\", errors = \"retry\", elide = false",
    "by = \"opener\", errors = \"all\", elide = true",
];

async fn server(delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    let shared = Delay::default();
    set(&shared, delay);
    tokio::spawn(async move { accept(listener, &shared).await });
    address
}

/// One of these, another at each step.
fn one<T: Copy>(step: usize, of: &[T]) -> T {
    of[step % of.len()]
}

/// The configuration at a step. Every third one has other servers than the one before, none of which stays.
fn text(step: usize, servers: &[String]) -> String {
    let weight = |at: usize| 1 + (step + at) % 5;
    let half = (step / 3 % 2) * 2;
    let mut endpoints: Vec<String> = (half..half + 2)
        .chain((step % 3 == 1).then_some((half + 2) % 4))
        .map(|at| format!("{{ id = \"s{at}\", address = \"{}\", weight = {} }}", servers[at], weight(at)))
        .collect();
    if step % 4 == 2 {
        endpoints.reverse();
    }
    let evict = one(
        step,
        &[
            "{ kind = \"ttl\", max_age = \"15s\" }, { kind = \"idle-timeout\", after = \"4s\" }",
            "{ kind = \"ttl\", max_age = \"200ms\", jitter = 0.5 }, { kind = \"idle-timeout\", after = \"4s\" }",
            "{ kind = \"lru\" }, { kind = \"ttl\", max_age = \"15s\" }",
            "",
        ],
    );
    format!(
        "[pools.orders]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [{}]\nevict = [{evict}]\n\
         acquire = {{ kind = \"{}\" }}\nrelease = {{ {} }}\nbalance = {{ {} }}\n\
         limits = {{ max_open = {}, max_open_per_endpoint = {}, max_idle = {}, max_idle_per_endpoint = {}, \
         min_idle = {}, max_waiting = {}, overflow = \"{}\", shrink = \"{}\", victim = \"{}\" }}\n\
         wait = {{ timeout = \"{}\", order = \"{}\", strict = {}, handoff = \"{}\" }}\n\
         dial = {{ timeout = \"{}\", max_concurrent = {}, backoff_min = \"{}\", backoff_max = \"{}\", \
         breaker_failures = {}, {}, pace = \"{}\" }}\n\
         upkeep = {{ check_after_idle = \"{}\", check_timeout = \"{}\", reset_timeout = \"{}\", \
         close_timeout = \"{}\", reap_every = \"{}\" }}\n\
         lease = {{ overdue_after = \"{}\" }}\nsizing = {{ wait = \"{}\" }}\n{}{}",
        endpoints.join(", "),
        one(step, &["lifo", "fifo"]),
        one(step, &["kind = \"keep\"", "kind = \"max-uses\", uses = 50", "kind = \"max-uses\", uses = 7"]),
        one(
            step,
            &[
                "kind = \"smooth-weighted\"",
                "kind = \"round-robin\", first = 1",
                "kind = \"round-robin\", first = 0",
                "kind = \"random\"",
            ]
        ),
        one(step, &[24, 8, 16, 4, 12]),
        one(step, &[24, 6, 12]),
        one(step, &[16, 2, 8, 4]),
        one(step, &[8, 1]),
        one(step, &[2, 0, 1]),
        one(step, &[1000, 500]),
        one(step, &["keep-if-room", "close"]),
        one(step, &["at-once", "on-return"]),
        one(step, &["oldest", "policy"]),
        one(step, &["5s", "8s", "never"]),
        one(step, &["fifo", "lifo", "random"]),
        one(step / 2, &[false, true]),
        one(step, &["direct", "idle"]),
        one(step, &["5s", "6s"]),
        one(step, &[8, 4, 16]),
        one(step, &["10ms", "20ms"]),
        one(step, &["1s", "2s"]),
        one(step, &[5, 8]),
        one(step / 2, &DIALS),
        one(step, &["1ms", "0s"]),
        one(step, &["1s", "2s"]),
        one(step, &["5s", "6s"]),
        one(step, &["5s", "6s"]),
        one(step, &["5s", "6s"]),
        one(step, &["1s", "100ms"]),
        one(step, &["1s", "2s"]),
        one(step, &["50ms", "20ms"]),
        one(
            step,
            &[
                "",
                "health = { kind = \"outlier-ejection\" }\n",
                "health = { kind = \"outlier-ejection\", rest = \"9s\" }\n"
            ]
        ),
        one(step, &["", "", "queue = { kind = \"adaptive-lifo\", above = 10, give_up_after = \"30s\" }\n"]),
    )
}

fn config(app: &App, step: usize, servers: &[String]) -> Config {
    let text = text(step, servers);
    Loader::new(app).text("pool.toml", text).load().unwrap_or_else(|error| panic!("step {step}: {error}"))
}

/// What a line of a reload is about: `limits.max_open` of `orders: limits.max_open 24 -> 8`.
fn subject(line: &str) -> String {
    line.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acquire_fails_over_a_hundred_reloads_that_change_all_that_can_be_changed() {
    let mut servers = Vec::new();
    for delay in [1, 1, 3, 1] {
        servers.push(server(Duration::from_millis(delay)).await);
    }
    let app = App::new();
    let options = TelemetryOptions { log: "off".to_owned(), ..TelemetryOptions::default() };
    let telemetry = telemetry::init(&options).expect("nothing to go wrong");
    let pools = Pools::from_config(&app, &config(&app, 0, &servers), &telemetry).expect("a good configuration");
    let pool = pools.get::<TcpConnector>("orders").expect("it is there");
    let tally = Arc::<Tally>::default();
    let load = Load::begin(&pool, &tally, CALLERS, REST);
    let mut changed = BTreeSet::new();
    for step in 1..=RELOADS {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let told = pools.reload(&config(&app, step, &servers)).expect("all of it can be changed");
        changed.extend(told.iter().map(|line| subject(line)));
        assert_eq!(
            tally.refused.load(Relaxed),
            0,
            "at {step}: {:?}\n{}",
            tally.last_refusal(),
            text(step - 1, &servers)
        );
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    load.end().await;

    let failed = [&tally.refused, &tally.dial_refused, &tally.broken].map(|count| count.load(Relaxed));
    assert_eq!(failed, [0; 3], "refused, refused for a dial, broken; last: {:?}", tally.last_refusal());
    let answered = tally.answered.load(Relaxed);
    assert!(answered > RELOADS as u64 * 10, "{answered} answers are no load");
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.reconfigurations, snapshot.leases, snapshot.pending), (RELOADS as u64, 0, 0));
    assert!(snapshot.faults.is_empty(), "{:?}", snapshot.faults);
    for key in CHANGED {
        assert!(changed.contains(*key), "{key} was never another: {changed:?}");
    }
}
