//! The policy.

use pool_core::{ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, HumanDuration, Moments};
use pool_core::{Factory, OptionError, Reason};

use crate::{{project-name | pascal_case}}Options;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const MAX_AGE: Reason = Reason::new("max-age");

// What is wrong with an option, and what is allowed: told below the line of the file where it stands.
const AT_BIRTH: &str = "too old at birth serves nobody; for example \"30m\", or \"never\"";

/// The part of `max_age` that is taken off by chance: connections that were made together are not closed together.
const JITTER: f64 = 0.1;

/// A connection is closed when it is too old, each a little earlier by chance.
#[derive(Debug, Clone)]
pub struct {{project-name | pascal_case}} {
    max_age: HumanDuration,
}

impl {{project-name | pascal_case}} {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `max_age` is zero.
    pub fn new(options: &{{project-name | pascal_case}}Options) -> Result<Self, OptionError> {
        let max_age = options.max_age;
        if max_age.is_zero() {
            return Err(OptionError::new("max_age", AT_BIRTH));
        }
        Ok(Self { max_age })
    }
}

impl EvictPolicy for {{project-name | pascal_case}} {
    // THIS IS THE RULE: make it yours. A policy that wants one of several to go, when there are too many, has
    // `victim` besides.
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        if self.max_age.is_never() {
            return None;
        }
        // Drawn at birth and kept: with a fresh draw at each question all would go near the earliest.
        let earlier = self.max_age.get().mul_f64(JITTER * conn.draw());
        let lives = self.max_age.get().saturating_sub(earlier);
        let at = conn.created().after(lives);
        // Looked at when it would be handed out, when it comes back, and in the background.
        Some(Expiry::new(at, Moments::ALL, MAX_AGE))
    }

    // The deadline is fixed at birth, so once is enough to ask. Without this it is asked at each release.
    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Birth
    }
}

impl Factory<dyn EvictPolicy> for {{project-name | pascal_case}} {
    const KIND: &'static str = "{{project-name}}";
    const SUMMARY: &'static str = "A connection is closed when it is too old";
    const EXAMPLE: &'static str = r#"kind = "{{project-name}}"
max_age = "30m"
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[MAX_AGE];
    type Options = {{project-name | pascal_case}}Options;

    fn build(options: Self::Options) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(Self::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, Time};

    use super::*;

    /// How long a connection lives.
    fn life(max_age: HumanDuration) -> Option<Duration> {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let born = Time::from_nanos(5_000_000_000);
        let conn = paper.idle(a, born);
        let options = {{project-name | pascal_case}}Options { max_age };
        let policy = {{project-name | pascal_case}}::new(&options);
        let policy = policy.expect("good options");
        let expiry = paper.with_cx(None, |paper, cx| {
            let conn = paper.conn_view(conn);
            policy.expires_at(&conn, cx)
        });
        expiry.map(|expiry| expiry.at.since(born))
    }

    #[test]
    fn age_counts_from_birth_and_a_tenth_is_up_to_chance() {
        let life = life(HumanDuration::from_secs(100)).expect("a deadline");
        assert!(life > Duration::from_secs(90), "{life:?}");
        assert!(life <= Duration::from_secs(100), "{life:?}");
    }

    #[test]
    fn never_is_never() {
        assert_eq!(life(HumanDuration::NEVER), None);
    }
}
