//! The policy.

use std::time::Duration;

use pool_core::{ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, Factory, Moments, OptionError, Reason, Stability};

use crate::TtlOptions;

const MAX_AGE: Reason = Reason::new("max-age");

/// A connection is closed when it is too old.
#[derive(Debug, Clone, Copy)]
pub struct Ttl {
    max_age: Duration,
    jitter: f64,
    moments: Moments,
    /// What is added, where the deadline itself is not too late yet.
    grace: Duration,
}

impl Ttl {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `max_age` is zero, `jitter` is not in `[0, 1]`, or `when` is empty.
    pub fn new(options: &TtlOptions) -> Result<Ttl, OptionError> {
        if options.max_age.is_zero() {
            return Err(OptionError::new(
                "max_age",
                "a connection that is too old at birth can serve nobody; for example \"30m\", or \"never\"",
            ));
        }
        if !(0.0..=1.0).contains(&options.jitter) {
            return Err(OptionError::new(
                "jitter",
                format!("{} is not a part of max_age; from 0 to 1, for example 0.1", options.jitter),
            ));
        }
        let moments = options.when.at_least_one("when")?;
        let grace = if options.strict { Duration::from_nanos(1) } else { Duration::ZERO };
        Ok(Ttl { max_age: options.max_age.get(), jitter: options.jitter, moments, grace })
    }

    fn never(&self) -> bool {
        self.max_age == Duration::MAX
    }

    /// How old a connection with this draw may become.
    fn lifetime(&self, draw: f64) -> Duration {
        let cut = self.max_age.as_secs_f64() * self.jitter * draw;
        self.max_age.saturating_sub(Duration::try_from_secs_f64(cut).unwrap_or(Duration::ZERO))
    }
}

impl EvictPolicy for Ttl {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        if self.never() {
            return None;
        }
        let at = conn.created().after(self.lifetime(conn.draw()).saturating_add(self.grace));
        Some(Expiry::new(at, self.moments, MAX_AGE))
    }

    fn rule(&self) -> ExpiryRule {
        if self.never() { ExpiryRule::Never } else { ExpiryRule::Birth }
    }
}

impl Factory<dyn EvictPolicy> for Ttl {
    const KIND: &'static str = "ttl";
    const SUMMARY: &'static str = "A connection is closed when it is too old, each a little earlier by chance";
    const EXAMPLE: &'static str = "kind = \"ttl\"\nmax_age = \"30m\"\njitter = 0.1\nwhen = [\"acquire\", \"release\", \"background\"]\nstrict = false\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[MAX_AGE];
    type Options = TtlOptions;

    fn build(options: TtlOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(Ttl::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration, Time};

    use super::*;

    fn ttl(max_age: HumanDuration, jitter: f64) -> Ttl {
        Ttl::new(&TtlOptions { max_age, jitter, ..TtlOptions::default() }).unwrap()
    }

    fn deadline(policy: &Ttl, created: Time) -> Option<Expiry> {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, created);
        paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx))
    }

    #[test]
    fn age_counts_from_birth() {
        let born = Time::from_nanos(5_000_000_000);
        let expiry = deadline(&ttl(HumanDuration::from_secs(10), 0.0), born).unwrap();
        assert_eq!(expiry.at, born.after(Duration::from_secs(10)));
        assert_eq!(expiry.moments, Moments::ALL);
        assert!(!expiry.floor);
    }

    #[test]
    fn strictly_the_deadline_itself_is_not_too_late() {
        let options = TtlOptions { max_age: HumanDuration::from_secs(10), jitter: 0.0, ..TtlOptions::default() };
        let at = |strict| {
            let policy = Ttl::new(&TtlOptions { strict, ..options.clone() }).unwrap();
            deadline(&policy, Time::ZERO).unwrap().at
        };
        assert_eq!((at(false), at(true)), (Time::from_nanos(10_000_000_000), Time::from_nanos(10_000_000_001)));
    }

    #[test]
    fn the_draw_decides_how_much_is_taken_off() {
        let policy = ttl(HumanDuration::from_secs(100), 0.2);
        assert_eq!(policy.lifetime(0.0), Duration::from_secs(100));
        assert_eq!(policy.lifetime(0.5), Duration::from_secs(90));
        assert!(policy.lifetime(0.999_999) > Duration::from_secs(80));
    }

    #[test]
    fn never_is_never() {
        let policy = ttl(HumanDuration::NEVER, 0.5);
        assert_eq!(deadline(&policy, Time::ZERO), None);
        assert_eq!(policy.rule(), ExpiryRule::Never);
    }

    #[test]
    fn an_age_beyond_all_time_neither_panics_nor_wraps() {
        let policy = ttl(HumanDuration::from_secs(u64::MAX), 0.1);
        let expiry = deadline(&policy, Time::from_nanos(u64::MAX / 2)).unwrap();
        assert!(expiry.at >= Time::from_nanos(u64::MAX / 2));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let default = TtlOptions::default;
        for (key, options) in [
            ("max_age", TtlOptions { max_age: HumanDuration::ZERO, ..default() }),
            ("jitter", TtlOptions { jitter: 1.1, ..default() }),
            ("jitter", TtlOptions { jitter: -0.1, ..default() }),
            ("jitter", TtlOptions { jitter: f64::NAN, ..default() }),
            ("when", TtlOptions { when: Moments::NONE, ..default() }),
        ] {
            assert_eq!(Ttl::new(&options).unwrap_err().path, [key]);
        }
    }
}
