//! Leaks, and who holds what.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pool_core::catalog::{Metric, Reading, Value};
use pool_core::{Change, EntryId, Event, Observer, Snapshot, Time, TraceContext, What};
use tokio::time::Instant;

use crate::script::{Scripted, builder, ms, options, settle};

const CALLER: TraceContext = TraceContext { trace_id: [1; 16], span_id: [2; 8], sampled: true };

/// What is told of an overdue lease.
#[derive(Debug, Clone, PartialEq)]
struct Overdue {
    entry: EntryId,
    endpoint: String,
    held_for: Duration,
    file: &'static str,
    line: u32,
    context: Option<TraceContext>,
}

#[derive(Default)]
struct Warden(Mutex<Vec<Overdue>>);

impl Warden {
    fn take(&self) -> Vec<Overdue> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Observer for Warden {
    fn event(&self, _: &str, event: &Event, _: Time) {
        let What::LeaseOverdue { entry, endpoint, held_for, site, context } = &event.what else { return };
        let (endpoint, site) = (endpoint.name().to_owned(), site.expect("the call site is known"));
        let (file, line) = (site.file(), site.line());
        let told = Overdue { entry: *entry, endpoint, held_for: *held_for, file, line, context: *context };
        self.0.lock().expect("no panic").push(told);
    }

    fn context(&self) -> Option<TraceContext> {
        Some(CALLER)
    }
}

fn metric(snapshot: Snapshot, metric: Metric) -> f64 {
    let reading = Reading::new("test", snapshot);
    match reading.samples_of(metric)[0].value {
        Value::Gauge(value) => value,
        Value::Count(count) => count as f64,
        Value::Times(_) => panic!("no histogram"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_held_too_long_is_told_of_once_with_call_site_span_and_age() {
    let (connector, warden) = (Scripted::new(), Arc::new(Warden::default()));
    let mut options = options(2);
    options.lease.overdue_after = ms(100).into();
    let pool = builder(&connector, options).observer(Arc::clone(&warden) as _).build().expect("sound");
    let line = line!() + 1;
    let leaked = pool.acquire().await.expect("dialed");
    // Others come and go beside it, and are not overdue.
    for _ in 0..6 {
        let short = pool.acquire().await.expect("served");
        tokio::time::sleep(ms(30)).await;
        drop(short);
    }
    settle().await;
    let told = warden.take();
    assert_eq!(told.len(), 1, "once, and only that one: {told:?}");
    assert_eq!((told[0].entry, told[0].endpoint.as_str()), (leaked.id(), "a:1"));
    assert!(told[0].file.ends_with("holders.rs") && told[0].line == line, "{told:?}");
    assert_eq!(told[0].context, Some(CALLER));
    assert!((ms(100)..ms(105)).contains(&told[0].held_for), "{told:?}");

    let holding = pool.leases().pop().expect("it is still held");
    assert_eq!((holding.entry, holding.uses, holding.shares), (leaked.id(), 1, 1));
    assert_eq!((holding.site.map(std::panic::Location::line), holding.context), (Some(line), Some(CALLER)));
    assert!(holding.held_for >= ms(180) && holding.age >= holding.held_for, "{holding:?}");
    let oldest = metric(pool.snapshot(), Metric::LeaseOldest);
    assert!((oldest - holding.held_for.as_secs_f64()).abs() < 0.005, "{oldest} is not {holding:?}");
    assert_eq!(metric(pool.snapshot(), Metric::OverdueLeases), 1.0);

    drop(leaked);
    assert!(pool.leases().is_empty());
    assert_eq!(metric(pool.snapshot(), Metric::LeaseOldest), 0.0);
    // The next holder of the same connection is overdue anew.
    let _second = pool.acquire().await.expect("idle");
    tokio::time::sleep(ms(150)).await;
    assert_eq!(warden.take().len(), 1);
    assert_eq!(metric(pool.snapshot(), Metric::OverdueLeases), 2.0);
}

#[tokio::test(start_paused = true)]
async fn leases_that_are_out_already_are_overdue_when_the_option_is_set_later() {
    let (connector, warden) = (Scripted::new(), Arc::new(Warden::default()));
    let pool = builder(&connector, options(2)).observer(Arc::clone(&warden) as _).build().expect("sound");
    let lease = pool.acquire().await.expect("dialed");
    tokio::time::sleep(ms(200)).await;
    assert_eq!(warden.take(), [], "nobody asked to be told");
    let mut options = pool.options();
    options.lease.overdue_after = ms(100).into();
    pool.reconfigure(Change { options: Some(options), ..Change::default() }).expect("sound");
    tokio::time::sleep(ms(1)).await;
    let told = warden.take();
    assert_eq!(told.iter().map(|told| told.entry).collect::<Vec<_>>(), [lease.id()]);
    assert!(told[0].held_for >= ms(200), "as long as it is held: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_busy_shared_connection_is_no_leak_and_one_lease_of_it_that_stays_is() {
    let (connector, warden) = (Scripted::new(), Arc::new(Warden::default()));
    connector.script().capacity = Some(8);
    let mut options = options(1);
    options.lease.overdue_after = ms(100).into();
    let pool = builder(&connector, options).observer(Arc::clone(&warden) as _).build().expect("sound");
    let mut current = pool.acquire().await.expect("dialed");
    for _ in 0..10 {
        tokio::time::sleep(ms(30)).await;
        // The next begins before the last ends: the connection itself is never free.
        current = pool.acquire().await.expect("a share");
    }
    assert_eq!(warden.take(), []);
    let oldest = metric(pool.snapshot(), Metric::LeaseOldest);
    assert!(oldest < 0.031, "{oldest}");
    let line = line!() + 1;
    let leaked = pool.acquire().await.expect("a share");
    drop(current);
    tokio::time::sleep(ms(150)).await;
    let told = warden.take();
    assert_eq!(told.iter().map(|told| (told.entry, told.line)).collect::<Vec<_>>(), [(leaked.id(), line)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_census_has_as_many_who_hold_and_wait_as_it_counts_whatever_happens_meanwhile() {
    let pool = builder(&Scripted::new(), options(2)).build().expect("sound");
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                loop {
                    let lease = pool.acquire().await.expect("it is dialed");
                    tokio::task::yield_now().await;
                    drop(lease);
                }
            })
        })
        .collect();
    let (mut held, mut waited, begun) = (0, 0, Instant::now());
    // Often, and until enough has happened meanwhile, which on a busy machine takes its time to begin.
    for turn in 0.. {
        let is_enough = turn >= 5000 && held > 500 && waited > 500;
        if is_enough || begun.elapsed() > Duration::from_secs(60) {
            break;
        }
        let census = pool.census();
        assert_eq!(census.leases.len(), census.snapshot.leases as usize);
        assert_eq!(census.waiting.len(), census.snapshot.pending as usize);
        held += census.leases.len();
        waited += census.waiting.len();
    }
    assert!(held > 500 && waited > 500, "{held} held, {waited} waited: nothing happened");
    callers.into_iter().for_each(|caller| caller.abort());
}
