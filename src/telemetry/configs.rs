//! The configurations that pools were made from: how their reloads fared, and whether they are in force.

use std::sync::Arc;

use parking_lot::Mutex;
use pool_core::catalog::{Attribute, Metric, Sample, Value};

/// What came of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reloaded {
    Changed,
    Unchanged,
    Refused,
}

impl Reloaded {
    const ALL: [Reloaded; 3] = [Reloaded::Changed, Reloaded::Unchanged, Reloaded::Refused];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Reloaded::Changed => Attribute::CHANGED,
            Reloaded::Unchanged => Attribute::UNCHANGED,
            Reloaded::Refused => Attribute::REFUSED,
        }
    }
}

/// Whether what was last asked for is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    InForce,
    RestartNeeded,
    Refused,
}

impl Status {
    const ALL: [Status; 3] = [Status::InForce, Status::RestartNeeded, Status::Refused];

    const fn as_str(self) -> &'static str {
        match self {
            Status::InForce => Attribute::IN_FORCE,
            Status::RestartNeeded => Attribute::RESTART_NEEDED,
            Status::Refused => Attribute::REFUSED,
        }
    }
}

/// All configurations that pools were made from.
#[derive(Debug, Default)]
pub(crate) struct Configs(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Whether there ever was one: if not, there is nothing to tell.
    any: bool,
    reloads: [u64; Reloaded::ALL.len()],
    statuses: [u64; Status::ALL.len()],
}

impl Configs {
    /// Counts one more configuration, in force, until what is returned is dropped.
    pub(crate) fn begin(self: &Arc<Configs>) -> Standing {
        let mut counts = self.0.lock();
        counts.any = true;
        counts.statuses[Status::InForce as usize] += 1;
        Standing { configs: Arc::clone(self), status: Mutex::new(Status::InForce) }
    }

    /// What there is to tell of one metric.
    pub(crate) fn samples_of(&self, metric: Metric) -> Vec<Sample<'static>> {
        let counts = self.0.lock();
        let sample =
            |attribute, word: &'static str, value| Sample { metric, labels: vec![(attribute, word.into())], value };
        let reloads = Reloaded::ALL.iter().map(|of| (of.as_str(), counts.reloads[*of as usize]));
        let statuses = Status::ALL.iter().map(|of| (of.as_str(), counts.statuses[*of as usize]));
        match metric {
            _ if !counts.any => Vec::new(),
            Metric::Reloads => {
                reloads.map(|(word, count)| sample(Attribute::ConfigResult, word, Value::Count(count))).collect()
            }
            Metric::ConfigStatus => statuses
                .map(|(word, count)| sample(Attribute::ConfigStatus, word, Value::Gauge(count as f64)))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// How one configuration stands.
#[derive(Debug)]
pub(crate) struct Standing {
    configs: Arc<Configs>,
    status: Mutex<Status>,
}

impl Standing {
    /// A reload ended, and this is how it stands from now on.
    pub(crate) fn reloaded(&self, result: Reloaded, status: Status) {
        let mut own = self.status.lock();
        let mut counts = self.configs.0.lock();
        counts.reloads[result as usize] += 1;
        counts.statuses[*own as usize] -= 1;
        counts.statuses[status as usize] += 1;
        *own = status;
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.configs.0.lock().statuses[*self.status.get_mut() as usize] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(configs: &Configs, metric: Metric) -> Vec<(String, f64)> {
        let samples = configs.samples_of(metric).into_iter();
        let value = |value| match value {
            Value::Count(count) => count as f64,
            Value::Gauge(gauge) => gauge,
            Value::Times(_) => f64::NAN,
        };
        samples.map(|sample| (sample.labels[0].1.to_string(), value(sample.value))).collect()
    }

    fn statuses(configs: &Configs) -> Vec<(String, f64)> {
        told(configs, Metric::ConfigStatus).into_iter().filter(|(_, count)| *count > 0.0).collect()
    }

    #[test]
    fn each_configuration_has_one_status_as_long_as_it_is_there() {
        let configs = Arc::<Configs>::default();
        assert!(told(&configs, Metric::ConfigStatus).is_empty(), "pools that were made in code have none");
        let (first, second) = (configs.begin(), configs.begin());
        assert_eq!(statuses(&configs), [("in-force".to_owned(), 2.0)]);
        first.reloaded(Reloaded::Refused, Status::Refused);
        assert_eq!(statuses(&configs), [("in-force".to_owned(), 1.0), ("refused".to_owned(), 1.0)]);
        first.reloaded(Reloaded::Changed, Status::RestartNeeded);
        drop(second);
        assert_eq!(statuses(&configs), [("restart-needed".to_owned(), 1.0)]);
        let reloads = told(&configs, Metric::Reloads);
        assert_eq!(reloads, [("changed", 1.0), ("unchanged", 0.0), ("refused", 1.0)].map(|(of, n)| (of.to_owned(), n)));
    }
}
