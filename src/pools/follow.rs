//! Following a configuration file: what is written there, the pools become.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinHandle;

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
    task: JoinHandle<()>,
}

impl Pools {
    /// Follows a configuration file: each time that it is another than the pools were made from, it
    /// is read again, as [`Pools::reload_file`] does, and the pools become what it says. A mistake is
    /// logged and changes nothing. `told` hears what came of each change.
    ///
    /// # Panics
    /// Outside a tokio runtime, with tokio's own message.
    pub fn follow(&self, path: impl AsRef<Path>, told: impl FnMut(&Told) + Send + 'static) -> Follower {
        let path = path.as_ref().to_owned();
        Follower { task: tokio::spawn(follow(self.clone(), path, told)) }
    }

    /// Reads a configuration file again, and makes the pools what it says. Above it lie, as before,
    /// the environment of this process and what the configuration had that the pools were made from:
    /// its variables, and the values that the program set.
    ///
    /// # Errors
    /// If the file is wrong or asks for what cannot be done; then nothing is changed.
    pub fn reload_file(&self, path: impl AsRef<Path>) -> Result<Vec<String>, ReloadError> {
        self.reload_from(Loader::new(&self.inner.app).file(path))
    }

    fn reload_from(&self, loader: Loader<'_>) -> Result<Vec<String>, ReloadError> {
        let loader = loader.process_env().above_as_in(&self.inner.origin.lock().read_from);
        self.reload(&loader.load().map_err(ReloadError::Config)?)
    }
}

async fn follow(pools: Pools, path: PathBuf, mut told: impl FnMut(&Told)) {
    let made_from = pools.inner.origin.lock().read_from.text.clone().map(String::into_bytes);
    let mut known = match made_from {
        Some(text) => Some(text),
        None => read(&path).await,
    };
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        let now = read(&path).await;
        if now == known {
            continue;
        }
        let now = settled(&path, now).await;
        if now == known {
            continue;
        }
        let loader = Loader::new(&pools.inner.app);
        let loader = match &now {
            Some(content) => loader.content(&path, content.clone()),
            None => loader.file(&path),
        };
        let outcome = match pools.reload_from(loader) {
            Ok(changes) => Told::Changed(changes),
            Err(error) => Told::Refused(error),
        };
        known = now;
        log(&path, &outcome);
        told(&outcome);
    }
}

/// The contents when they stay as they are.
async fn settled(path: &Path, mut now: Option<Vec<u8>>) -> Option<Vec<u8>> {
    loop {
        tokio::time::sleep(SETTLE).await;
        let next = read(path).await;
        if next == now {
            return now;
        }
        now = next;
    }
}

/// The contents, and not the time of the last write: editors that replace a file and clocks that
/// step make that tell little. A file that is gone counts as a change, which is then refused.
async fn read(path: &Path) -> Option<Vec<u8>> {
    tokio::fs::read(path).await.ok()
}

fn log(path: &Path, told: &Told) {
    match told {
        Told::Changed(changes) if changes.is_empty() => {}
        Told::Changed(changes) => {
            for change in changes {
                tracing::info!(target: pool_core::catalog::SCOPE, "{}: {change}", path.display());
            }
        }
        Told::Refused(error) => {
            tracing::error!(target: pool_core::catalog::SCOPE, "{} is not taken:\n{error}", path.display());
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}
