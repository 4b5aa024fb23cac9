//! Options that parse and make no sense all the same.

use std::fmt;

use super::{DialBy, DialErrors, PoolOptions};

/// An option that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionError {
    /// The key, from the pool's table on: `["limits", "max_open"]`.
    pub path: Vec<String>,
    /// What is wrong, what is allowed, what to do.
    pub message: String,
}

impl OptionError {
    /// An error at a key, given as `limits.max_open`.
    pub fn new(path: &str, message: impl Into<String>) -> OptionError {
        OptionError { path: path.split('.').map(str::to_owned).collect(), message: message.into() }
    }

    /// The same error in a table that stands under this key.
    #[must_use]
    pub fn below(mut self, key: &str) -> OptionError {
        self.path.insert(0, key.to_owned());
        self
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.join("."), self.message)
    }
}

impl std::error::Error for OptionError {}

impl PoolOptions {
    /// Everything about these options that makes no sense; empty if all is well.
    pub fn mistakes(&self) -> Vec<OptionError> {
        let mut found = Vec::new();
        self.check_limits(&mut found);
        self.check_dials(&mut found);
        self.check_upkeep(&mut found);
        found
    }

    fn check_limits(&self, found: &mut Vec<OptionError>) {
        let limits = &self.limits;
        let mut say = |key: &str, message: String| found.push(OptionError::new(&format!("limits.{key}"), message));
        if limits.max_open == 0 {
            say("max_open", "a pool of 0 connections can serve nobody; at least 1".into());
        } else if limits.max_open > MOST && limits.max_open != u32::MAX {
            say(
                "max_open",
                format!("{} is more than a pool can hold; at most {MOST}, or \"unlimited\"", limits.max_open),
            );
        }
        if limits.max_leases == Some(0) {
            say("max_leases", "a pool of 0 leases can serve nobody; at least 1".into());
        }
        if limits.max_open_per_endpoint == Some(0) {
            say("max_open_per_endpoint", "0 connections per endpoint can serve nobody; at least 1".into());
        }
        if limits.max_open > 0 && limits.min_idle > limits.max_open {
            say(
                "min_idle",
                format!("{} idle connections do not fit under max_open = {}", limits.min_idle, limits.max_open),
            );
        }
        if let Some(max_idle) = limits.max_idle
            && limits.min_idle > max_idle
            && limits.min_idle <= limits.max_open
        {
            say(
                "min_idle",
                format!(
                    "{} is above max_idle = {max_idle}: what is dialed ahead would be closed again",
                    limits.min_idle
                ),
            );
        }
    }

    fn check_dials(&self, found: &mut Vec<OptionError>) {
        let dial = &self.dial;
        let mut say = |key: &str, message: String| found.push(OptionError::new(&format!("dial.{key}"), message));
        if dial.timeout.is_zero() {
            say("timeout", "a dial that may take no time cannot succeed; for example \"5s\"".into());
        }
        if dial.max_concurrent == 0 {
            say("max_concurrent", "without dials there are no connections; at least 1".into());
        }
        if dial.attempts == 0 {
            say("attempts", "a dial that is not tried cannot succeed; at least 1".into());
        }
        for (key, value) in [("probe_every", dial.probe_every), ("fill_every", dial.fill_every)] {
            if value < MIN_BACKOFF.into() {
                say(key, format!("{value} is too often to be of use; at least \"10ms\""));
            }
        }
        if dial.backoff_min.is_zero() && dial.errors == DialErrors::Retry {
            say(
                "backoff_min",
                "without a pause a dead endpoint would be dialed in a storm; at least \"10ms\", or `errors = \"caller\"`, \
                 by which each failed dial costs its caller an error"
                    .into(),
            );
        }
        if dial.by != DialBy::Pool && dial.errors == DialErrors::Retry {
            say("errors", "a dial that is a caller's fails with it; \"caller\" or \"all\"".into());
        }
        if dial.by != DialBy::Pool && !dial.elide {
            say("elide", "a caller's own dials are as many as callers; leave it out".into());
        }
        if dial.by == DialBy::Pool && !dial.detached {
            say(
                "detached",
                "dials of the pool's are nobody's to give up; with by = \"caller\" or \"opener\" only".into(),
            );
        }
        if !dial.backoff_min.is_zero() && dial.backoff_min < MIN_BACKOFF.into() {
            say(
                "backoff_min",
                format!("{} would let a dead endpoint be dialed in a storm; at least \"10ms\"", dial.backoff_min),
            );
        }
        if dial.backoff_max < dial.backoff_min {
            say("backoff_max", format!("{} is below backoff_min = {}", dial.backoff_max, dial.backoff_min));
        }
        if dial.breaker_failures == 0 {
            say("breaker_failures", "a breaker that opens before the first failure never closes; at least 1".into());
        }
    }

    fn check_upkeep(&self, found: &mut Vec<OptionError>) {
        let upkeep = &self.upkeep;
        for (key, value) in [
            ("check_timeout", upkeep.check_timeout),
            ("reset_timeout", upkeep.reset_timeout),
            ("close_timeout", upkeep.close_timeout),
        ] {
            if value.is_zero() {
                found.push(OptionError::new(
                    &format!("upkeep.{key}"),
                    "no time at all would close every connection; for example \"1s\"",
                ));
            }
        }
    }
}

/// More connections than any process can have.
const MOST: u32 = 1 << 24;

const MIN_BACKOFF: std::time::Duration = std::time::Duration::from_millis(10);
