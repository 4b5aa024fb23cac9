//! Code of others, kept from tearing the pool down: panics are caught, time is limited.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Calls code of the connector's or the observer's. `None`: it panicked.
///
/// What it was working on is given up by the caller then, so a broken state is seen by nobody.
#[inline]
pub(crate) fn calm<R>(call: impl FnOnce() -> R) -> Option<R> {
    // A panic's payload may panic when it is dropped.
    catch_unwind(AssertUnwindSafe(call)).map_err(std::mem::forget).ok()
}

/// How a future of the connector's ended.
pub(crate) enum Ended<T> {
    Done(T),
    Late,
    Panicked(Arc<str>),
}

/// Runs a future of the connector's under a deadline; it is dropped when that passes.
pub(crate) async fn guarded<F: Future>(within: Duration, future: F) -> Ended<F::Output> {
    let mut caught = Caught { future: Some(Box::pin(future)) };
    match tokio::time::timeout(within, &mut caught).await {
        Ok(Ok(output)) => Ended::Done(output),
        Ok(Err(panic)) => Ended::Panicked(message(panic)),
        Err(_) => Ended::Late,
    }
}

/// A future whose panics are caught, in its poll and in its drop.
struct Caught<F> {
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<F> Drop for Caught<F> {
    fn drop(&mut self) {
        let future = self.future.take();
        calm(|| drop(future));
    }
}

fn message(panic: Box<dyn Any + Send>) -> Arc<str> {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => Arc::from(*text),
        (None, Some(text)) => Arc::from(text.as_str()),
        (None, None) => Arc::from("a panic without a message"),
    };
    std::mem::forget(panic);
    text
}
