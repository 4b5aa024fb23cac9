//! How soon a source of endpoints that fails is asked again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pool_core::{Discovery, DiscoveryError, DiscoveryFuture};
use pool_tokio::Pool;
use tokio::time::{Instant, sleep};

use crate::script::{Scripted, TestPool, ms};

/// How a source fails.
#[derive(Debug, Clone, Copy)]
struct Fails {
    after: Duration,
    /// Each time something else is wrong.
    anew: bool,
}

const AT_ONCE: Fails = Fails { after: Duration::ZERO, anew: true };

/// A source that fails each time, and the pauses until it was asked again.
#[derive(Debug)]
struct Failing {
    fails: Arc<Mutex<Fails>>,
    failed_at: Option<Instant>,
    pauses: Arc<Mutex<Vec<Duration>>>,
    failures: u32,
}

impl Discovery for Failing {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(async {
            let pause = self.failed_at.take().map(|at| at.elapsed());
            self.pauses.lock().expect("no panic").extend(pause);
            let Fails { after, anew } = *self.fails.lock().expect("no panic");
            if !after.is_zero() {
                sleep(after).await;
            }
            self.failed_at = Some(Instant::now());
            self.failures += u32::from(anew);
            Err(DiscoveryError::new(format!("failure {}", self.failures)))
        })
    }
}

/// A pool with such a source.
struct Followed {
    _pool: TestPool,
    fails: Arc<Mutex<Fails>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Followed {
    fn new() -> Followed {
        let (fails, pauses) = (Arc::new(Mutex::new(AT_ONCE)), Arc::default());
        let source = Failing { fails: Arc::clone(&fails), failed_at: None, pauses: Arc::clone(&pauses), failures: 0 };
        let pool = Pool::builder(Scripted::new()).discovery(Box::new(source)).build().expect("sound");
        Followed { _pool: pool, fails, pauses }
    }

    /// The pauses in the next five minutes, in which it fails so; without the first, before which it may have failed
    /// otherwise.
    async fn pauses(&self, fails: Fails) -> Vec<Duration> {
        *self.fails.lock().expect("no panic") = fails;
        self.pauses.lock().expect("no panic").clear();
        sleep(Duration::from_secs(300)).await;
        let pauses = std::mem::take(&mut *self.pauses.lock().expect("no panic"));
        // The timer of tokio rounds up to a millisecond.
        pauses.iter().skip(1).map(|pause| ms(pause.as_millis() as u64 / 10 * 10)).collect()
    }
}

/// 100 ms, and twice as long each time.
fn doubled() -> Vec<Duration> {
    (0..9).map(|times| ms(100 << times)).chain([Duration::from_secs(30); 3]).collect()
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_at_once_is_asked_more_and_more_slowly() {
    for anew in [false, true] {
        let pauses = Followed::new().pauses(Fails { anew, ..AT_ONCE }).await;
        assert_eq!(pauses[..12], doubled());
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_takes_its_time_to_fail_in_the_same_way_is_asked_more_and_more_slowly() {
    let pauses = Followed::new().pauses(Fails { after: ms(250), anew: false }).await;
    assert_eq!(pauses[pauses.len() - 3..], [Duration::from_secs(30); 3], "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_takes_its_time_to_fail_in_another_way_is_asked_again_soon() {
    let source = Followed::new();
    let pauses = source.pauses(Fails { after: ms(250), anew: true }).await;
    assert!(pauses.len() > 800 && pauses.iter().all(|pause| *pause == ms(100)), "{pauses:?}");
    source.pauses(AT_ONCE).await;
    let pauses = source.pauses(Fails { after: Duration::from_secs(31), anew: true }).await;
    assert_eq!(pauses[..5], [ms(100); 5], "and so is one that failed at once before");
}
