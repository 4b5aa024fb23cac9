//! Time as the machine knows it: handed in, never read.

use std::fmt;
use std::time::Duration;

/// A moment, in nanoseconds since the pool was built.
///
/// The machine never reads a clock. Whoever drives it hands in the present with every call: the
/// shell from a monotonic clock, a test from a number it likes. All arithmetic saturates, so that
/// a clock that steps back cannot panic or wrap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// The moment the pool was built.
    pub const ZERO: Time = Time(0);
    /// A moment that never comes.
    pub const NEVER: Time = Time(u64::MAX);

    /// The moment `nanos` nanoseconds after the pool was built.
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the pool was built.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment `wait` from here; [`Time::NEVER`] if that is too far to be told.
    pub fn after(self, wait: Duration) -> Time {
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        Time(self.0.saturating_add(nanos))
    }

    /// The same, in nanoseconds: for the hot path, where a `Duration` costs a division.
    #[inline]
    pub(crate) const fn after_nanos(self, wait: u64) -> Time {
        Time(self.0.saturating_add(wait))
    }

    /// Nanoseconds since `earlier`; zero if it lies ahead.
    #[inline]
    pub(crate) const fn nanos_since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether this moment will ever come.
    pub const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() { f.write_str("never") } else { write!(f, "{:?}", Duration::from_nanos(self.0)) }
    }
}
