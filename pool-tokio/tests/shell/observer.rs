//! What an observer is told.

use std::sync::{Arc, Mutex};

use pool_core::{DialReport, Event, LeaseReport, Observer, Outcome, Time, TraceContext, What};

use crate::script::{Dial, Scripted, builder, options, settle};

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

    fn lease(&self, _: &str, lease: &LeaseReport<'_>, _: Time) {
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
    assert_eq!(notes.take(), ["test evicted: broken (pool)", "lease broken broken Some(broken)"]);

    connector.script().dial = Dial::Fail;
    pool.acquire().await.expect_err("refused");
    let told = notes.take();
    assert!(told.contains(&format!("test refused: dial Some({CALLER:?})").replace("Some(", "Some(")), "{told:?}");
    assert!(told.contains(&"test dial failed: connection refused".to_owned()), "{told:?}");
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

    fn lease(&self, _: &str, _: &LeaseReport<'_>, _: Time) {
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
