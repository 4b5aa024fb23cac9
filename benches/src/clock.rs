//! Clocks to measure with.

use std::sync::LazyLock;

/// The cheapest exact clock there is: two reads of `Instant` would cost as much as some pools.
static CLOCK: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);

/// A moment.
#[derive(Debug, Clone, Copy)]
pub struct Moment(u64);

impl Moment {
    /// The present.
    #[inline]
    pub fn now() -> Moment {
        Moment(CLOCK.raw())
    }

    /// Nanoseconds since then.
    #[inline]
    pub fn elapsed(self) -> u64 {
        self.until(Moment::now())
    }

    /// Nanoseconds from this moment to a later one.
    #[inline]
    pub fn until(self, later: Moment) -> u64 {
        CLOCK.delta_as_nanos(self.0, later.0)
    }
}
