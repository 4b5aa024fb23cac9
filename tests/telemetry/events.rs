//! A real pool in trouble, and its events counted one by one: all three roads say the same of every
//! counter and every histogram.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use clearpool::telemetry::Guard;
use pool_core::catalog::{Attribute, Kind, Metric, Source};
use pool_core::{
    BalancePolicy, ConnectCx, Connector, Cx, Decision, Detail, EndpointId, EndpointsView, Event, Named, Observer,
    Policies, PoolOptions, Reason, Time, What,
};
use pool_tokio::{AcquireOptions, AnyPool, Lease, Pool};

use crate::roads::{Bridged, RECORDER, Said, Series, of_messages, of_scrape, on_all_roads};
use crate::scrape::get;

/// A name that no other test uses: they have the recorder in common.
const POOL: &str = "troubled";

/// Takes a moment to dial, and fails every third time at one endpoint.
#[derive(Default)]
struct Moody(AtomicU32);

#[derive(Debug)]
struct Mood;

impl fmt::Display for Mood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in the mood")
    }
}

impl std::error::Error for Mood {}

impl Connector for Moody {
    type Connection = ();
    type Error = Mood;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<(), Mood> {
        tokio::time::sleep(Duration::from_millis(3)).await;
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        if cx.endpoint.name() == "b:1" && count.is_multiple_of(3) { Err(Mood) } else { Ok(()) }
    }
}

/// In turn, but every tenth time an endpoint that is not there.
#[derive(Debug, Default)]
struct Odd(u32);

impl BalancePolicy for Odd {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.0 += 1;
        let eligible: Vec<_> = endpoints.eligible().map(|endpoint| endpoint.id()).collect();
        let choice = match self.0 {
            count if count.is_multiple_of(10) => Some(EndpointId::from_parts(77, 7)),
            count => eligible.get(count as usize % eligible.len().max(1)).copied(),
        };
        Decision { choice, reason: Reason::new("odd") }
    }
}

/// Counts events as the metrics that they are.
#[derive(Default)]
struct Count(Mutex<BTreeMap<Series, (u64, Duration)>>);

impl Count {
    fn add(&self, metric: Metric, words: &[&str], took: Duration) {
        let labels = metric.attributes().iter().zip(std::iter::once(&POOL).chain(words));
        let labels = labels.map(|(attribute, word)| (attribute.label().to_owned(), (*word).to_owned())).collect();
        let mut counts = self.0.lock().expect("no panic while locked");
        let (count, sum) = counts.entry((metric.name().to_owned(), labels)).or_default();
        *count += 1;
        *sum += took;
    }

    /// What the roads have to say.
    fn expected(&self) -> BTreeMap<Series, Said> {
        let counts = self.0.lock().expect("no panic while locked");
        let said = |series: &Series, (count, sum): &(u64, Duration)| {
            let metric = Metric::ALL.iter().find(|metric| metric.name() == series.0).expect("of the catalog");
            match metric.kind() {
                Kind::Histogram => Said::Times { count: *count, sum: sum.as_secs_f64() },
                _ => Said::Number(*count as f64),
            }
        };
        counts.iter().map(|(series, counted)| (series.clone(), said(series, counted))).collect()
    }
}

impl Observer for Count {
    fn event(&self, _: &str, event: &Event, _: Time) {
        const NONE: Duration = Duration::ZERO;
        match &event.what {
            What::Acquired { endpoint, waited, waiter, .. } => {
                let path = if waiter.is_some() { Attribute::WAITED } else { Attribute::READY };
                self.add(Metric::Acquires, &[endpoint.name(), path], NONE);
                self.add(Metric::WaitTime, &[endpoint.name()], if waiter.is_some() { *waited } else { NONE });
            }
            What::Released { endpoint, held_for, outcome, .. } => {
                self.add(Metric::Releases, &[endpoint.name(), outcome.as_str()], NONE);
                self.add(Metric::UseTime, &[endpoint.name()], *held_for);
            }
            What::Refused { kind, .. } => self.add(Metric::Refusals, &[kind.as_str()], NONE),
            What::WaitCancelled { .. } => self.add(Metric::Cancellations, &[], NONE),
            What::LeaseOverdue { .. } => self.add(Metric::OverdueLeases, &[], NONE),
            What::DialStarted { endpoint, .. } => self.add(Metric::Dials, &[endpoint.name()], NONE),
            What::Dialed { endpoint, took, .. } => self.add(Metric::DialTime, &[endpoint.name()], *took),
            What::DialFailed { endpoint, .. } => self.add(Metric::DialFailures, &[endpoint.name()], NONE),
            What::DialElided { endpoint, .. } => self.add(Metric::DialElisions, &[endpoint.name()], NONE),
            What::Evicted { endpoint, why, age, .. } => {
                self.add(Metric::Closes, &[why.policy, why.reason.as_str()], NONE);
                self.add(Metric::ConnectionLifetime, &[endpoint.name()], *age);
            }
            What::Closed { endpoint, .. } => self.add(Metric::EndpointCloses, &[endpoint.name()], NONE),
            What::Decided { role, policy, reason, .. } => {
                self.add(Metric::PolicyDecisions, &[role.as_str(), policy, reason.as_str()], NONE);
            }
            What::Reconfigured { .. } => self.add(Metric::Reconfigurations, &[], NONE),
            What::PolicyFaulted { role, policy, fault } => {
                self.add(Metric::PolicyFaults, &[role.as_str(), policy, fault.as_str()], NONE);
            }
            _ => {}
        }
    }
}

#[test]
fn all_three_roads_say_what_the_events_say() {
    let snapshotter = RECORDER.lock();
    let (collector, telemetry) = on_all_roads();
    let count = Arc::new(Count::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let watched = runtime.block_on(trouble(&telemetry, &count));
    assert_eq!(watched.snapshot().open(), 0, "drained");

    let expected = count.expected();
    let happened: BTreeSet<_> = expected.keys().map(|(name, _)| name.as_str()).collect();
    let counted = Metric::ALL
        .iter()
        .filter(|metric| metric.source() == Source::Pool && matches!(metric.kind(), Kind::Counter | Kind::Histogram));
    let untold: Vec<_> = counted.map(|metric| metric.name()).filter(|name| !happened.contains(name)).collect();
    assert!(untold.is_empty(), "the scenario lacks {untold:?}");

    let scraped = of_scrape(&get(telemetry.prometheus_address().expect("configured"), "/metrics", None).1);
    assert_eq!(difference(&scraped, &expected, 0.0), Vec::<String>::new(), "the scrape endpoint");
    let sent = || of_messages(&collector.metrics());
    assert_eq!(until_equal(sent, &expected, 0.0), Vec::<String>::new(), "OTLP");
    let mut bridged = Bridged::of(POOL);
    let heard = || {
        bridged.listen(&snapshotter);
        bridged.said.clone()
    };
    assert_eq!(until_equal(heard, &expected, 0.045), Vec::<String>::new(), "the facade");
    telemetry.shutdown(Duration::from_secs(10)).expect("delivered");
}

/// Every difference in counters and histograms; what is told and never happened has to be zero.
fn difference(told: &BTreeMap<Series, Said>, expected: &BTreeMap<Series, Said>, slack: f64) -> Vec<String> {
    let of_kind = |name: &str| Metric::ALL.iter().find(|metric| metric.name() == name).map(|metric| metric.kind());
    let counts = told.iter().filter(|((name, _), _)| matches!(of_kind(name), Some(Kind::Counter | Kind::Histogram)));
    let zero = |said: &Said| matches!(said, Said::Number(0.0) | Said::Times { count: 0, .. });
    let wrong = counts.filter(|(series, said)| match (said, expected.get(*series)) {
        (said, None) => !zero(said),
        (Said::Times { count, sum }, Some(Said::Times { count: exact, sum: exact_sum })) => {
            count != exact || (sum - exact_sum).abs() > exact_sum * slack + 1e-12
        }
        (said, Some(exact)) => *said != exact,
    });
    let missing = expected.keys().filter(|series| !told.contains_key(*series)).map(|series| format!("no {series:?}"));
    wrong.map(|(series, said)| format!("{series:?}: {said:?} for {:?}", expected.get(series))).chain(missing).collect()
}

/// The differences that are left after a while.
fn until_equal(
    mut told: impl FnMut() -> BTreeMap<Series, Said>,
    expected: &BTreeMap<Series, Said>,
    slack: f64,
) -> Vec<String> {
    let mut left = Vec::new();
    for _ in 0..300 {
        left = difference(&told(), expected, slack);
        if left.is_empty() {
            break;
        }
        let pause = std::sync::mpsc::channel::<()>().1;
        let _ = pause.recv_timeout(Duration::from_millis(20));
    }
    left
}

/// Many callers on few connections: some wait, some give up, some are refused, some hold on for too
/// long, some throw their connection away.
async fn trouble(telemetry: &Guard, count: &Arc<Count>) -> Arc<dyn AnyPool> {
    let pool = pool(count);
    let watched: Arc<dyn AnyPool> = Arc::new(pool.clone());
    telemetry.hub().watch_pool(&watched);
    no_dial_needed_after_all(&pool).await;
    gone_while_waiting(&pool).await;
    let callers: Vec<_> = (0..8_u64)
        .map(|caller| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for step in 0..12 {
                    one_lease(&pool, caller * 12 + step).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
    pool.resize(4).expect("sound");
    pool.clear();
    drop(pool.acquire().await);
    pool.drain(Duration::from_secs(30)).await;
    pool.acquire().await.map(drop).expect_err("it is closed");
    watched
}

async fn served(pool: &Pool<Moody>) -> Lease<Moody> {
    loop {
        if let Ok(lease) = pool.acquire().await {
            return lease;
        }
    }
}

/// A caller waits and a dial is wanted for it; before the driver can begin it, a lease comes back.
async fn no_dial_needed_after_all(pool: &Pool<Moody>) {
    let at_a = AcquireOptions::new().endpoint("a:1");
    let first = pool.acquire_with(at_a).await.expect("only the other endpoint is moody");
    let mut second = Box::pin(pool.acquire_with(at_a));
    let polled = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    drop(first);
    drop(second.await.expect("it was given the first one's"));
    // Time for the driver to look at the dial.
    tokio::time::sleep(Duration::from_millis(5)).await;
}

async fn gone_while_waiting(pool: &Pool<Moody>) {
    let held = [served(pool).await, served(pool).await, served(pool).await];
    let mut waiting = Box::pin(pool.acquire());
    let polled = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    drop(waiting);
    drop(held);
}

async fn one_lease(pool: &Pool<Moody>, number: u64) {
    let patience = Duration::from_millis(2 + number % 40);
    let acquire = pool.acquire_with(AcquireOptions::new().timeout(patience));
    if number.is_multiple_of(11) {
        // Goes away, if it has to wait.
        drop(tokio::time::timeout(Duration::from_millis(1), acquire).await);
        return;
    }
    let Ok(lease) = acquire.await else { return };
    let held = if number.is_multiple_of(13) { 60 } else { number % 4 };
    tokio::time::sleep(Duration::from_millis(held)).await;
    if number.is_multiple_of(7) {
        lease.discard();
    }
}

fn pool(count: &Arc<Count>) -> Pool<Moody> {
    let mut options = PoolOptions::default();
    options.limits.max_open = 3;
    options.limits.max_waiting = Some(4);
    options.dial.max_concurrent = 1;
    options.dial.backoff_min = Duration::from_millis(10).into();
    options.dial.backoff_max = Duration::from_millis(20).into();
    options.lease.overdue_after = Duration::from_millis(20).into();
    let mut policies = Policies::plain();
    policies.balance = Named::new("odd", Box::new(Odd::default()));
    Pool::builder(Moody::default())
        .name(POOL)
        .endpoints(["a:1", "b:1"])
        .options(options)
        .policies(policies)
        .observer(Arc::clone(count) as _)
        .detail(Detail::All)
        .build()
        .expect("well-formed")
}
