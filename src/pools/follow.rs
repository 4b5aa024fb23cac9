//! Following a configuration file: what is written there, the pools become.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pool_core::catalog::SCOPE;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::reload::Trigger;
use super::{Pools, ReloadError};
use crate::Loader;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// How long a change must stand before it counts: a file that is half written can be a good one, of
/// fewer pools.
const SETTLE: Duration = Duration::from_millis(100);

/// What came of a change of the file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Told {
    /// The pools are what it says now: what was changed, a line each.
    Changed(Vec<String>),
    /// It cannot be done, and nothing was changed.
    Refused(ReloadError),
}

/// Follows a file until it is dropped.
#[derive(Debug)]
#[must_use = "the file is followed as long as this is held"]
pub struct Follower {
    asked: UnboundedSender<Trigger>,
    tasks: Vec<JoinHandle<()>>,
}

impl Pools {
    /// Follows a configuration file: each time that it is another than the pools were made from, it
    /// is read again, as [`Pools::reload_file`] does, and the pools become what it says. A mistake is
    /// logged and changes nothing. `told` hears what came of each change.
    ///
    /// What counts is what is read under this name, looked at twice a second: a file that is replaced, a link that
    /// leads elsewhere (as Kubernetes does it), one that is gone and comes back. A change counts once it has stood for
    /// a tenth of a second, so that a file is not taken while it is written.
    ///
    /// # Panics
    /// Outside a tokio runtime, with tokio's own message.
    pub fn follow(&self, path: impl AsRef<Path>, told: impl FnMut(&Told) + Send + 'static) -> Follower {
        let (asked, requests) = unbounded_channel();
        let follow = Follow { pools: self.clone(), path: path.as_ref().to_owned(), told, known: None };
        Follower { asked, tasks: vec![tokio::spawn(follow.run(requests))] }
    }
}

impl Follower {
    /// Reads the file now, and does not wait until a change has stood for a while. `told` hears what came of it, also
    /// if nothing was changed. For a signal handler of the application's own, or a button.
    pub fn look(&self) {
        self.ask(Trigger::Call);
    }

    fn ask(&self, trigger: Trigger) {
        // The other end is there as long as this one, unless the runtime is gone.
        let _ = self.asked.send(trigger);
    }
}

#[cfg(unix)]
impl Follower {
    /// Reads the file now each time that the process is sent SIGHUP, too, as [`Follower::look`] does.
    ///
    /// From now on, and until the process ends, a SIGHUP does not end it any more.
    ///
    /// # Errors
    /// If the system does not let the signal be heard.
    ///
    /// # Panics
    /// Outside a tokio runtime, with tokio's own message.
    pub fn on_hangup(mut self) -> std::io::Result<Follower> {
        let mut hangups = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
        let asked = self.asked.clone();
        self.tasks.push(tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                let _ = asked.send(Trigger::Signal);
            }
        }));
        Ok(self)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

struct Follow<T> {
    pools: Pools,
    path: PathBuf,
    told: T,
    /// What was last read and taken or refused.
    known: Option<Vec<u8>>,
}

impl<T: FnMut(&Told)> Follow<T> {
    async fn run(mut self, mut requests: UnboundedReceiver<Trigger>) {
        let made_from = self.pools.inner.origin.lock().read_from.text.clone().map(String::into_bytes);
        self.known = match made_from {
            Some(text) => Some(text),
            None => read(&self.path).await,
        };
        let mut every = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                _ = every.tick() => self.look(&mut requests).await,
                Some(trigger) = requests.recv() => self.look_now(trigger).await,
            }
        }
    }

    /// Reads the file again if it is another, as soon as it stays as it is. Who asks meanwhile does not wait for that.
    async fn look(&mut self, requests: &mut UnboundedReceiver<Trigger>) {
        let mut now = read(&self.path).await;
        while now != self.known {
            tokio::select! {
                () = tokio::time::sleep(SETTLE) => {}
                Some(trigger) = requests.recv() => return self.look_now(trigger).await,
            }
            let next = read(&self.path).await;
            if next == now {
                return self.take(Trigger::File, now);
            }
            now = next;
        }
    }

    async fn look_now(&mut self, trigger: Trigger) {
        let now = read(&self.path).await;
        self.take(trigger, now);
    }

    fn take(&mut self, trigger: Trigger, now: Option<Vec<u8>>) {
        let loader = Loader::new(&self.pools.inner.app);
        let loader = match &now {
            Some(content) => loader.content(&self.path, content.clone()),
            None => loader.file(&self.path),
        };
        let outcome = match self.pools.reload_from(trigger, loader) {
            Ok(changes) => Told::Changed(changes),
            Err(error) => Told::Refused(error),
        };
        self.known = now;
        // Whoever hears it may fail: the file is followed on.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.told)(&outcome))) {
            std::mem::forget(panic);
            tracing::error!(target: SCOPE, "who was told what came of a reload panicked; the file is followed on");
        }
    }
}

/// The contents, and not the time of the last write: editors that replace a file, links that are turned and clocks
/// that step make that tell little. A file that is gone counts as a change, which is then refused.
async fn read(path: &Path) -> Option<Vec<u8>> {
    tokio::fs::read(path).await.ok()
}
