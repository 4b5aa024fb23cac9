//! Which endpoints are outliers, at the end of an interval.

use pool_core::Reason;

use crate::host::Host;
use crate::{FailureShare, SuccessRate};

pub(crate) const SUCCESS_RATE: Reason = Reason::new("success-rate");
pub(crate) const FAILURE_SHARE: Reason = Reason::new("failure-share");

/// Why this endpoint is an outlier among the others, if it is.
pub(crate) struct Verdict {
    /// Below this share of good leases, and with so many leases at least.
    floor: Option<(f64, u32)>,
    /// From this share of failed ones on, and with so many leases at least.
    ceiling: Option<(f64, u32)>,
}

impl Verdict {
    pub(crate) fn over<'a>(
        hosts: impl Iterator<Item = &'a Host> + Clone,
        success_rate: &SuccessRate,
        failure_share: &FailureShare,
    ) -> Verdict {
        let with = |least: u32| hosts.clone().filter(move |host| host.leases() >= least.max(1));
        let rates: Vec<f64> = with(success_rate.min_leases).map(Host::success_rate).collect();
        let enough = success_rate.factor > 0.0 && rates.len() >= success_rate.min_endpoints as usize;
        let floor = enough.then(|| (floor(&rates, success_rate.factor), success_rate.min_leases));
        let several = with(failure_share.min_leases).count() >= failure_share.min_endpoints as usize;
        let ceiling = failure_share.threshold > 0.0 && several;
        Verdict { floor, ceiling: ceiling.then_some((failure_share.threshold, failure_share.min_leases)) }
    }

    pub(crate) fn on(&self, host: &Host) -> Option<Reason> {
        let with = |least: u32| host.leases() >= least.max(1);
        if self.floor.is_some_and(|(floor, least)| with(least) && host.success_rate() < floor) {
            return Some(SUCCESS_RATE);
        }
        let failed = 1.0 - host.success_rate();
        self.ceiling.is_some_and(|(ceiling, least)| with(least) && failed >= ceiling).then_some(FAILURE_SHARE)
    }
}

/// The mean less so many standard deviations: those of the whole, and not of a sample, as in Envoy.
fn floor(rates: &[f64], factor: f64) -> f64 {
    let count = rates.len().max(1) as f64;
    let mean = rates.iter().sum::<f64>() / count;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / count;
    mean - factor * variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_mean_less_some_deviations() {
        // Mean 0.9, deviation 0.2.
        assert!((floor(&[1.0, 1.0, 1.0, 1.0, 0.5], 1.9) - 0.52).abs() < 1e-9);
        assert!((floor(&[0.7, 0.7], 1.9) - 0.7).abs() < 1e-9);
    }
}
