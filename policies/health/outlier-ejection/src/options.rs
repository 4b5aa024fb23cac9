//! What makes an outlier, and for how long it rests.

use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `outlier-ejection`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OutlierEjectionOptions {
    /// How often the endpoints are compared; longer than zero. Default 10 s.
    pub interval: HumanDuration,
    /// After so many failed leases in a row an endpoint is ejected at once; 0: never for that. Default 5.
    pub consecutive_failures: u32,
    /// Whether a dial that fails counts as a failed lease in a row, and one that succeeds breaks no row. Default no:
    /// dials back off by themselves.
    pub dials: bool,
    /// Ejects whose share of good leases is far below the mean.
    pub success_rate: SuccessRate,
    /// Ejects whose share of failed leases is too high.
    pub failure_share: FailureShare,
    /// How long an endpoint rests when it is ejected for the first time; twice as long for the second time, and so on;
    /// longer than zero. Default 30 s.
    pub rest: HumanDuration,
    /// The longest rest; at least `rest`. Default 5 minutes.
    pub max_rest: HumanDuration,
    /// The largest share of the endpoints that rests, from 0 to 1; one may always rest. Default 0.1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_resting: f64,
    /// If a smaller share of the endpoints than this would serve, all serve; from 0 (never) to 1. Default 0.5.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub panic_threshold: f64,
    /// How an endpoint that rested takes its share again.
    pub slow_start: SlowStart,
}

/// Ejects an endpoint whose share of good leases is below the mean of all less `factor` standard deviations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SuccessRate {
    /// So many standard deviations below the mean; 0: never for that. Default 1.9.
    #[schemars(range(min = 0.0))]
    pub factor: f64,
    /// So many endpoints must have had `min_leases`. Default 5.
    pub min_endpoints: u32,
    /// So many leases must have ended at an endpoint in the interval. Default 100.
    pub min_leases: u32,
}

/// Ejects an endpoint whose share of failed leases is at or above `threshold`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FailureShare {
    /// The share from which on it is too high, from 0 to 1; 0: never for that. Default 0.85.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub threshold: f64,
    /// So many endpoints must have had `min_leases`. Default 5.
    pub min_endpoints: u32,
    /// So many leases must have ended at an endpoint in the interval. Default 50.
    pub min_leases: u32,
}

/// How an endpoint that rested takes its share again: `max(min_share, (time / window) ^ (1 / aggression))` of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SlowStart {
    /// For so long it takes less than its share; zero: it takes all at once. Default 10 s.
    pub window: HumanDuration,
    /// The share of its share that it begins with, above 0 and at most 1. Default 0.1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_share: f64,
    /// Above 1 it grows fast at first, below 1 slowly; above 0. Default 1: evenly.
    #[schemars(range(min = 0.0))]
    pub aggression: f64,
}

impl Default for OutlierEjectionOptions {
    fn default() -> OutlierEjectionOptions {
        OutlierEjectionOptions {
            interval: HumanDuration::from_secs(10),
            consecutive_failures: 5,
            dials: false,
            success_rate: SuccessRate::default(),
            failure_share: FailureShare::default(),
            rest: HumanDuration::from_secs(30),
            max_rest: HumanDuration::from_secs(300),
            max_resting: 0.1,
            panic_threshold: 0.5,
            slow_start: SlowStart::default(),
        }
    }
}

impl Default for SuccessRate {
    fn default() -> SuccessRate {
        SuccessRate { factor: 1.9, min_endpoints: 5, min_leases: 100 }
    }
}

impl Default for FailureShare {
    fn default() -> FailureShare {
        FailureShare { threshold: 0.85, min_endpoints: 5, min_leases: 50 }
    }
}

impl Default for SlowStart {
    fn default() -> SlowStart {
        SlowStart { window: HumanDuration::from_secs(10), min_share: 0.1, aggression: 1.0 }
    }
}

impl OutlierEjectionOptions {
    /// # Errors
    /// If they make no sense; the path names the key.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let unless = |sound: bool, key: &str, allowed: &str| {
            if sound { Ok(()) } else { Err(OptionError::new(key, format!("must be {allowed}"))) }
        };
        let lasts = |time: &HumanDuration| !time.get().is_zero() && !time.is_never();
        let SlowStart { window, min_share, aggression } = &self.slow_start;
        unless(lasts(&self.interval), "interval", "longer than zero and not `never`, for example \"10s\"")?;
        unless(lasts(&self.rest), "rest", "longer than zero and not `never`, for example \"30s\"")?;
        self.check_max_rest()?;
        unless(is_share(self.max_resting), "max_resting", "a share from 0 to 1")?;
        unless(is_share(self.panic_threshold), "panic_threshold", "a share from 0 to 1")?;
        let factor = self.success_rate.factor;
        unless(factor >= 0.0 && factor.is_finite(), "success_rate.factor", "a number from 0 on")?;
        unless(is_share(self.failure_share.threshold), "failure_share.threshold", "a share from 0 to 1")?;
        unless(!window.is_never(), "slow_start.window", "a time, not `never`")?;
        unless(*min_share > 0.0 && is_share(*min_share), "slow_start.min_share", "above 0 and at most 1")?;
        unless(*aggression > 0.0 && aggression.is_finite(), "slow_start.aggression", "a number above 0")
    }

    /// Says what it is too: it may be the default that is shorter than `rest`.
    fn check_max_rest(&self) -> Result<(), OptionError> {
        let OutlierEjectionOptions { rest, max_rest, .. } = self;
        if max_rest >= rest && !max_rest.is_never() {
            return Ok(());
        }
        // As many times a rest as by default.
        let example = HumanDuration::from(rest.saturating_mul(10));
        let said = format!(
            "`max_rest` is {max_rest} (default {}); it must be at least as long as `rest`, which is {rest}, and not \
             `never`, for example \"{example}\"",
            OutlierEjectionOptions::default().max_rest
        );
        Err(OptionError::new("max_rest", said))
    }
}
