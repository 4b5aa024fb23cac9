//! The machine's buckets as those of a Prometheus native histogram.

use super::messages::{BucketSpan, Histogram};
use crate::telemetry::buckets::NANOS_TO_SECONDS;

/// What is up to a nanosecond counts as zero: the machine knows nothing smaller. Not zero itself, or
/// a histogram in which nothing was counted yet would be taken for a classic one.
const ZERO_THRESHOLD: f64 = 1e-9;

/// So many empty buckets are told as such before a new span begins: it costs as much.
const GAP: usize = 2;

/// Adds the native buckets: as many as were zero, and the machine's counts.
///
/// Prometheus numbers a bucket by its upper bound, `2^(n/8)` of schema 3, where the machine and OTLP
/// number it by its lower.
pub(super) fn add_to(histogram: &mut Histogram, zeros: u64, counts: &[u64]) {
    histogram.schema = pool_core::Histogram::SCALE as i32;
    histogram.zero_threshold = ZERO_THRESHOLD;
    histogram.zero_count = zeros;
    let mut end: Option<usize> = None;
    let mut before = 0;
    for (bucket, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let left_out = end.map_or(0, |end| bucket - end);
        match histogram.positive_span.last_mut() {
            Some(span) if left_out <= GAP => {
                span.length += left_out as u32 + 1;
                for _ in 0..left_out {
                    push(&mut histogram.positive_delta, &mut before, 0);
                }
            }
            last => {
                let first = bucket as i32 + 1 - NANOS_TO_SECONDS;
                let offset = if last.is_some() { left_out as i32 } else { first };
                histogram.positive_span.push(BucketSpan { offset, length: 1 });
            }
        }
        push(&mut histogram.positive_delta, &mut before, i64::try_from(*count).unwrap_or(i64::MAX));
        end = Some(bucket + 1);
    }
}

fn push(deltas: &mut Vec<i64>, before: &mut i64, count: i64) {
    deltas.push(count - *before);
    *before = count;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    /// The counts by the number of their bucket, as a scraper works them out.
    fn read(histogram: &Histogram) -> BTreeMap<i32, i64> {
        let mut deltas = histogram.positive_delta.iter();
        let (mut number, mut count) = (0, 0);
        let mut counts = BTreeMap::new();
        for span in &histogram.positive_span {
            number += span.offset;
            for _ in 0..span.length {
                count += deltas.next().expect("a delta for each bucket");
                counts.insert(number, count);
                number += 1;
            }
        }
        assert_eq!(deltas.next(), None, "a bucket for each delta");
        counts.retain(|_, count| *count > 0);
        counts
    }

    #[test]
    fn spans_and_deltas_read_back_are_the_counts_in_buckets_that_hold_them() {
        let mut machine = pool_core::Histogram::default();
        // Alone, side by side, over a gap of one, two and many.
        for nanos in [1_u64, 1_000, 1_050, 1_100, 1_200, 1_350, 1_700, 1_000_000_000, 1_000_000_001, 70_000_000_000] {
            machine.record(Duration::from_nanos(nanos));
            machine.record(Duration::from_nanos(nanos));
        }
        let mut native = Histogram::default();
        add_to(&mut native, 7, machine.buckets());
        assert_eq!((native.schema, native.zero_count), (3, 7));
        let counts = read(&native);
        assert_eq!(counts.values().sum::<i64>(), 20);
        let fine: Vec<_> = machine.buckets().iter().enumerate().filter(|(_, count)| **count > 0).collect();
        assert_eq!(counts.len(), fine.len());
        for ((number, told), (bucket, count)) in counts.iter().zip(fine) {
            assert_eq!(*told as u64, *count);
            let (upper, exact) = (f64::exp2(f64::from(*number) / 8.0), pool_core::Histogram::upper_bound(bucket) / 1e9);
            assert!(upper >= exact && upper < exact * 1.016, "{upper} for {exact}");
            assert!(f64::exp2(f64::from(*number - 1) / 8.0) >= ZERO_THRESHOLD, "above what counts as zero");
        }
    }

    #[test]
    fn one_in_which_nothing_was_counted_is_native_all_the_same() {
        let mut native = Histogram::default();
        add_to(&mut native, 0, pool_core::Histogram::default().buckets());
        assert!(native.zero_threshold > 0.0 && native.positive_span.is_empty() && native.positive_delta.is_empty());
    }
}
