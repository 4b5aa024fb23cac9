//! How durations are spread, kept small: most of a histogram's buckets are empty.

use std::time::Duration;

use pool_core::Histogram;

/// Durations counted in the buckets of a [`Histogram`], the empty ones left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    /// Durations of no time at all.
    zeros: u64,
    /// Bucket and count, in the order of the buckets.
    counts: Vec<(u16, u64)>,
}

impl Spread {
    /// What a histogram has, and as many zeros.
    pub(crate) fn of(histogram: &Histogram, zeros: u64) -> Spread {
        let counts = (0..).zip(histogram.buckets().iter().copied()).filter(|(_, count)| *count > 0).collect();
        Spread { zeros, counts }
    }

    /// How many durations there are.
    pub(crate) fn count(&self) -> u64 {
        self.zeros + self.counts.iter().map(|(_, count)| count).sum::<u64>()
    }

    /// Adds another's counts.
    pub(crate) fn absorb(&mut self, other: &Spread) {
        self.zeros += other.zeros;
        for &(bucket, count) in &other.counts {
            match self.counts.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
                Ok(at) => self.counts[at].1 += count,
                Err(at) => self.counts.insert(at, (bucket, count)),
            }
        }
    }

    /// The duration that a share `q` (0 to 1) of all does not exceed, at most 9 % too high; `None`
    /// if there are none.
    pub(crate) fn quantile(&self, q: f64) -> Option<Duration> {
        let all = self.count();
        if all == 0 {
            return None;
        }
        let rank = ((all as f64 * q).ceil() as u64).clamp(1, all);
        let mut seen = self.zeros;
        if seen >= rank {
            return Some(Duration::ZERO);
        }
        let bucket = self.counts.iter().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        bucket.map(|(bucket, _)| Duration::from_nanos(Histogram::upper_bound(usize::from(*bucket)) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(micros: impl Iterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        micros.for_each(|micros| histogram.record(Duration::from_micros(micros)));
        histogram
    }

    #[test]
    fn quantiles_of_a_sum_are_those_of_one_histogram_with_all() {
        let mut sum = Spread::of(&histogram(1..400), 0);
        sum.absorb(&Spread::of(&histogram(400..1000), 0));
        let whole = histogram(1..1000);
        assert_eq!(sum, Spread::of(&whole, 0));
        for q in [0.01, 0.5, 0.9] {
            assert_eq!(sum.quantile(q), whole.quantile(q), "q{q}");
        }
    }

    #[test]
    fn those_that_took_no_time_count_too() {
        let spread = Spread::of(&histogram(1000..1010), 90);
        assert_eq!(spread.count(), 100);
        assert_eq!(spread.quantile(0.9), Some(Duration::ZERO));
        assert!(spread.quantile(0.91).expect("not empty") >= Duration::from_millis(1));
        assert_eq!(Spread::default().quantile(0.5), None);
    }
}
