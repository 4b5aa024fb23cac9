//! Histograms of durations in base-2 exponential buckets.

use std::time::Duration;

/// Durations counted in base-2 exponential buckets, eight to a doubling.
///
/// Bucket `i` holds durations in `(2^(i/8), 2^((i+1)/8)]` nanoseconds, the buckets of scale 3 of
/// OpenTelemetry's exponential histograms and of schema 3 of Prometheus' native ones; classic
/// buckets are sums of them. From 1 ns to about 73 minutes; what is longer goes into the last.
/// A quantile read from it is at most 9 % too high, never too low; count and sum are exact.
#[derive(Debug, Clone, Default)]
#[repr(C)]
pub struct Histogram {
    sum_nanos: u64,
    max_nanos: u64,
    /// Empty until something is counted: most endpoints of a large set never are.
    counts: Vec<u64>,
}

/// `2^(k/8)` for `k` in 1..8, as 64-bit fixed point with the highest bit standing for 1. Exactly one
/// of them lies in each eighth from 1 to 2 but the last, where this one is never reached.
const STEPS: [u64; 8] = [
    10_058_158_527_438_640_871,
    10_968_499_650_544_839_024,
    11_961_233_684_655_323_371,
    13_043_817_825_332_782_213,
    14_224_384_202_002_324_190,
    15_511_800_964_685_064_949,
    16_915_738_899_553_466_671,
    u64::MAX,
];

impl Histogram {
    /// Buckets to a doubling, as a power of two: the *scale* of the exponential histogram.
    pub const SCALE: u32 = 3;
    /// How many buckets there are.
    pub const BUCKETS: usize = 42 << Histogram::SCALE;

    /// Counts one duration.
    #[inline]
    pub fn record(&mut self, took: Duration) {
        self.record_nanos(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The same, in nanoseconds: for the hot path, where a `Duration` costs a division.
    #[inline(always)]
    pub(crate) fn record_nanos(&mut self, nanos: u64) {
        if self.counts.is_empty() {
            self.grow();
        }
        self.counts[bucket_of(nanos)] += 1;
        self.sum_nanos = self.sum_nanos.saturating_add(nanos);
        self.max_nanos = self.max_nanos.max(nanos);
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all durations, exactly.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos)
    }

    /// The longest duration, exactly.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max_nanos)
    }

    /// The counts, one for each bucket.
    pub fn buckets(&self) -> &[u64] {
        if self.counts.is_empty() { &NOTHING } else { &self.counts }
    }

    #[cold]
    fn grow(&mut self) {
        self.counts = vec![0; Histogram::BUCKETS];
    }

    /// The upper bound of a bucket, inclusive, in nanoseconds.
    pub fn upper_bound(bucket: usize) -> f64 {
        f64::exp2((bucket + 1) as f64 / f64::from(1 << Histogram::SCALE))
    }

    /// The duration that a share `q` (0 to 1) of all does not exceed; `None` if there are none.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let all = self.count();
        if all == 0 {
            return None;
        }
        let rank = ((all as f64 * q.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                let nanos = (Histogram::upper_bound(bucket) as u64).min(self.max_nanos);
                return Some(Duration::from_nanos(nanos));
            }
        }
        Some(self.max())
    }

    /// How many durations are at most `bound`, counting whole buckets: those whose upper bound
    /// does not exceed it.
    pub fn count_up_to(&self, bound: Duration) -> u64 {
        let nanos = bound.as_nanos() as f64;
        self.counts
            .iter()
            .enumerate()
            .take_while(|(bucket, _)| Histogram::upper_bound(*bucket) <= nanos * (1.0 + 1e-9))
            .map(|(_, count)| count)
            .sum()
    }

    /// Adds another's counts.
    pub fn absorb(&mut self, other: &Histogram) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
        } else {
            for (mine, theirs) in self.counts.iter_mut().zip(other.counts.iter()) {
                *mine += theirs;
            }
        }
        self.sum_nanos = self.sum_nanos.saturating_add(other.sum_nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
    }

    /// What was counted since `earlier`, a copy of this histogram taken before. The longest
    /// duration stays that of the whole.
    #[must_use]
    pub fn since(&self, earlier: &Histogram) -> Histogram {
        let mut diff = self.clone();
        for (mine, theirs) in diff.counts.iter_mut().zip(earlier.counts.iter()) {
            *mine = mine.saturating_sub(*theirs);
        }
        diff.sum_nanos = diff.sum_nanos.saturating_sub(earlier.sum_nanos);
        diff
    }
}

static NOTHING: [u64; Histogram::BUCKETS] = [0; Histogram::BUCKETS];

/// The bucket whose bounds `(lower, upper]` hold this many nanoseconds. Zero counts as one.
#[inline(always)]
fn bucket_of(nanos: u64) -> usize {
    let nanos = nanos.max(1);
    let octave = 63 - nanos.leading_zeros();
    let mantissa = nanos << nanos.leading_zeros();
    let eighth = (mantissa >> 60) as usize & 7;
    let step = eighth as u32 + u32::from(mantissa >= STEPS[eighth]);
    // Upper bounds are inclusive: a power of two belongs to the bucket that it ends.
    let bucket = ((octave << Histogram::SCALE) + step).saturating_sub(u32::from(nanos.is_power_of_two()));
    (bucket as usize).min(Histogram::BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_within_the_bounds_of_its_bucket() {
        let mut values: Vec<u64> = (1..5000).collect();
        values.extend((12..42).flat_map(|k| [(1 << k) - 1, 1 << k, (1 << k) + 1]));
        for nanos in values {
            let bucket = bucket_of(nanos);
            let lower = if bucket == 0 { 0.0 } else { Histogram::upper_bound(bucket - 1) };
            let upper = Histogram::upper_bound(bucket);
            let value = nanos as f64;
            assert!(lower < value && value <= upper, "{nanos} in ({lower}, {upper}]");
        }
    }

    #[test]
    fn quantiles_are_never_too_low_and_at_most_a_bucket_too_high() {
        let mut histogram = Histogram::default();
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        for (q, exact) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let read = histogram.quantile(q).expect("not empty").as_nanos() as f64 / 1000.0;
            assert!(read >= exact * 0.999 && read <= exact * 1.091, "q{q}: {read} for {exact}");
        }
        assert_eq!(histogram.count(), 1000);
        assert_eq!(histogram.sum(), Duration::from_micros(500_500));
        assert_eq!(histogram.max(), Duration::from_millis(1));
    }

    #[test]
    fn extremes_are_counted_too() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::ZERO);
        histogram.record(Duration::MAX);
        assert_eq!(histogram.count(), 2);
        assert_eq!(histogram.buckets()[0], 1);
        assert_eq!(histogram.buckets()[Histogram::BUCKETS - 1], 1);
    }
}
