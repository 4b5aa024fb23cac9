//! Waiting for what happens in other processes: with a deadline, and without exact times.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Longer than anything takes that goes well, however busy the machine is.
pub const LONG: Duration = Duration::from_secs(60);

/// What `look` finds, once it finds something; it is asked again every now and then.
///
/// # Panics
///
/// If [`LONG`] goes by, with `what` was waited for.
#[track_caller]
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(LONG);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(!deadline.is_over(), "waited in vain for {what}");
        pause(Duration::from_millis(50));
    }
}

/// Sleeps on this thread.
#[expect(clippy::disallowed_methods, reason = "other processes take their time, and no clock of ours turns it")]
pub fn pause(length: Duration) {
    thread::sleep(length);
}

/// The seconds since 1970, as servers count them.
#[expect(clippy::disallowed_methods, reason = "servers are asked for what they saw at a time")]
pub fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A point in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

#[expect(clippy::disallowed_methods, reason = "other processes take their time, and no clock of ours turns it")]
impl Deadline {
    pub(crate) fn after(length: Duration) -> Deadline {
        Deadline(Instant::now() + length)
    }

    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.0
    }

    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}
