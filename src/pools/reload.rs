//! Changing live pools: by call, and what every reload has in common.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pool_core::catalog::{Attribute, Notice, SCOPE};

use super::{Pools, StartError};
use crate::config::Diagnostic;
use crate::telemetry::{Reloaded, Status};
use crate::{Config, ConfigError, Loader};

/// Why the configuration is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// Its file is another.
    File,
    /// A hang-up was signalled.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are no such signals"))]
    Signal,
    /// The program asked.
    Call,
}

impl Trigger {
    const fn as_str(self) -> &'static str {
        match self {
            Trigger::File => Attribute::FILE,
            Trigger::Signal => Attribute::SIGNAL,
            Trigger::Call => Attribute::CALL,
        }
    }
}

impl Pools {
    /// Makes the pools what another configuration says, and tells what was changed, a line each.
    ///
    /// Connections survive, and so does the state of policies that stay as they were; one that has other options
    /// takes over from the old one what it can. Pools that the configuration no longer has are closed, those that it
    /// has anew are started. The telemetry stays as it was started; that it is asked to be another is told. What is
    /// odd about the configuration is logged.
    ///
    /// Each reload is counted (`clearpool.config.reloads`) and told in the log, also one that is refused.
    ///
    /// # Errors
    /// If anything about it cannot be done; then nothing is changed.
    pub fn reload(&self, config: &Config) -> Result<Vec<String>, ReloadError> {
        self.reload_by(Trigger::Call, || self.become_as(config))
    }

    /// Reads a configuration file again, and makes the pools what it says, as [`Pools::reload`] does. Above it lie, as
    /// before, the environment of this process and what the configuration had that the pools were made from: its
    /// variables, and the values that the program set.
    ///
    /// # Errors
    /// If the file is wrong or asks for what cannot be done; then nothing is changed.
    pub fn reload_file(&self, path: impl AsRef<Path>) -> Result<Vec<String>, ReloadError> {
        self.reload_from(Trigger::Call, Loader::new(&self.inner.app).file(path))
    }

    pub(super) fn reload_from(&self, trigger: Trigger, loader: Loader<'_>) -> Result<Vec<String>, ReloadError> {
        let loader = loader.process_env().above_as_in(&self.inner.origin.lock().read_from);
        self.reload_by(trigger, || self.become_as(&loader.load().map_err(ReloadError::Config)?))
    }

    /// A reload under guard, counted and told.
    fn reload_by(
        &self,
        trigger: Trigger,
        reload: impl FnOnce() -> Result<Vec<String>, ReloadError>,
    ) -> Result<Vec<String>, ReloadError> {
        let outcome = catch_unwind(AssertUnwindSafe(reload)).unwrap_or_else(|panic| Err(panicked(panic)));
        let (result, status) = match &outcome {
            Err(_) => (Reloaded::Refused, Status::Refused),
            Ok(_) if self.inner.origin.lock().waits_for_restart() => (changed(&outcome), Status::RestartNeeded),
            Ok(_) => (changed(&outcome), Status::InForce),
        };
        self.inner.standing.reloaded(result, status);
        tell(trigger, result, &outcome);
        outcome
    }

    fn become_as(&self, config: &Config) -> Result<Vec<String>, ReloadError> {
        let mut members = self.inner.members.lock();
        let steps = self.steps(&members, config)?;
        let mut told = self.take(&mut members, steps);
        told.extend(self.inner.origin.lock().becomes(config));
        // Of pools that stay as they were, too: their values may stand in other lines now.
        for (name, member) in members.iter().filter(|(name, member)| config.pools.get(*name) == Some(&member.config)) {
            *member.explained.lock() = config.explain_pool(name);
        }
        Ok(told)
    }
}

fn changed(outcome: &Result<Vec<String>, ReloadError>) -> Reloaded {
    match outcome {
        Ok(changes) if changes.is_empty() => Reloaded::Unchanged,
        _ => Reloaded::Changed,
    }
}

/// The notices of the catalog; their levels and fields are written as the macro wants them, and held by a test.
fn tell(trigger: Trigger, result: Reloaded, outcome: &Result<Vec<String>, ReloadError>) {
    match outcome {
        Ok(changes) => tracing::event!(
            name: Notice::ConfigTaken.name(), target: SCOPE, tracing::Level::INFO,
            { pool.config.trigger = trigger.as_str(), pool.config.result = result.as_str(),
              pool.config.changes = changes.join("; ") },
            "the configuration was read again"
        ),
        Err(error) => tracing::event!(
            name: Notice::ConfigRefused.name(), target: SCOPE, tracing::Level::ERROR,
            { pool.config.trigger = trigger.as_str(), pool.error = %error },
            "the configuration is not taken, and the pools stay as they are"
        ),
    }
}

/// A plugin's code panicked while it was asked what it makes of its options.
fn panicked(panic: Box<dyn Any + Send>) -> ReloadError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
    // Dropping what it panicked with would run its code once more.
    std::mem::forget(panic);
    ReloadError::Panicked { message: message.unwrap_or_else(|| "without a message".to_owned()) }
}

/// A configuration that live pools cannot be changed to. Nothing was changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ReloadError {
    /// It makes no sense by itself.
    Config(ConfigError),
    /// A pool or a policy cannot be made.
    Start(StartError),
    /// Something in it cannot be changed while its pool lives.
    NeedsRestart {
        /// Each of them with its place, what can be changed, and what to do; never empty.
        diagnostics: Vec<Diagnostic>,
    },
    /// A plugin panicked while it was being made.
    Panicked {
        /// What it said.
        message: String,
    },
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReloadError::Config(ConfigError { diagnostics }) | ReloadError::NeedsRestart { diagnostics } => {
                diagnostics.iter().try_for_each(|diagnostic| writeln!(f, "{diagnostic}\n"))?;
                f.write_str("nothing was changed")
            }
            ReloadError::Start(error) => write!(f, "{error}; nothing was changed"),
            ReloadError::Panicked { message } => write!(
                f,
                "a plugin panicked while the configuration was read ({message}); this is a bug of the plugin, and its \
                 message with the place is in the output of the process; nothing was changed"
            ),
        }
    }
}

impl std::error::Error for ReloadError {}
