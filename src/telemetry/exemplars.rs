//! Exemplars: for each bucket of a histogram, a span that fell into it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use pool_core::catalog::{Metric, TIME_BOUNDS};
use pool_core::{Endpoint, TraceContext};

use super::clock::unix_nanos;
use super::label::shown;

/// As many histograms have exemplars: at 20 buckets of 56 bytes, half a megabyte. Of more, those
/// that were longest without a new one lose theirs.
const MOST: usize = 512;

/// A bucket gets a new exemplar once in so many milliseconds: more than a scraper sees.
const PAUSE: u64 = 1000;

/// A power of two.
const DOORS: usize = 4096;

const BUCKETS: usize = TIME_BOUNDS.len() + 1;

/// One exemplar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exemplar {
    pub(crate) took: Duration,
    pub(crate) span: TraceContext,
    pub(crate) at: SystemTime,
}

/// The latest exemplars: by pool, endpoint, histogram and classic bucket.
///
/// Spans are told of by hundreds of thousands a second, and an exemplar is looked at every few
/// seconds. So most are turned away at a door, one of a fixed number, which costs a few nanoseconds:
/// each bucket has its door, which a few others may share.
pub(crate) struct Exemplars {
    doors: Box<[AtomicU64]>,
    kept: Mutex<HashMap<Series, Kept>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Series {
    metric: Metric,
    pool: Box<str>,
    endpoint: Box<str>,
}

#[derive(Debug)]
struct Kept {
    latest: SystemTime,
    buckets: [Option<Exemplar>; BUCKETS],
}

impl Exemplars {
    pub(crate) fn new() -> Exemplars {
        Exemplars { doors: (0..DOORS).map(|_| AtomicU64::new(0)).collect(), kept: Mutex::default() }
    }

    /// A span that is sent, and how long what the metric measures took in it.
    pub(crate) fn offer(&self, metric: Metric, pool: &str, endpoint: &Endpoint, exemplar: Exemplar) {
        let bucket = bucket_of(exemplar.took);
        let door = &self.doors[door_of(metric, pool, endpoint, bucket)];
        let (now, before) = (unix_nanos(exemplar.at) / 1_000_000, door.load(Relaxed));
        // Apart in either direction: the wall clock may have been set back.
        if now.abs_diff(before) >= PAUSE {
            door.store(now, Relaxed);
            self.keep(Series::new(metric, pool, endpoint.name()), bucket, exemplar);
        }
    }

    #[cold]
    fn keep(&self, series: Series, bucket: usize, exemplar: Exemplar) {
        let mut kept = self.kept.lock();
        if kept.len() >= MOST && !kept.contains_key(&series) {
            forget_oldest(&mut kept);
        }
        let of_series = kept.entry(series).or_insert(Kept { latest: exemplar.at, buckets: [None; BUCKETS] });
        of_series.latest = exemplar.at;
        of_series.buckets[bucket] = Some(exemplar);
    }

    /// The exemplars of one histogram, with the places of their classic buckets.
    pub(crate) fn of(&self, metric: Metric, pool: &str, endpoint: &str) -> Vec<(usize, Exemplar)> {
        let kept = self.kept.lock();
        let Some(kept) = kept.get(&Series::new(metric, pool, endpoint)) else { return Vec::new() };
        kept.buckets.iter().enumerate().filter_map(|(bucket, exemplar)| Some((bucket, (*exemplar)?))).collect()
    }
}

impl Series {
    fn new(metric: Metric, pool: &str, endpoint: &str) -> Series {
        Series { metric, pool: Box::from(&*shown(pool)), endpoint: Box::from(&*shown(endpoint)) }
    }
}

fn forget_oldest(kept: &mut HashMap<Series, Kept>) {
    if let Some(oldest) = kept.values().map(|kept| kept.latest).min() {
        kept.retain(|_, kept| kept.latest > oldest);
    }
}

fn bucket_of(took: Duration) -> usize {
    let seconds = took.as_secs_f64();
    TIME_BOUNDS.partition_point(|bound| *bound < seconds)
}

/// By where the names lie and not by what they are, which is far cheaper, and only ever costs an
/// exemplar: names may lie where others did before.
fn door_of(metric: Metric, pool: &str, endpoint: &Endpoint, bucket: usize) -> usize {
    let place = pool.as_ptr() as usize ^ std::ptr::from_ref(endpoint).addr().rotate_left(20);
    let mixed = (place ^ ((metric as usize) << 8 | bucket) << 48).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> (usize::BITS - DOORS.trailing_zeros())
}

impl std::fmt::Debug for Exemplars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exemplars").field("histograms", &self.kept.lock().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn exemplar(millis: u64, at: u64) -> Exemplar {
        let span = TraceContext { trace_id: [7; 16], span_id: at.to_be_bytes(), sampled: true };
        Exemplar { took: Duration::from_millis(millis), span, at: SystemTime::UNIX_EPOCH + Duration::from_millis(at) }
    }

    #[test]
    fn each_bucket_keeps_its_latest_at_most_one_a_second() {
        let (exemplars, endpoint) = (Exemplars::new(), Endpoint::new("a:1"));
        for (millis, at) in [(3, 10_000), (40, 10_001), (4, 10_500), (5, 11_200)] {
            exemplars.offer(Metric::UseTime, "orders", &endpoint, exemplar(millis, at));
        }
        let found = exemplars.of(Metric::UseTime, "orders", "a:1");
        let expected = [(bucket_of(Duration::from_millis(5)), exemplar(5, 11_200)), (11, exemplar(40, 10_001))];
        assert_eq!(found, expected);
        assert!(exemplars.of(Metric::WaitTime, "orders", "a:1").is_empty());
        exemplars.offer(Metric::UseTime, "orders", &endpoint, exemplar(5, 3000));
        assert_eq!(exemplars.of(Metric::UseTime, "orders", "a:1")[0].1, exemplar(5, 3000), "the clock was set back");
    }

    #[test]
    fn a_value_lies_within_the_bounds_of_its_bucket() {
        for nanos in [0_u64, 1, 9_999, 10_000, 10_001, 999_999_999, 10_000_000_000, 10_000_000_001] {
            let took = Duration::from_nanos(nanos);
            let bucket = bucket_of(took);
            let above = bucket == 0 || TIME_BOUNDS[bucket - 1] < took.as_secs_f64();
            let below = TIME_BOUNDS.get(bucket).is_none_or(|bound| took.as_secs_f64() <= *bound);
            assert!(above && below, "{nanos}");
        }
    }

    #[test]
    fn however_many_endpoints_there_are_the_store_is_bounded_and_keeps_the_latest() {
        let exemplars = Exemplars::new();
        let endpoints: Vec<_> = (0..4 * MOST).map(|number| Arc::new(Endpoint::new(format!("e:{number}")))).collect();
        for (step, endpoint) in endpoints.iter().enumerate() {
            exemplars.offer(Metric::UseTime, "orders", endpoint, exemplar(1, 10_000 + 2000 * step as u64));
        }
        assert!(exemplars.kept.lock().len() <= MOST);
        let last = endpoints.last().expect("many");
        assert_eq!(exemplars.of(Metric::UseTime, "orders", last.name()).len(), 1);
        assert!(exemplars.of(Metric::UseTime, "orders", "e:0").is_empty());
    }
}
