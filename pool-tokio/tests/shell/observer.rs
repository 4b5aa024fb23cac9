//! What an observer is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pool_core::{DialReport, Event, LeaseEnd, LeaseReport, Observer, Outcome, Time, TraceContext, What};

use crate::script::{Dial, Scripted, Step, builder, options, settle};

const CALLER: TraceContext = TraceContext { trace_id: [1; 16], span_id: [2; 8], sampled: true };
const DIAL: TraceContext = TraceContext { trace_id: [3; 16], span_id: [4; 8], sampled: true };

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn note(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Observer for Notes {
    fn event(&self, pool: &str, event: &Event, _: Time) {
        let what = match &event.what {
            What::DialFailed { error, .. } => format!("dial failed: {error}"),
            What::Evicted { why, .. } => format!("evicted: {why}"),
            What::Reset { error: Some(error), .. } => format!("reset failed: {error}"),
            What::Refused { kind, context, .. } => format!("refused: {} {context:?}", kind.as_str()),
            _ => return,
        };
        self.note(format!("{pool} {what}"));
    }

    fn context(&self) -> Option<TraceContext> {
        Some(CALLER)
    }

    fn dial(&self, _: &str, dial: &DialReport<'_>, _: Time) -> Option<TraceContext> {
        self.note(format!("dialed {} for {:?} {:?}", dial.endpoint.name(), dial.asked_by, dial.error));
        Some(DIAL)
    }

    fn lease(&self, _: &str, lease: &LeaseReport, _: Time) {
        assert!(lease.asked <= lease.granted && lease.granted <= lease.ended);
        assert!(lease.site.is_some_and(|site| site.file().ends_with("observer.rs")));
        assert_eq!((lease.context, lease.dial), (Some(CALLER), Some(DIAL)));
        let (outcome, closed) = (lease.outcome.as_str(), lease.closed.map(|why| why.reason));
        self.note(format!("lease {outcome} {} {closed:?}", lease.settle_reason));
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_told_of_dials_leases_and_what_is_notable() {
    let (connector, notes) = (Scripted::new(), Arc::new(Notes::default()));
    let pool = builder(&connector, options(1)).observer(Arc::clone(&notes) as _).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    let told = notes.take();
    assert_eq!(told, [format!("dialed a:1 for Some({CALLER:?}) None"), "lease ok keep None".to_owned()]);

    let mut lease = pool.acquire().await.expect("idle");
    lease.outcome(Outcome::Broken);
    drop(lease);
    settle().await;
    assert_eq!(notes.take(), ["lease broken broken Some(broken)", "test evicted: broken (pool)"]);

    connector.script().dial = Dial::Fail;
    pool.acquire().await.expect_err("refused");
    let told = notes.take();
    assert!(told.contains(&format!("test refused: dial Some({CALLER:?})").replace("Some(", "Some(")), "{told:?}");
    assert!(told.contains(&"test dial failed: connection refused".to_owned()), "{told:?}");
}

/// Heeds no lease that is nothing special.
#[derive(Default)]
struct Choosy(Mutex<Vec<String>>);

impl Choosy {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Observer for Choosy {
    fn context(&self) -> Option<TraceContext> {
        Some(CALLER)
    }

    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        assert!(end.facts.context == Some(CALLER) && end.facts.granted <= end.ended);
        !end.outcome.reusable()
    }

    fn event(&self, _: &str, event: &Event, _: Time) {
        if let What::Evicted { .. } = event.what {
            self.0.lock().expect("no panic").push("evicted".to_owned());
        }
    }

    fn abandoned(&self, pool: &str, context: TraceContext, _: Time) {
        self.0.lock().expect("no panic").push(format!("{pool} abandoned {context:?}"));
    }

    fn lease(&self, _: &str, lease: &LeaseReport, _: Time) {
        let (outcome, closed) = (lease.outcome.as_str(), lease.closed.is_some());
        self.0.lock().expect("no panic").push(format!("lease {outcome} on {} {closed}", lease.endpoint.name()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_not_heeded_is_told_only_if_its_connection_is_closed_with_it() {
    let (connector, heard) = (Scripted::new(), Arc::new(Choosy::default()));
    let pool = builder(&connector, options(1)).observer(Arc::clone(&heard) as _).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    assert!(heard.take().is_empty());
    let lease = pool.acquire().await.expect("idle");
    pool.clear();
    drop(lease);
    assert_eq!(heard.take(), ["lease ok on a:1 true", "evicted"]);
    pool.acquire().await.expect("dialed").discard();
    assert_eq!(heard.take(), ["lease discarded on a:1 true", "evicted"]);
    drop(pool.acquire().await.expect("dialed"));
    pool.clear();
    settle().await;
    assert_eq!(heard.take(), ["evicted"], "a lease that was over before is not told of then");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_is_told_of_by_its_context() {
    let (connector, heard) = (Scripted::new(), Arc::new(Choosy::default()));
    let pool = builder(&connector, options(1)).observer(Arc::clone(&heard) as _).build().expect("sound");
    let lease = pool.acquire().await.expect("dialed");
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(5), pool.acquire()).await;
    assert!(waiting.is_err());
    assert_eq!(heard.take(), [format!("test abandoned {CALLER:?}")]);
    drop(lease);
    assert!(heard.take().is_empty());
}

struct Rude;

impl Observer for Rude {
    fn event(&self, _: &str, _: &Event, _: Time) {
        panic!("event");
    }

    fn context(&self) -> Option<TraceContext> {
        panic!("context");
    }

    fn dial(&self, _: &str, _: &DialReport<'_>, _: Time) -> Option<TraceContext> {
        panic!("dial");
    }

    fn heeds(&self, _: &LeaseEnd<'_>) -> bool {
        panic!("heeds");
    }

    fn abandoned(&self, _: &str, _: TraceContext, _: Time) {
        panic!("abandoned");
    }

    fn lease(&self, _: &str, _: &LeaseReport, _: Time) {
        panic!("lease");
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_disturbs_nobody() {
    let connector = Scripted::new();
    let pool = builder(&connector, options(1)).observer(Arc::new(Rude)).build().expect("sound");
    for _ in 0..3 {
        pool.acquire().await.expect("served").discard();
    }
    settle().await;
    assert_eq!((pool.snapshot().open(), connector.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_told_why_a_reset_failed() {
    let (connector, notes) = (Scripted::new(), Arc::new(Notes::default()));
    let pool = builder(&connector, options(1)).observer(Arc::clone(&notes) as _).build().expect("sound");
    for (step, why) in [(Step::Fail, "reset"), (Step::Never, "it took longer than"), (Step::Panic, "panicked: reset")] {
        connector.script().reset = step;
        let mut lease = pool.acquire().await.expect("dialed");
        lease.dirty = true;
        drop(lease);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let told = notes.take();
        assert!(told.iter().any(|line| line.contains("reset failed") && line.contains(why)), "{why}: {told:?}");
    }
}
