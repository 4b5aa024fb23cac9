//! What most cases need.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use clearpool_benches::backend::Backend;
use clearpool_benches::subject::{Setup, Subject};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

/// Milliseconds.
pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// How long an acquire may take.
pub(crate) const PATIENCE: Duration = ms(300);

/// How long a dial or a check may take, where that can be said.
pub(crate) const DIAL: Duration = ms(100);

/// After so long a pool must be itself again.
pub(crate) const HEALED: Duration = ms(2000);

/// A pool with all the time-outs that it has.
pub(crate) fn setup(backend: &'static Backend, size: usize) -> Setup {
    Setup { timeout: Some(PATIENCE), dial_timeout: Some(DIAL), ..Setup::new(backend, size) }
}

/// A runtime on this thread alone.
pub(crate) fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A runtime with two workers.
pub(crate) fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Holds so many leases at once, or as many as can be had meanwhile. An acquire that fails is
/// repeated.
pub(crate) async fn hold<S: Subject>(pool: &S, wanted: usize, within: Duration) -> Vec<S::Lease> {
    let (mut held, started) = (Vec::new(), Instant::now());
    while held.len() < wanted && started.elapsed() < within {
        match timeout(within, pool.acquire()).await {
            Ok(Ok(lease)) => held.push(lease),
            Ok(Err(_)) => sleep(ms(5)).await,
            Err(_) => break,
        }
    }
    held
}

/// Polls once.
pub(crate) fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What a future gives that does not wait.
///
/// # Panics
/// If it does.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("waits where it should not"),
    }
}

/// Lets background tasks run.
pub(crate) async fn settle() {
    sleep(ms(50)).await;
}
