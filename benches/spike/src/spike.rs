//! One spike on one pool.

use std::future::Future;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use crate::far::Far;

/// So many come at once.
pub const CALLERS: usize = 50;

/// The most connections.
pub const SIZE: usize = 50;

/// So many are idle when they come.
pub const IDLE: usize = 5;

/// How long a dial takes.
pub const DIAL: Duration = Duration::from_millis(150);

/// How long a caller holds what it got.
pub const WORK: Duration = Duration::from_millis(2);

/// Between what made the connections ready and the spike: what is paced has long been at rest.
const BEFORE: Duration = Duration::from_millis(100);

/// Dials that nobody waits for any more end within so long.
const AFTER: Duration = Duration::from_millis(20);

/// A pool under test. Clones are handles to the same pool.
pub trait Subject: Clone + Send + Sync + 'static {
    /// A connection on loan.
    type Lease: Send + 'static;

    /// A connection on loan.
    fn acquire(&self) -> impl Future<Output = Self::Lease> + Send;
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// From when the first asked until the last had given back.
    pub served: Duration,
    /// Dials begun.
    pub dials: u64,
    /// Connections closed, when all dials were done.
    pub closed: u64,
}

/// Runs it. Its idle connections are there.
pub async fn run<S: Subject>(subject: &S, far: &Far) -> Outcome {
    ready_threads().await;
    sleep(BEFORE).await;
    far.slow_down();
    let (begun, closed) = (far.begun(), far.closed());
    let started = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let subject = subject.clone();
        callers.spawn(async move {
            let lease = subject.acquire().await;
            let lease = spawn_blocking(move || {
                thread::sleep(WORK);
                lease
            });
            drop(lease.await.expect("a sleep does not panic"));
            Instant::now()
        });
    }
    let ended = callers.join_all().await.into_iter().max();
    let served = ended.map_or(Duration::ZERO, |ended| ended.duration_since(started));
    sleep(DIAL.saturating_sub(served) + AFTER).await;
    Outcome { served, dials: far.begun() - begun, closed: far.closed() - closed }
}

/// The threads on which work sleeps are there before they are needed.
async fn ready_threads() {
    let mut threads = JoinSet::new();
    for _ in 0..CALLERS {
        threads.spawn_blocking(|| thread::sleep(WORK));
    }
    threads.join_all().await;
}
