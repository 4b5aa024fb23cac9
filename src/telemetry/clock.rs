//! The one place where wall time is read.

use std::time::{Duration, SystemTime};

use pool_core::Time;

/// Wall time.
#[expect(clippy::disallowed_methods, reason = "what is exported carries wall time; it is read here and nowhere else")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Translates a pool's own time to wall time: by how long ago it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wall {
    now: SystemTime,
    pool_now: Time,
}

impl Wall {
    /// The translation at a moment that is `pool_now` by the pool's clock.
    pub(crate) fn at(pool_now: Time) -> Wall {
        Wall { now: now(), pool_now }
    }

    /// The wall time of a moment of the pool.
    pub(crate) fn of(self, moment: Time) -> SystemTime {
        self.before(self.pool_now.since(moment))
    }

    /// The wall time so long ago.
    pub(crate) fn before(self, ago: Duration) -> SystemTime {
        self.now.checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// Nanoseconds since 1970, as OTLP has it.
pub(crate) fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_order_and_distance_whatever_the_clocks_say() {
        let (asked, ended) = (Time::from_nanos(1_000), Time::from_nanos(5_000));
        let since_1970 = [Duration::ZERO, Duration::from_nanos(2_000), Duration::from_secs(1 << 31)];
        for now in since_1970.map(|since| SystemTime::UNIX_EPOCH + since) {
            // Told at once; later; and by a pool whose own clock went back.
            for pool_now in [ended, Time::from_nanos(9_000), Time::from_nanos(3_000)] {
                let wall = Wall { now, pool_now };
                assert!(wall.of(asked) <= wall.of(ended) && wall.of(ended) <= now);
            }
        }
        let wall = Wall { now: SystemTime::UNIX_EPOCH + Duration::from_secs(9), pool_now: ended };
        assert_eq!(wall.of(ended).duration_since(wall.of(asked)).expect("later"), Duration::from_nanos(4_000));
    }
}
