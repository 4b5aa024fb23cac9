//! How a quantity is spread: quantiles and fairness.

/// Nanoseconds counted in buckets of 1.6 % width, so that recording costs a nanosecond and no memory
/// grows while a pool is being measured.
#[derive(Debug, Clone)]
pub struct Spread {
    counts: Vec<u32>,
    count: u64,
    max: u64,
}

const STEPS: u32 = 6;

impl Default for Spread {
    fn default() -> Spread {
        Spread { counts: vec![0; 64 << STEPS], count: 0, max: 0 }
    }
}

impl Spread {
    /// Counts one.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        self.counts[bucket(nanos)] += 1;
        self.count += 1;
        self.max = self.max.max(nanos);
    }

    /// Adds another's counts.
    pub fn absorb(&mut self, other: &Spread) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The greatest, exactly.
    pub fn max(&self) -> f64 {
        self.max as f64
    }

    /// What a share `q` of all does not exceed; 0 if there are none.
    pub fn quantile(&self, q: f64) -> f64 {
        let rank = ((self.count as f64 * q).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank {
                return upper(bucket).min(self.max as f64);
            }
        }
        0.0
    }
}

fn bucket(nanos: u64) -> usize {
    let nanos = nanos.max(1 << STEPS);
    let octave = 63 - nanos.leading_zeros();
    let step = (nanos >> (octave - STEPS)) & ((1 << STEPS) - 1);
    ((octave << STEPS) as u64 + step) as usize
}

fn upper(bucket: usize) -> f64 {
    let (octave, step) = (bucket >> STEPS, bucket & ((1 << STEPS) - 1));
    f64::exp2(octave as f64) * (1.0 + (step + 1) as f64 / f64::from(1 << STEPS))
}

/// Jain's fairness index of what each got: 1 if all the same, 1/n if one got everything.
pub fn jain(shares: &[u64]) -> f64 {
    let sum: f64 = shares.iter().map(|&share| share as f64).sum();
    let squares: f64 = shares.iter().map(|&share| (share as f64).powi(2)).sum();
    if squares == 0.0 { 0.0 } else { sum * sum / (shares.len() as f64 * squares) }
}

/// The value in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => f64::midpoint(values[len / 2 - 1], values[len / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_bucket_of_the_truth() {
        let mut spread = Spread::default();
        (1..=100_000).for_each(|nanos| spread.record(nanos));
        for q in [0.5, 0.9, 0.99, 0.9999] {
            let (read, truth) = (spread.quantile(q), 100_000.0 * q);
            assert!((truth..truth * 1.017).contains(&read), "q{q}: {read} for {truth}");
        }
        assert!((spread.max() - 100_000.0).abs() < f64::EPSILON);
    }

    #[test]
    fn jain_is_one_for_equals_and_one_nth_for_one_that_takes_all() {
        assert!((jain(&[7; 8]) - 1.0).abs() < 1e-9);
        assert!((jain(&[0, 0, 0, 9]) - 0.25).abs() < 1e-9);
        assert!(jain(&[0, 0]).abs() < f64::EPSILON);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0]) - 2.5).abs() < f64::EPSILON);
    }
}
