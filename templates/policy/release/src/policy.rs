//! The policy.

use pool_core::{Cx, Decision, EntryId, LeaseView, Outcome, ReleasePolicy, Settle};
use pool_core::{Factory, OptionError, Reason};

use crate::{{project-name | pascal_case}}Options;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const KEEP: Reason = Reason::new("keep");
const FAILING: Reason = Reason::new("failing");

// What is wrong with an option, and what is allowed: told below the line of the file where it stands.
const AFTER_NONE: &str = "after 0 failures every connection would be closed; at least 1";

/// A connection is closed after several failed leases in a row.
#[derive(Debug, Clone)]
pub struct {{project-name | pascal_case}} {
    max_failures: u32,
    /// By the connection's place in the pool's table, so that it never grows beyond the most that were open.
    streaks: Vec<Streak>,
}

/// Failures in a row. A place is used again by a later connection, which is of another generation.
#[derive(Debug, Clone, Copy, Default)]
struct Streak {
    generation: u32,
    failures: u32,
}

impl {{project-name | pascal_case}} {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `max_failures` is 0.
    pub fn new(options: &{{project-name | pascal_case}}Options) -> Result<Self, OptionError> {
        if options.max_failures == 0 {
            return Err(OptionError::new("max_failures", AFTER_NONE));
        }
        Ok(Self {
            max_failures: options.max_failures,
            // Nobody has failed yet.
            streaks: Vec::new(),
        })
    }

    fn failures(&mut self, id: EntryId) -> &mut u32 {
        if self.streaks.len() <= id.index() {
            self.streaks.resize(id.index() + 1, Streak::default());
        }
        let streak = &mut self.streaks[id.index()];
        if streak.generation != id.generation() {
            *streak = Streak::default();
            streak.generation = id.generation();
        }
        &mut streak.failures
    }
}

impl ReleasePolicy for {{project-name | pascal_case}} {
    // THIS IS THE RULE: make it yours. Connections that are broken or too old are closed without asking.
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        let max_failures = self.max_failures;
        let failures = self.failures(lease.id());
        match lease.outcome() {
            Outcome::Failed => *failures = failures.saturating_add(1),
            _ => *failures = 0,
        }
        if *failures >= max_failures {
            return Decision::of(Settle::Close, FAILING);
        }
        Decision::of(Settle::Keep, KEEP)
    }
}

impl Factory<dyn ReleasePolicy> for {{project-name | pascal_case}} {
    const KIND: &'static str = "{{project-name}}";
    const SUMMARY: &'static str = "A connection is closed after several failed leases in a row";
    const EXAMPLE: &'static str = r#"kind = "{{project-name}}"
max_failures = 3
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[KEEP, FAILING];
    type Options = {{project-name | pascal_case}}Options;

    fn build(options: Self::Options) -> Result<Box<dyn ReleasePolicy>, OptionError> {
        Ok(Box::new(Self::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    const CLOSED: Option<Settle> = Some(Settle::Close);
    const KEPT: Option<Settle> = Some(Settle::Keep);

    /// What becomes of a connection, closed after two failures, at the end of each of these leases.
    fn settled(outcomes: &[Outcome]) -> Vec<Option<Settle>> {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, paper.now());
        paper.lease(conn);
        let options = {{project-name | pascal_case}}Options { max_failures: 2 };
        let policy = {{project-name | pascal_case}}::new(&options);
        let mut policy = policy.expect("good options");
        let mut settled = Vec::new();
        for &outcome in outcomes {
            paper.with_cx(None, |paper, cx| {
                let lease = paper.lease_view(conn, outcome);
                settled.push(policy.settle(&lease, cx).choice);
            });
        }
        settled
    }

    #[test]
    fn the_second_failure_in_a_row_closes() {
        let outcomes = [Outcome::Ok, Outcome::Failed, Outcome::Failed];
        assert_eq!(settled(&outcomes), [KEPT, KEPT, CLOSED]);
    }

    #[test]
    fn a_success_between_them_forgives() {
        let outcomes = [Outcome::Failed, Outcome::Ok, Outcome::Failed];
        assert_eq!(settled(&outcomes), [KEPT, KEPT, KEPT]);
    }

    #[test]
    fn the_next_connection_at_the_same_place_begins_anew() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let options = {{project-name | pascal_case}}Options { max_failures: 2 };
        let policy = {{project-name | pascal_case}}::new(&options);
        let mut policy = policy.expect("good options");
        for _ in 0..3 {
            let conn = paper.idle(a, paper.now());
            assert_eq!(conn.index(), 0, "the place of the one before");
            paper.lease(conn);
            paper.with_cx(None, |paper, cx| {
                let lease = paper.lease_view(conn, Outcome::Failed);
                assert_eq!(policy.settle(&lease, cx).choice, KEPT);
            });
            paper.close(conn);
        }
    }
}
