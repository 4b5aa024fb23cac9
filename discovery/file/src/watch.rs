//! The file, looked at again and again.

use std::error::Error;
use std::time::Duration;

use pool_core::{Discovery, DiscoveryError, DiscoveryFuture, Endpoint, OptionError};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{FileOptions, format};

/// A file of endpoints that is watched.
///
/// Needs a tokio runtime with time. Nothing is read before the first call of
/// [`Discovery::next`], which gives what the file holds then; a later call ends when the file holds
/// another set. An error is given once for each different mistake; after it, a set is given as soon
/// as there is a good one, even if it is the last one again, so that whoever listens knows it is over.
#[derive(Debug)]
pub struct FileDiscovery {
    options: FileOptions,
    told: Told,
    looked: Option<Instant>,
}

/// What was given last.
#[derive(Debug)]
enum Told {
    Nothing,
    Set(Vec<Endpoint>),
    Mistake(String),
}

impl FileDiscovery {
    /// A source with these options.
    ///
    /// # Errors
    /// If an option makes no sense. Whether the file is there is seen only when it is read.
    pub fn new(options: FileOptions) -> Result<FileDiscovery, OptionError> {
        options.check()?;
        Ok(FileDiscovery { options, told: Told::Nothing, looked: None })
    }

    /// What the file holds when that is news. All that is remembered is written between the last
    /// `await` and the return, so a dropped call loses nothing.
    async fn changed(&mut self) -> Result<Vec<Endpoint>, DiscoveryError> {
        loop {
            if let Some(looked) = self.looked {
                match looked.checked_add(self.options.interval.get()) {
                    Some(again) => sleep_until(again).await,
                    None => std::future::pending().await,
                }
            }
            let mut found = self.read().await;
            if self.looked.is_some() && self.is_news(&found) {
                // It may just be being written: an editor empties a file before it fills it.
                sleep(SETTLE).await;
                found = self.read().await;
            }
            self.looked = Some(Instant::now());
            if self.is_news(&found) {
                self.told = match &found {
                    Ok(set) => Told::Set(set.clone()),
                    Err(error) => Told::Mistake(whole(error)),
                };
                return found;
            }
        }
    }

    async fn read(&self) -> Result<Vec<Endpoint>, DiscoveryError> {
        let path = &self.options.path;
        let content = tokio::fs::read(path).await.map_err(|error| {
            let message = format!("cannot read the endpoints from {}", path.display());
            DiscoveryError::new(message).because(error)
        })?;
        format::parse(path, &content)
    }

    fn is_news(&self, found: &Result<Vec<Endpoint>, DiscoveryError>) -> bool {
        match (&self.told, found) {
            (Told::Set(last), Ok(set)) => last != set,
            (Told::Mistake(last), Err(error)) => *last != whole(error),
            _ => true,
        }
    }
}

/// A mistake with its cause, by which one is told from another.
fn whole(error: &DiscoveryError) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl Discovery for FileDiscovery {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(self.changed())
    }
}

/// How long a change must stand before it counts.
const SETTLE: Duration = Duration::from_millis(50);
