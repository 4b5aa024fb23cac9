//! The tasks that drive a connection.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::rt::Executor;
use tokio::task::AbortHandle;

/// Runs the tasks of a connection, and can cut it off: then its socket is gone, and whatever is under way on it fails.
///
/// hyper's HTTP/1.1 has one task, its HTTP/2 one for the socket, which it starts first of all in its handshake, one
/// for the requests, and a short one for each of them, which ends by itself with the socket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runner(Arc<Mutex<Vec<AbortHandle>>>);

/// The two that last as long as the connection.
const LASTING: usize = 2;

impl Runner {
    /// Drives a connection to its end.
    pub(crate) fn drive(&self, driver: impl Future<Output = hyper::Result<()>> + Send + 'static) {
        // How it ended, whoever uses it is told; that it ended, the wire tells.
        self.execute(async move { drop(driver.await) });
    }

    pub(crate) fn cut(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.abort();
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Runner {
    fn execute(&self, task: F) {
        let handle = tokio::spawn(task).abort_handle();
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() < LASTING {
            tasks.push(handle);
        }
    }
}
