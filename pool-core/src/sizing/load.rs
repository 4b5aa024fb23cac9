//! The load of a window, and what it needs.

use std::time::Duration;

use super::meter::BIN;
use super::replay::Replay;
use super::{LATE, Sizing};
use crate::Histogram;

/// Below this there is no advice: the hundredth of 200 is two.
const LEAST_LEASES: u64 = 200;
const LEAST_BINS: usize = 200;
/// Above this the replay would take too long.
const MOST_LEASES: f64 = 10_000.0;

/// The load of the last minute or two: who asked when, and for how long leases were held. Made by
/// [`Machine::load`](crate::Machine::load), to be weighed when the lock is open again.
#[derive(Debug, Clone)]
pub struct Load {
    /// How many asked in each bin of time, the oldest first.
    pub(super) bins: Vec<u32>,
    /// Whether they come in clumps within a bin: the squared coefficient of variation of their gaps.
    pub(super) clumping: f64,
    pub(super) holds: Histogram,
    /// How long dials took, in all.
    pub(super) dialed: Duration,
    /// How many leases a connection can serve at once.
    pub(crate) capacity: u32,
    pub(crate) target: Option<Duration>,
}

impl Load {
    /// The size that this load needs; `None` if it is too little to go by: fewer than 200 leases or
    /// less than 10 seconds. Plays the load again through pools of other sizes, which takes a few
    /// milliseconds; not for under a lock.
    pub fn weigh(&self) -> Option<Sizing> {
        let samples = self.holds.count();
        if samples < LEAST_LEASES || self.arrivals() < LEAST_LEASES || self.bins.len() < LEAST_BINS {
            return None;
        }
        let on_average = self.leases_on_average();
        let floor = whole(on_average).max(1);
        let target = self.target.filter(|_| on_average <= MOST_LEASES);
        let for_wait = target.map(|target| Replay::of(self).least(floor, target, LATE));
        Some(Sizing {
            window: self.window(),
            samples,
            arrival_rate: self.arrival_rate(),
            mean_hold: self.mean_hold(),
            needed_on_average: whole(on_average / f64::from(self.capacity) + self.dialing()).max(1),
            needed_for_wait: for_wait.map(|leases| leases.div_ceil(self.capacity) + self.dialing().round() as u32),
            wait_target: self.target,
        })
    }

    pub(super) fn arrivals(&self) -> u64 {
        self.bins.iter().map(|&count| u64::from(count)).sum()
    }

    fn window(&self) -> Duration {
        Duration::from_nanos(self.bins.len() as u64 * BIN)
    }

    pub(super) fn arrival_rate(&self) -> f64 {
        self.arrivals() as f64 / self.window().as_secs_f64()
    }

    pub(super) fn mean_hold(&self) -> Duration {
        self.holds.sum().div_f64(self.holds.count().max(1) as f64)
    }

    /// Little's law: what is there on average is what comes, times how long it stays.
    fn leases_on_average(&self) -> f64 {
        self.arrival_rate() * self.mean_hold().as_secs_f64()
    }

    /// The places that dials take on average, by the same law.
    fn dialing(&self) -> f64 {
        self.dialed.as_secs_f64() / self.window().as_secs_f64()
    }
}

/// Rounded up, but for what the measuring itself is off.
fn whole(connections: f64) -> u32 {
    (connections * 0.999).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One every 10 ms for 20 seconds, each for 95 ms: 9.5 leases on average.
    fn steady() -> Load {
        let mut holds = Histogram::default();
        (0..2000).for_each(|_| holds.record(Duration::from_millis(95)));
        let target = Some(Duration::from_millis(5));
        Load { bins: vec![5; 400], clumping: 0.0, holds, dialed: Duration::ZERO, capacity: 1, target }
    }

    fn needed(load: &Load) -> (u32, Option<u32>) {
        let sizing = load.weigh().expect("enough to go by");
        (sizing.needed_on_average, sizing.needed_for_wait)
    }

    #[test]
    fn shares_count_as_leases_and_dials_take_places() {
        assert_eq!(needed(&steady()), (10, Some(10)));
        assert_eq!(needed(&Load { capacity: 4, ..steady() }), (3, Some(3)));
        // A dial of 200 ms in every tenth of a second: two places are dials, on average.
        let dialed = Duration::from_millis(200) * 200;
        assert_eq!(needed(&Load { dialed, ..steady() }), (12, Some(12)));
        assert_eq!(needed(&Load { target: None, ..steady() }), (10, None));
    }

    #[test]
    fn too_little_gives_no_advice() {
        assert_eq!(Load { bins: vec![5; 199], ..steady() }.weigh(), None, "less than ten seconds");
        assert_eq!(Load { bins: vec![0; 400], ..steady() }.weigh(), None, "nobody asked");
        let mut holds = Histogram::default();
        (0..199).for_each(|_| holds.record(Duration::from_millis(95)));
        assert_eq!(Load { holds, ..steady() }.weigh(), None, "fewer than 200 leases");
    }

    #[test]
    fn a_load_beyond_all_measure_is_not_played() {
        let mut holds = Histogram::default();
        (0..300).for_each(|_| holds.record(Duration::from_secs(4000)));
        let load = Load { bins: vec![40; 2048], holds, ..steady() };
        let sizing = load.weigh().expect("enough to go by");
        assert!(sizing.needed_on_average > 1_000_000, "{sizing:?}");
        assert_eq!(sizing.needed_for_wait, None);
    }
}
