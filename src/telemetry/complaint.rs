//! Says in the log that the collector takes nothing, without filling the log with it.

use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::catalog::SCOPE;
use tokio::time::Instant;

use super::health::Signal;
use super::otlp::Target;

/// How often the same trouble is told again.
const AGAIN: Duration = Duration::from_secs(60);

/// Says what goes wrong with one signal: at the first failure, then once a minute, then that it is over.
#[derive(Debug)]
pub(crate) struct Complaint {
    signal: Signal,
    url: String,
    trouble: Mutex<Option<Trouble>>,
}

#[derive(Debug)]
struct Trouble {
    failures: u64,
    told: Instant,
}

impl Complaint {
    pub(crate) fn new(signal: Signal, target: &Target) -> Complaint {
        Complaint { signal, url: target.url(), trouble: Mutex::new(None) }
    }

    /// An export ended, with this failure if it failed. Needs tokio's clock.
    pub(crate) fn hear(&self, failure: Option<&impl fmt::Display>) {
        let mut trouble = self.trouble.lock();
        match (failure, trouble.as_mut()) {
            (None, None) => {}
            (None, Some(over)) => {
                let (signal, url, failures) = (self.signal.as_str(), &self.url, over.failures);
                tracing::info!(target: SCOPE, "the collector takes {signal} again at {url}; {failures} exports failed");
                *trouble = None;
            }
            (Some(failure), None) => {
                self.tell(failure, 1);
                *trouble = Some(Trouble { failures: 1, told: Instant::now() });
            }
            (Some(failure), Some(again)) => {
                again.failures += 1;
                if again.told.elapsed() >= AGAIN {
                    again.told = Instant::now();
                    self.tell(failure, again.failures);
                }
            }
        }
    }

    fn tell(&self, failure: &impl fmt::Display, failures: u64) {
        let (signal, url) = (self.signal.as_str(), &self.url);
        tracing::warn!(
            target: SCOPE,
            "{signal} were not delivered to the collector at {url}: {failure} ({failures} in a row); the pools go on"
        );
    }
}
