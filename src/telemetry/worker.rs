//! The telemetry's own thread and runtime: so that an application's runtime, of whatever flavour,
//! busy or gone, has no part in it.

use std::future::Future;
use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread with a runtime on it. Dropping it ends both; what it was doing is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    runtime: Handle,
    /// Dropped, it ends the thread.
    stop: Option<oneshot::Sender<()>>,
}

impl Worker {
    pub(crate) fn start() -> io::Result<Worker> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name("clearpool-telemetry".to_owned()).spawn(move || {
            // An error says that the worker is dropped, which is what is waited for.
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Worker { runtime: handle, stop: Some(stop) })
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(task));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}
