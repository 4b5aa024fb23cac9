//! Measuring the load: who asks when, at nearly no cost to those who ask.
//!
//! Callers are counted in bins, from counters that are kept anyway; only the first few of a bin are
//! looked at one by one, to see whether they come in clumps. Bins lie on a fixed grid, and one is
//! closed by the first caller after it: a pool that nobody asks does nothing.

use std::collections::VecDeque;
use std::time::Duration;

use super::Load;
use crate::{Histogram, Time};

/// How long a bin is, in nanoseconds.
pub(crate) const BIN: u64 = 50_000_000;
/// So many bins are kept: 102 seconds.
const BINS: usize = 2048;
/// After so many bins there is another mark.
const STAGE: u64 = 1024;
/// So many callers of a bin are looked at.
const RUN: usize = 33;
/// What a bin counts for against the one before it, when it is said how clumped callers come: the
/// memory is of half a minute under steady load.
const FADE: f64 = 1.0 - 1.0 / 512.0;

/// What is counted over all endpoints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    /// How long leases were held.
    pub(crate) holds: Histogram,
    /// How long dials took, in all.
    pub(crate) dialed: Duration,
}

/// The load, as it comes.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The number of the bin that is open.
    bin: u64,
    /// How many had asked before it.
    before: u64,
    /// How many asked in each bin before it.
    counts: VecDeque<u32>,
    /// When the first in the open bin asked, in nanoseconds.
    run: Vec<u64>,
    clumps: Clumps,
    /// What had been counted when the window began, and half a window later. The first is given up
    /// when the second is old enough.
    marks: [Mark; 2],
}

#[derive(Debug, Clone)]
struct Mark {
    bin: u64,
    totals: Totals,
}

/// Whether callers come in clumps within a bin.
#[derive(Debug, Default)]
struct Clumps {
    sum: f64,
    weight: f64,
}

impl Meter {
    /// Measuring begins now.
    pub(crate) fn new(arrivals: u64, totals: Totals, now: Time) -> Meter {
        let bin = now.as_nanos() / BIN;
        let mark = Mark { bin, totals };
        Meter {
            bin,
            before: arrivals,
            counts: VecDeque::new(),
            run: Vec::with_capacity(RUN),
            clumps: Clumps::default(),
            marks: [mark.clone(), mark],
        }
    }

    /// Whether a caller of now is the first after the open bin: then [`Meter::close_bin`] comes first.
    pub(crate) fn is_over(&self, now: Time) -> bool {
        now.as_nanos() / BIN > self.bin
    }

    /// Closes the open bin and opens that of now. `arrivals`: how many asked until now.
    pub(crate) fn close_bin(&mut self, arrivals: u64, totals: impl FnOnce() -> Totals, now: Time) {
        let bin = now.as_nanos() / BIN;
        let count = self.count(arrivals);
        self.clumps.add(&self.run, u64::from(count));
        self.counts.push_back(count);
        let empty = usize::try_from(bin - self.bin - 1).unwrap_or(BINS).min(BINS);
        self.counts.extend(std::iter::repeat_n(0, empty));
        self.counts.drain(..self.counts.len().saturating_sub(BINS));
        (self.bin, self.before) = (bin, arrivals);
        self.run.clear();
        if bin - self.marks[1].bin >= STAGE {
            let mark = Mark { bin, totals: totals() };
            let older = std::mem::replace(&mut self.marks[1], mark);
            // After a long rest there is nothing left of the load before it.
            self.marks[0] = if bin - older.bin > BINS as u64 { self.marks[1].clone() } else { older };
        }
    }

    /// Looks at a caller of the open bin. Says from when on the next is to be looked at.
    pub(crate) fn look(&mut self, now: Time) -> Time {
        self.run.push(now.as_nanos());
        if self.run.len() < RUN { Time::ZERO } else { Time::from_nanos((self.bin + 1) * BIN) }
    }

    fn count(&self, arrivals: u64) -> u32 {
        u32::try_from(arrivals.saturating_sub(self.before)).unwrap_or(u32::MAX)
    }

    /// The load of the window that ends now.
    pub(crate) fn load(&self, arrivals: u64, totals: &Totals, now: Time) -> Load {
        let end = now.as_nanos() / BIN;
        let mut bins = self.counts.clone();
        if end > self.bin {
            bins.push_back(self.count(arrivals));
            let empty = usize::try_from(end - self.bin - 1).unwrap_or(BINS).min(BINS);
            bins.extend(std::iter::repeat_n(0, empty));
        }
        let since = &self.marks[0];
        let window = usize::try_from(end.saturating_sub(since.bin)).unwrap_or(BINS).min(BINS);
        bins.drain(..bins.len().saturating_sub(window));
        Load {
            bins: bins.into(),
            clumping: self.clumps.value(),
            holds: totals.holds.since(&since.totals.holds),
            dialed: totals.dialed.saturating_sub(since.totals.dialed),
            capacity: 1,
            target: None,
        }
    }
}

impl Clumps {
    /// The callers of one bin: `run` are the first of them, `count` are all.
    fn add(&mut self, run: &[u64], count: u64) {
        let Some(variation) = variation(run, count) else { return };
        let weight = run.len() as f64;
        self.sum = self.sum * FADE + weight * variation;
        self.weight = self.weight * FADE + weight;
    }

    /// The squared coefficient of variation of the gaps within a bin; 1, as of callers that know
    /// nothing of one another, while it is not known.
    fn value(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 1.0 }
    }
}

/// The squared coefficient of variation of the gaps between the callers of one bin, by Greenwood's
/// statistic: as if the bin were a circle where all were looked at, along their way where only the
/// first were. Corrected for small numbers, so that it is 1 on average for callers who come by chance;
/// it is 0 for those who come at equal distances.
fn variation(run: &[u64], count: u64) -> Option<f64> {
    let (first, last) = (*run.first()?, *run.last()?);
    let mut squares: f64 = run.windows(2).map(|pair| (pair[1].saturating_sub(pair[0]) as f64).powi(2)).sum();
    let mut whole = last.saturating_sub(first) as f64;
    let mut gaps = run.len() as f64 - 1.0;
    if run.len() < RUN || count <= RUN as u64 {
        let rest = BIN.saturating_sub(last.saturating_sub(first)) as f64;
        squares += rest.powi(2);
        whole += rest;
        gaps += 1.0;
    }
    if gaps < 2.0 {
        return None;
    }
    // All in one moment: the greatest that so many can show.
    let evenness = if whole > 0.0 { squares / (whole * whole) } else { 1.0 };
    Some(((gaps * evenness - 1.0) * (gaps + 1.0) / (gaps - 1.0)).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    fn measured(times: impl Iterator<Item = u64>) -> f64 {
        let mut meter = Meter::new(0, Totals::default(), Time::ZERO);
        for (arrivals, at) in times.enumerate() {
            let now = Time::from_nanos(at);
            if meter.is_over(now) {
                meter.close_bin(arrivals as u64, Totals::default, now);
            }
            if meter.run.len() < RUN {
                meter.look(now);
            }
        }
        meter.clumps.value()
    }

    #[test]
    fn callers_at_equal_distances_by_chance_and_in_clumps_are_told_apart() {
        for gap in [1_000_000, 5_000_000] {
            assert!(measured((0..5000).map(|n| n * gap)) < 0.1, "every {gap} ns");
            let mut random = Random::with_seed(7);
            let mut at = 0.0;
            let by_chance = std::iter::repeat_with(move || {
                at -= (1.0 - random.unit()).ln() * gap as f64;
                at as u64
            });
            let value = measured(by_chance.take(5000));
            assert!((0.85..1.15).contains(&value), "by chance every {gap} ns: {value}");
            let value = measured((0..5000).map(|n| n / 5 * gap * 5));
            assert!((3.0..8.0).contains(&value), "five at a time every {gap} ns: {value}");
        }
    }

    #[test]
    fn a_load_has_the_bins_of_its_window_and_no_others() {
        let mut meter = Meter::new(0, Totals::default(), Time::ZERO);
        for second in 0..200 {
            let now = Time::from_nanos(second * 20 * BIN);
            if meter.is_over(now) {
                meter.close_bin(second, Totals::default, now);
            }
            meter.look(now);
        }
        let load = meter.load(200, &Totals::default(), Time::from_nanos(200 * 20 * BIN));
        assert!(load.bins.len() > STAGE as usize && load.bins.len() <= BINS, "{}", load.bins.len());
        assert_eq!(load.bins.iter().sum::<u32>() as usize, load.bins.len().div_ceil(20));
        let rested = meter.load(200, &Totals::default(), Time::from_nanos(20_000 * BIN));
        assert_eq!(rested.bins, vec![0; BINS], "nobody asked since");
    }
}
