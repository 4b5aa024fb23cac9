//! What the pools did in the last minutes: a sample of each, every few seconds.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use pool_core::catalog::{TIME_BOUNDS, Times};
use pool_core::{Counters, EndpointSnapshot, Histogram, Protocol, RefusalKind, Snapshot, State};

use super::spread::Spread;
use crate::telemetry::hub::PoolReading;

/// How far apart samples are.
pub(super) const STEP: Duration = Duration::from_secs(5);
/// So many are kept: five minutes.
const STEPS: usize = 60;
/// What is told of the last minute needs more detail than what lies before.
const MINUTE: Duration = Duration::from_secs(60);
const DETAILED: usize = 13;

/// What the pools did in the last minutes.
#[derive(Debug, Default)]
pub(super) struct History {
    pools: Mutex<BTreeMap<Arc<str>, Kept>>,
}

/// One pool.
#[derive(Debug)]
struct Kept {
    /// Another pool of the same name has another start.
    started: SystemTime,
    last: Snapshot,
    steps: VecDeque<Step>,
}

/// What a pool did between two samples.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The pool's uptime at its end.
    pub(super) ended: Duration,
    pub(super) took: Duration,
    /// At its end.
    pub(super) states: [u32; State::ALL.len()],
    pub(super) max_open: u32,
    pub(super) pending: u32,
    /// What was counted meanwhile.
    pub(super) acquired: u64,
    pub(super) refused: Vec<(RefusalKind, u64)>,
    pub(super) faults: u64,
    pub(super) wait: Column,
    pub(super) usage: Column,
    /// Only of the last minute.
    detail: Option<Detail>,
}

/// Durations of one step.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// By classic bucket, those of [`TIME_BOUNDS`] and one above.
    pub(super) counts: Vec<u64>,
    pub(super) p50: Option<Duration>,
    pub(super) p99: Option<Duration>,
}

#[derive(Debug, Clone, Default)]
struct Detail {
    wait: Spread,
    usage: Spread,
    endpoints: Vec<(String, Deeds)>,
}

/// What was done at one endpoint.
#[derive(Debug, Clone, Default)]
pub(super) struct Deeds {
    pub(super) acquired: u64,
    pub(super) dials: u64,
    pub(super) dial_failures: u64,
    pub(super) wait: Spread,
    pub(super) usage: Spread,
}

/// The last minute, or as much of it as there is.
#[derive(Debug, Default)]
pub(super) struct Minute {
    pub(super) took: Duration,
    pub(super) acquired: u64,
    pub(super) refused: BTreeMap<RefusalKind, u64>,
    pub(super) faults: u64,
    pub(super) wait: Spread,
    pub(super) usage: Spread,
    pub(super) endpoints: BTreeMap<String, Deeds>,
}

impl History {
    /// Takes a sample of all pools; those that are not among them are forgotten.
    pub(super) fn sample(&self, readings: &[PoolReading]) {
        let mut pools = self.pools.lock();
        pools.retain(|name, _| readings.iter().any(|pool| pool.reading.pool() == &**name));
        for pool in readings {
            let (name, snapshot) = (pool.reading.pool(), pool.reading.snapshot());
            match pools.get_mut(name).filter(|kept| kept.started == pool.started) {
                Some(kept) => kept.take(snapshot),
                None => drop(pools.insert(Arc::from(name), Kept::new(pool.started, snapshot))),
            }
        }
    }

    /// What a pool did until this reading, the oldest step first; the last one is still going on.
    pub(super) fn of(&self, pool: &PoolReading) -> Vec<Step> {
        let (name, snapshot) = (pool.reading.pool(), pool.reading.snapshot());
        let pools = self.pools.lock();
        match pools.get(name).filter(|kept| kept.started == pool.started) {
            Some(kept) => kept.steps.iter().cloned().chain([Step::between(&kept.last, snapshot)]).collect(),
            None => Kept::new(pool.started, snapshot).steps.into(),
        }
    }
}

impl Kept {
    /// A pool that was not seen before. If it is new, all that it did so far is its first step.
    fn new(started: SystemTime, snapshot: &Snapshot) -> Kept {
        let is_new = snapshot.uptime <= STEP * 2;
        let before = if is_new { unborn(snapshot) } else { snapshot.clone() };
        Kept { started, last: snapshot.clone(), steps: VecDeque::from([Step::between(&before, snapshot)]) }
    }

    fn take(&mut self, snapshot: &Snapshot) {
        self.steps.push_back(Step::between(&self.last, snapshot));
        self.last = snapshot.clone();
        while self.steps.len() > STEPS {
            self.steps.pop_front();
        }
        for old in self.steps.iter_mut().rev().skip(DETAILED) {
            old.detail = None;
        }
    }
}

/// The same pool before anything happened in it.
fn unborn(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        protocol: Protocol::NONE,
        uptime: Duration::ZERO,
        refusals: Vec::new(),
        faults: Vec::new(),
        endpoints: Vec::new(),
        gone: Default::default(),
        ..snapshot.clone()
    }
}

impl Step {
    fn between(before: &Snapshot, after: &Snapshot) -> Step {
        let refused = after.refusals.iter().map(|(kind, count)| (*kind, count.saturating_sub(before.refused(*kind))));
        let faults = |snapshot: &Snapshot| snapshot.faults.iter().map(|faults| faults.count).sum::<u64>();
        let (then, now) = (before.timings(), after.timings());
        let acquired = after.counters().acquired.saturating_sub(before.counters().acquired);
        let waits = now.wait.since(&then.wait);
        let at_once = acquired.saturating_sub(waits.count());
        let usage = now.usage.since(&then.usage);
        let (wait_spread, usage_spread) = (Spread::of(&waits, at_once), Spread::of(&usage, 0));
        Step {
            ended: after.uptime,
            took: after.uptime.saturating_sub(before.uptime),
            states: after.states,
            max_open: after.max_open,
            pending: after.pending,
            acquired,
            refused: refused.filter(|(_, count)| *count > 0).collect(),
            faults: faults(after).saturating_sub(faults(before)),
            wait: Column::of(waits, at_once, &wait_spread),
            usage: Column::of(usage, 0, &usage_spread),
            detail: Some(Detail {
                wait: wait_spread,
                usage: usage_spread,
                endpoints: after.endpoints.iter().map(|endpoint| deeds(before, endpoint)).collect(),
            }),
        }
    }
}

impl Column {
    fn of(histogram: Histogram, zeros: u64, spread: &Spread) -> Column {
        let times = Times { histogram: Cow::Owned(histogram), zeros };
        Column { counts: times.classic(TIME_BOUNDS), p50: spread.quantile(0.5), p99: spread.quantile(0.99) }
    }
}

fn deeds(before: &Snapshot, after: &EndpointSnapshot) -> (String, Deeds) {
    let name = after.endpoint.name();
    let earlier = before.endpoints.iter().find(|endpoint| endpoint.endpoint.name() == name);
    let nothing = (Counters::default(), pool_core::Timings::default());
    let (then, timed) = earlier.map_or((&nothing.0, &nothing.1), |earlier| (&earlier.counters, &earlier.timings));
    let acquired = after.counters.acquired.saturating_sub(then.acquired);
    let waits = after.timings.wait.since(&timed.wait);
    let deeds = Deeds {
        acquired,
        dials: after.counters.dials.saturating_sub(then.dials),
        dial_failures: after.counters.dial_failures.saturating_sub(then.dial_failures),
        wait: Spread::of(&waits, acquired.saturating_sub(waits.count())),
        usage: Spread::of(&after.timings.usage.since(&timed.usage), 0),
    };
    (name.to_owned(), deeds)
}

impl Minute {
    /// What the last steps come to.
    pub(super) fn of(steps: &[Step]) -> Minute {
        let mut sum = Minute::default();
        for step in steps.iter().rev() {
            let Some(detail) = step.detail.as_ref().filter(|_| sum.took < MINUTE) else { break };
            sum.took += step.took;
            sum.acquired += step.acquired;
            sum.faults += step.faults;
            step.refused.iter().for_each(|(kind, count)| *sum.refused.entry(*kind).or_default() += count);
            sum.wait.absorb(&detail.wait);
            sum.usage.absorb(&detail.usage);
            for (name, deeds) in &detail.endpoints {
                sum.endpoints.entry(name.clone()).or_default().absorb(deeds);
            }
        }
        sum
    }

    /// Leases a second.
    pub(super) fn rate(&self) -> f64 {
        if self.took.is_zero() { 0.0 } else { self.acquired as f64 / self.took.as_secs_f64() }
    }
}

impl Deeds {
    fn absorb(&mut self, other: &Deeds) {
        self.acquired += other.acquired;
        self.dials += other.dials;
        self.dial_failures += other.dial_failures;
        self.wait.absorb(&other.wait);
        self.usage.absorb(&other.usage);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pool_core::catalog::Reading;
    use pool_core::{Endpoint, Lifecycle, PolicyKinds, Timings};

    use super::*;

    /// A pool that grants ten leases a second and has waits of a millisecond.
    fn after(seconds: u64, started: SystemTime) -> PoolReading {
        let (mut counters, mut timings) = (Counters::default(), Timings::default());
        counters.acquired = seconds * 10;
        (0..seconds * 10).for_each(|_| timings.wait.record(Duration::from_millis(1)));
        let endpoint = EndpointSnapshot {
            endpoint: Arc::new(Endpoint::new("a:1")),
            active: true,
            healthy: true,
            broken: false,
            resting: false,
            failures: 0,
            states: [0; State::ALL.len()],
            leases: 0,
            counters,
            timings,
            closes: Vec::new(),
        };
        let snapshot = Snapshot {
            protocol: Protocol::NONE,
            uptime: Duration::from_secs(seconds),
            lifecycle: Lifecycle::Open,
            states: [0; State::ALL.len()],
            max_open: 10,
            max_idle: 10,
            min_idle: 0,
            wait_timeout: None,
            generation: 0,
            reconfigurations: 0,
            decisions: Vec::new(),
            sizing: None,
            leases: 0,
            pending: 0,
            oldest_wait: None,
            oldest_lease: None,
            refusals: Vec::new(),
            cancelled: 0,
            closes: Vec::new(),
            faults: Vec::new(),
            overdue: 0,
            policies: PolicyKinds {
                acquire: "a",
                release: "r",
                evict: Vec::new(),
                balance: "b",
                health: None,
                queue: None,
            },
            endpoints: vec![endpoint],
            nuances: Default::default(),
            gone: Default::default(),
        };
        PoolReading { reading: Reading::new("orders", snapshot), started }
    }

    #[test]
    fn five_minutes_are_kept_and_a_minute_in_detail() {
        let (history, began) = (History::default(), SystemTime::UNIX_EPOCH);
        (1..=200).for_each(|step| history.sample(&[after(step * 5, began)]));
        let steps = history.of(&after(1002, began));
        assert_eq!(steps.len(), STEPS + 1, "and the one that goes on");
        assert_eq!((steps[0].ended, steps[STEPS].took), (Duration::from_secs(705), Duration::from_secs(2)));
        assert_eq!((steps[0].acquired, steps[STEPS].acquired), (50, 20));
        assert_eq!(steps.iter().filter(|step| step.detail.is_some()).count(), DETAILED + 1);
        let minute = Minute::of(&steps);
        assert_eq!((minute.took, minute.acquired), (Duration::from_secs(62), 620));
        assert_eq!((minute.rate(), minute.endpoints["a:1"].acquired), (10.0, 620));
        assert_eq!(minute.wait.count(), 620);
    }

    #[test]
    fn another_pool_of_the_name_begins_anew_and_one_that_is_gone_is_forgotten() {
        let (history, began) = (History::default(), SystemTime::UNIX_EPOCH);
        (1..=10).for_each(|step| history.sample(&[after(step * 5, began)]));
        let later = began + Duration::from_secs(60);
        assert_eq!(Minute::of(&history.of(&after(3, later))).acquired, 30, "all that it did is new");
        history.sample(&[after(3, later)]);
        assert_eq!(Minute::of(&history.of(&after(4, later))).acquired, 40);
        history.sample(&[]);
        assert!(history.pools.lock().is_empty());
    }
}
