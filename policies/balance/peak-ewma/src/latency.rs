//! A moving average that is up at once and down slowly.

use std::time::Duration;

use pool_core::Time;

/// The latency of one endpoint, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    average: f64,
    since: Time,
}

impl Latency {
    /// Of an endpoint of which this is the first that is learned.
    pub(crate) fn first(took: Duration, now: Time) -> Latency {
        Latency { average: nanos(took), since: now }
    }

    /// A lease was held for so long.
    pub(crate) fn observe(&mut self, took: Duration, decay: Duration, now: Time) {
        let took = nanos(took);
        self.average = if took > self.average {
            took
        } else {
            let weight = self.weight(decay, now);
            self.average * weight + took * (1.0 - weight)
        };
        self.since = now;
    }

    /// What it has decayed to.
    pub(crate) fn at(&self, decay: Duration, now: Time) -> f64 {
        self.average * self.weight(decay, now)
    }

    /// What is left of the average by now.
    fn weight(&self, decay: Duration, now: Time) -> f64 {
        (-nanos(now.since(self.since)) / nanos(decay)).exp()
    }
}

fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECAY: Duration = Duration::from_secs(10);
    const E: f64 = std::f64::consts::E;

    fn at(secs: u64) -> Time {
        Time::ZERO.after(Duration::from_secs(secs))
    }

    fn millis(latency: Latency, secs: u64) -> f64 {
        latency.at(DECAY, at(secs)) / 1e6
    }

    #[track_caller]
    fn is(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * expected, "{found}, expected {expected}");
    }

    #[test]
    fn a_peak_is_the_average_at_once() {
        let mut latency = Latency::first(Duration::from_millis(10), at(0));
        latency.observe(Duration::from_millis(500), DECAY, at(0));
        is(millis(latency, 0), 500.0);
        latency.observe(Duration::from_millis(501), DECAY, at(7));
        is(millis(latency, 7), 501.0);
    }

    #[test]
    fn what_is_less_draws_it_down_by_the_time_that_has_passed() {
        let mut latency = Latency::first(Duration::from_millis(100), at(0));
        latency.observe(Duration::from_millis(20), DECAY, at(0));
        is(millis(latency, 0), 100.0);
        latency.observe(Duration::from_millis(20), DECAY, at(10));
        // 100/e + 20 (1 - 1/e)
        is(millis(latency, 10), 100.0 / E + 20.0 * (1.0 - 1.0 / E));
    }

    #[test]
    fn when_nothing_is_learned_it_decays() {
        let latency = Latency::first(Duration::from_millis(100), at(5));
        is(millis(latency, 5), 100.0);
        is(millis(latency, 15), 100.0 / E);
        is(millis(latency, 25), 100.0 / E / E);
    }

    #[test]
    fn the_longest_times_are_no_trouble() {
        let mut latency = Latency::first(Duration::MAX, at(0));
        latency.observe(Duration::MAX, Duration::MAX, Time::NEVER);
        assert!(latency.at(Duration::MAX, Time::NEVER).is_finite());
    }
}
