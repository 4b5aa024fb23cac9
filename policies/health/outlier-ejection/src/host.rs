//! What is known of one endpoint.

use std::time::Duration;

use pool_core::{Reason, Time};

use crate::OutlierEjectionOptions;

/// What is known of one endpoint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Host {
    /// Leases that ended well and that failed, in this interval.
    good: u32,
    failed: u32,
    /// Failures since the last that went well.
    in_a_row: u32,
    /// How often it was ejected, less one for each interval since without an ejection.
    times: u32,
    /// Since when it rests, and why.
    rests: Option<(Time, Reason)>,
    /// When it came back, while it is being eased in.
    back: Option<Time>,
    /// Whether it has no weight where others have: it serves nobody, so that it is none of those a share of which may rest.
    pub(crate) is_apart: bool,
}

impl Host {
    pub(crate) fn note(&mut self, failed: bool) {
        if failed {
            self.failed = self.failed.saturating_add(1);
        } else {
            self.good = self.good.saturating_add(1);
        }
        self.note_in_a_row(failed);
    }

    pub(crate) fn note_in_a_row(&mut self, failed: bool) {
        self.in_a_row = if failed { self.in_a_row.saturating_add(1) } else { 0 };
    }

    pub(crate) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// How many leases ended in this interval.
    pub(crate) fn leases(&self) -> u32 {
        self.good.saturating_add(self.failed)
    }

    /// The share of them that went well; only where there were any.
    pub(crate) fn success_rate(&self) -> f64 {
        f64::from(self.good) / f64::from(self.leases().max(1))
    }

    pub(crate) fn rests(&self) -> Option<Reason> {
        self.rests.map(|(_, reason)| reason)
    }

    /// Whether it has nothing that time would change.
    pub(crate) fn is_settled(&self) -> bool {
        self.leases() == 0 && self.times == 0 && self.rests.is_none() && self.back.is_none()
    }

    pub(crate) fn eject(&mut self, reason: Reason, now: Time) {
        self.times = self.times.saturating_add(1);
        self.rests = Some((now, reason));
        (self.in_a_row, self.back) = (0, None);
    }

    /// An interval is over: its counts are forgotten, and one ejection if it serves.
    pub(crate) fn end_interval(&mut self) {
        (self.good, self.failed) = (0, 0);
        if self.rests.is_none() {
            self.times = self.times.saturating_sub(1);
        }
    }

    /// Comes back if its time is over.
    pub(crate) fn come_back_by(&mut self, options: &OutlierEjectionOptions, now: Time) {
        if self.rests_until(options).is_some_and(|until| until <= now) {
            (self.rests, self.in_a_row) = (None, 0);
            self.back = Some(now);
        }
        if self.eased_in(options, now).is_none() {
            self.back = None;
        }
    }

    pub(crate) fn rests_until(&self, options: &OutlierEjectionOptions) -> Option<Time> {
        let (since, _) = self.rests?;
        let rest = options.rest.get().saturating_mul(self.times.max(1)).min(options.max_rest.get());
        Some(since.after(rest))
    }

    /// The share of its share that it takes while it is being eased in, and when that is to be looked at again.
    pub(crate) fn eased_in(&self, options: &OutlierEjectionOptions, now: Time) -> Option<(f64, Time)> {
        let slow_start = &options.slow_start;
        let window = slow_start.window.get();
        let gone = now.since(self.back?);
        if gone >= window {
            return None;
        }
        let part = gone.as_secs_f64() / window.as_secs_f64();
        let share = part.powf(1.0 / slow_start.aggression).max(slow_start.min_share);
        (share < 1.0).then(|| (share, now.after((window / STEPS).max(SHORTEST_STEP))))
    }
}

/// So many steps does the way back take.
const STEPS: u32 = 10;
const SHORTEST_STEP: Duration = Duration::from_millis(1);
