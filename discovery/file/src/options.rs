//! What the source can be told.

use std::path::PathBuf;
use std::time::Duration;

use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the file is, and how often it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileOptions {
    /// The file. One whose name ends in `.toml` is read as TOML, any other line by line.
    pub path: PathBuf,
    /// The time from one look at it to the next; at least 10 ms. Default 1 s.
    #[serde(default = "every_second")]
    pub interval: HumanDuration,
}

fn every_second() -> HumanDuration {
    HumanDuration::from_secs(1)
}

impl FileOptions {
    /// A file that is looked at every second.
    pub fn new(path: impl Into<PathBuf>) -> FileOptions {
        FileOptions { path: path.into(), interval: every_second() }
    }

    /// The same with another time from one look to the next.
    #[must_use]
    pub fn interval(self, interval: impl Into<HumanDuration>) -> FileOptions {
        FileOptions { interval: interval.into(), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.path.as_os_str().is_empty() {
            return Err(OptionError::new("path", "the path of a file is wanted, for example \"endpoints.toml\""));
        }
        if *self.interval < SHORTEST {
            let message = format!("{} would keep the disk busy; at least \"10ms\"", self.interval);
            return Err(OptionError::new("interval", message));
        }
        Ok(())
    }
}

const SHORTEST: Duration = Duration::from_millis(10);
