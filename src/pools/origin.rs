//! What the pools were made from, so that a change of it is seen as one.

use pool_core::catalog::SCOPE;

use crate::Config;
use crate::config::ReadFrom;
use crate::telemetry::TelemetryOptions;

/// What the pools were made from last.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) read_from: ReadFrom,
    /// The telemetry as it was started.
    started: TelemetryOptions,
    /// The telemetry that was asked for last.
    asked: TelemetryOptions,
}

impl Origin {
    pub(super) fn of(config: &Config) -> Origin {
        warn(config);
        Origin { read_from: config.read_from(), started: config.telemetry.clone(), asked: config.telemetry.clone() }
    }

    /// Whether the telemetry is asked to be another than was started.
    pub(super) fn waits_for_restart(&self) -> bool {
        self.asked != self.started
    }

    /// The pools are what another configuration says now. What is to be told of it besides.
    pub(super) fn becomes(&mut self, config: &Config) -> Option<String> {
        warn(config);
        self.read_from = config.read_from();
        if config.telemetry == self.asked {
            return None;
        }
        self.asked = config.telemetry.clone();
        Some(if self.waits_for_restart() {
            "telemetry: what was changed takes effect at the next start, not before".to_owned()
        } else {
            "telemetry: as it is again".to_owned()
        })
    }
}

/// What is odd about a configuration and taken all the same is for its log.
fn warn(config: &Config) {
    for warning in &config.warnings {
        tracing::warn!(target: SCOPE, "{warning}");
    }
}
