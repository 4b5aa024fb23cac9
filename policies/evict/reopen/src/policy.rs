//! The policy.

use std::time::Duration;

use pool_core::{ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, Factory, Moments, OptionError, Reason};

use crate::ReopenOptions;

const REOPEN: Reason = Reason::new("reopen");

/// A connection that was idle for too long is closed, and another is dialed in its place.
#[derive(Debug, Clone, Copy)]
pub struct Reopen {
    after: Duration,
    jitter: f64,
    moments: Moments,
}

impl Reopen {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `after` is zero, `jitter` is not in `[0, 1]`, or `when` is empty.
    pub fn new(options: &ReopenOptions) -> Result<Reopen, OptionError> {
        if options.after.is_zero() {
            return Err(OptionError::new(
                "after",
                "every idle connection would be dialed again all the time; for example \"30m\", or \"never\"",
            ));
        }
        if !(0.0..=1.0).contains(&options.jitter) {
            return Err(OptionError::new(
                "jitter",
                format!("{} is not a part of `after`; from 0 to 1, for example 0.1", options.jitter),
            ));
        }
        let moments = options.when.at_least_one("when")?;
        Ok(Reopen { after: options.after.get(), jitter: options.jitter, moments })
    }

    fn never(&self) -> bool {
        self.after == Duration::MAX
    }

    /// How long a connection with this draw may be idle: all of it would be no time, so a thousandth stays.
    fn rest(&self, draw: f64) -> Duration {
        let cut = self.after.as_secs_f64() * self.jitter * draw;
        let cut = Duration::try_from_secs_f64(cut).unwrap_or(Duration::ZERO);
        self.after.saturating_sub(cut).max(self.after / 1000)
    }
}

impl EvictPolicy for Reopen {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        if self.never() {
            return None;
        }
        let at = conn.idle_since().after(self.rest(conn.draw()));
        Some(Expiry::new(at, self.moments, REOPEN).with_replace(true))
    }

    fn rule(&self) -> ExpiryRule {
        if self.never() {
            return ExpiryRule::Never;
        }
        if self.jitter > 0.0 {
            return ExpiryRule::Ask;
        }
        let Reopen { after, moments, .. } = *self;
        ExpiryRule::Idle { after, moments, reason: REOPEN, floor: false, replace: true }
    }
}

impl Factory<dyn EvictPolicy> for Reopen {
    const KIND: &'static str = "reopen";
    const SUMMARY: &'static str =
        "A connection that was idle for too long is closed, and another is dialed in its place";
    const EXAMPLE: &'static str =
        "kind = \"reopen\"\nafter = \"30m\"\njitter = 0.1\nwhen = [\"acquire\", \"background\"]\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[REOPEN];
    type Options = ReopenOptions;

    fn build(options: ReopenOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(Reopen::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration, Time};

    use super::*;

    fn options(jitter: f64) -> ReopenOptions {
        ReopenOptions { after: HumanDuration::from_secs(100), jitter, ..ReopenOptions::default() }
    }

    #[test]
    fn a_lease_begins_the_time_anew_and_the_draw_stays() {
        let policy = Reopen::new(&options(0.5)).expect("these make sense");
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, Time::ZERO);
        let deadline = |paper: &mut Paper| {
            let asked = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx));
            asked.expect("a deadline").at.since(paper.conn_view(conn).idle_since())
        };
        let rest = deadline(&mut paper);
        assert!(rest > Duration::from_secs(50) && rest < Duration::from_secs(100), "{rest:?}");
        paper.advance(Duration::from_secs(40));
        paper.lease(conn);
        paper.advance(Duration::from_secs(40));
        paper.release(conn);
        assert_eq!(deadline(&mut paper), rest);
    }

    #[test]
    fn without_a_jitter_it_need_not_be_asked() {
        let policy = Reopen::new(&options(0.0)).expect("these make sense");
        let ExpiryRule::Idle { after, replace: true, floor: false, .. } = policy.rule() else {
            panic!("{:?}", policy.rule())
        };
        assert_eq!(after, Duration::from_secs(100));
        assert_eq!(Reopen::new(&options(0.1)).expect("these make sense").rule(), ExpiryRule::Ask);
    }

    #[test]
    fn all_of_it_by_chance_is_no_busy_loop() {
        let policy = Reopen::new(&options(1.0)).expect("these make sense");
        assert_eq!(policy.rest(0.5), Duration::from_secs(50));
        assert_eq!(policy.rest(1.0), Duration::from_millis(100));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let default = ReopenOptions::default;
        for (key, options) in [
            ("after", ReopenOptions { after: HumanDuration::ZERO, ..default() }),
            ("jitter", ReopenOptions { jitter: 1.1, ..default() }),
            ("jitter", ReopenOptions { jitter: f64::NAN, ..default() }),
            ("when", ReopenOptions { when: Moments::NONE, ..default() }),
        ] {
            assert_eq!(Reopen::new(&options).unwrap_err().path, [key]);
        }
    }
}
