//! The pool's clock: nanoseconds since it was built, cheap to read, and in step with tokio's.
//!
//! Measuring uses quanta (about 10 ns a read where `Instant::now` takes 23). Sleeping uses tokio's
//! clock, which a test may pause and turn. A clock that stood still when a driver started is
//! followed exactly from then on; one that jumps ahead later pulls ours along.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pool_core::Time;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// A clock that never goes back.
#[derive(Debug)]
pub(crate) struct Clock {
    quanta: quanta::Clock,
    start: u64,
    /// How far tokio's clock jumped ahead of quanta's, in nanoseconds.
    skew: AtomicU64,
    paused: OnceLock<Paused>,
}

/// A tokio clock that stands still unless a test turns it.
#[derive(Debug)]
struct Paused {
    since: Instant,
    base: u64,
    /// The latest time read: other runtimes and threads read another clock.
    last: AtomicU64,
}

/// One driver's view of the two clocks: where they stood when it started.
#[derive(Debug)]
pub(crate) struct Pace {
    tokio: Instant,
    own: Time,
}

/// Less than this is the difference of two clocks, not a jump.
const JUMP: Duration = Duration::from_millis(2);

/// Longer than any clock's tick, and short enough to spin through once for a driver.
const STANDSTILL: Duration = Duration::from_micros(20);

impl Clock {
    /// A clock that starts now. The first one of a process calibrates quanta, which takes some
    /// milliseconds.
    pub(crate) fn start() -> Clock {
        let quanta = quanta::Clock::new();
        let start = quanta.raw();
        Clock { quanta, start, skew: AtomicU64::new(0), paused: OnceLock::new() }
    }

    /// The present.
    #[inline]
    pub(crate) fn now(&self) -> Time {
        match self.paused.get() {
            None => Time::from_nanos(self.measured()),
            Some(paused) => paused.now(),
        }
    }

    #[inline]
    fn measured(&self) -> u64 {
        let elapsed = self.quanta.delta_as_nanos(self.start, self.quanta.raw());
        elapsed.saturating_add(self.skew.load(Ordering::Relaxed))
    }

    /// A driver starts on the current runtime.
    pub(crate) fn pace(&self) -> Pace {
        let own = self.now();
        let tokio = Instant::now();
        if self.paused.get().is_none() {
            while self.now().since(own) < STANDSTILL {
                std::hint::spin_loop();
            }
            if Instant::now() == tokio {
                let base = self.measured();
                self.paused.get_or_init(|| Paused { since: tokio, base, last: AtomicU64::new(base) });
            }
        }
        Pace { tokio, own: self.now() }
    }

    /// Follows tokio's clock if it has jumped ahead.
    pub(crate) fn follow(&self, pace: &Pace) {
        if self.paused.get().is_some() {
            return;
        }
        let passed = pace.tokio.elapsed();
        let ahead = passed.saturating_sub(self.now().since(pace.own));
        if ahead > JUMP {
            self.skew.fetch_add(u64::try_from(ahead.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }
}

impl Paused {
    fn now(&self) -> Time {
        // Outside a runtime there is no paused clock to read.
        if Handle::try_current().is_err() {
            return Time::from_nanos(self.last.load(Ordering::Acquire));
        }
        let passed = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let now = self.base.saturating_add(passed);
        Time::from_nanos(self.last.fetch_max(now, Ordering::AcqRel).max(now))
    }
}
