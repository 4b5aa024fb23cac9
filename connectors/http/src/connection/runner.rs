//! The tasks that drive a connection.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::Abortable;
use hyper::rt::Executor;
use tokio::task::AbortHandle;

use crate::body::Begun;

/// Runs the tasks of a connection, and can cut it off: then its socket is gone, and whatever is under way on it fails.
///
/// hyper's HTTP/1.1 has one task, its HTTP/2 one for the socket, which it starts first of all in its handshake, one
/// for the requests, and a short one for each of them, which ends by itself with the socket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runner {
    tasks: Arc<Mutex<Vec<AbortHandle>>>,
    gate: Arc<Gate>,
    begun: Begun,
}

/// Keeps a request from being handed over while who would take it up goes.
///
/// hyper hands requests to its task through a channel of tokio's. As the task's end of it is dropped, what is in there is
/// given back; but not what a sender is about to put there just then, having found the channel open a moment ago. That
/// lies there for as long as the connection has a handle, and its caller waits for ever.
type Gate = RwLock<()>;

/// The two that last as long as the connection.
const LASTING: usize = 2;

impl Runner {
    /// Drives a connection to its end.
    pub(crate) fn drive(&self, driver: impl Future<Output = hyper::Result<()>> + Send + 'static) {
        let driver: Driver = Box::pin(driver);
        self.execute(Driven { driver: Some(driver), gate: Arc::clone(&self.gate) });
    }

    /// Hands a request over.
    pub(crate) fn hand_over<T>(&self, call: impl FnOnce() -> T) -> T {
        let _open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        call()
    }

    /// Where word is left of the bodies that are begun to be sent.
    pub(crate) fn begun(&self) -> &Begun {
        &self.begun
    }

    pub(crate) fn cut(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.abort();
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Runner {
    fn execute(&self, task: F) {
        let started = match self.begun.take() {
            Some(end) => tokio::spawn(Abortable::new(task, end).map(drop)),
            None => tokio::spawn(task),
        };
        let handle = started.abort_handle();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() < LASTING {
            tasks.push(handle);
        }
    }
}

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A connection that is driven; it goes with the gate closed.
struct Driven {
    driver: Option<Driver>,
    gate: Arc<Gate>,
}

impl Future for Driven {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // How it ended, whoever uses it is told; that it ended, the wire tells.
        match self.driver.as_mut().map(|driver| driver.as_mut().poll(cx)) {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(_)) | None => {
                self.stop();
                Poll::Ready(())
            }
        }
    }
}

impl Driven {
    fn stop(&mut self) {
        let _closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.driver = None;
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.stop();
    }
}
