//! The policy.

use std::time::Duration;

use pool_core::{ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, Factory, Moments, OptionError, Reason, Stability};

use crate::IdleTimeoutOptions;

const IDLE_TIMEOUT: Reason = Reason::new("idle-timeout");

/// A connection is closed when it was idle for too long.
#[derive(Debug, Clone, Copy)]
pub struct IdleTimeout {
    after: Duration,
    moments: Moments,
    floor: bool,
}

impl IdleTimeout {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `after` is zero or `when` is empty.
    pub fn new(options: &IdleTimeoutOptions) -> Result<IdleTimeout, OptionError> {
        if options.after.is_zero() {
            return Err(OptionError::new(
                "after",
                "no connection could be idle at all; for example \"5m\", or \"never\" (to keep none idle: max_idle = 0)",
            ));
        }
        let moments = options.when.at_least_one("when")?;
        let after = options.after.get();
        // Where the deadline itself is not too late yet, it is the moment after.
        let after = if options.strict { after.saturating_add(Duration::from_nanos(1)) } else { after };
        Ok(IdleTimeout { after, moments, floor: options.floor })
    }

    fn never(&self) -> bool {
        self.after == Duration::MAX
    }
}

impl EvictPolicy for IdleTimeout {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        if self.never() {
            return None;
        }
        let at = conn.idle_since().after(self.after);
        Some(Expiry::new(at, self.moments, IDLE_TIMEOUT).with_floor(self.floor))
    }

    fn rule(&self) -> ExpiryRule {
        if self.never() {
            return ExpiryRule::Never;
        }
        ExpiryRule::Idle {
            after: self.after,
            moments: self.moments,
            reason: IDLE_TIMEOUT,
            floor: self.floor,
            replace: false,
        }
    }
}

impl Factory<dyn EvictPolicy> for IdleTimeout {
    const KIND: &'static str = "idle-timeout";
    const SUMMARY: &'static str = "A connection is closed when it was idle for too long";
    const EXAMPLE: &'static str =
        "kind = \"idle-timeout\"\nafter = \"5m\"\nwhen = [\"acquire\", \"background\"]\nfloor = true\nstrict = false\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[IDLE_TIMEOUT];
    type Options = IdleTimeoutOptions;

    fn build(options: IdleTimeoutOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(IdleTimeout::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration, Time};

    use super::*;

    fn deadline(policy: &IdleTimeout, paper: &mut Paper, conn: pool_core::EntryId) -> Option<Expiry> {
        paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx))
    }

    #[test]
    fn a_lease_begins_the_idle_time_anew() {
        let policy = IdleTimeout::new(&IdleTimeoutOptions::default()).unwrap();
        let five = Duration::from_secs(300);
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, Time::ZERO);
        let first = deadline(&policy, &mut paper, conn).unwrap();
        assert_eq!(first.at, Time::ZERO.after(five));
        assert_eq!(first.moments, Moments::ACQUIRE | Moments::BACKGROUND);
        assert!(first.floor);
        paper.advance(Duration::from_secs(299));
        paper.lease(conn);
        paper.advance(Duration::from_secs(1));
        paper.release(conn);
        assert_eq!(deadline(&policy, &mut paper, conn).unwrap().at, paper.now().after(five));
    }

    #[test]
    fn strictly_the_deadline_itself_is_not_too_late() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, Time::ZERO);
        for (strict, nanos) in [(false, 2_000_000_000), (true, 2_000_000_001)] {
            let after = HumanDuration::from_secs(2);
            let options = IdleTimeoutOptions { after, strict, ..IdleTimeoutOptions::default() };
            let policy = IdleTimeout::new(&options).unwrap();
            assert_eq!(deadline(&policy, &mut paper, conn).unwrap().at, Time::from_nanos(nanos));
            let ExpiryRule::Idle { after, .. } = policy.rule() else { panic!("{:?}", policy.rule()) };
            assert_eq!(after, Duration::from_nanos(nanos), "by rule and when asked the same");
        }
    }

    #[test]
    fn never_is_never() {
        let options = IdleTimeoutOptions { after: HumanDuration::NEVER, ..IdleTimeoutOptions::default() };
        let policy = IdleTimeout::new(&options).unwrap();
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, Time::ZERO);
        assert_eq!(deadline(&policy, &mut paper, conn), None);
        assert_eq!(policy.rule(), ExpiryRule::Never);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let default = IdleTimeoutOptions::default;
        for (key, options) in [
            ("after", IdleTimeoutOptions { after: HumanDuration::ZERO, ..default() }),
            ("when", IdleTimeoutOptions { when: Moments::NONE, ..default() }),
        ] {
            assert_eq!(IdleTimeout::new(&options).unwrap_err().path, [key]);
        }
    }
}
