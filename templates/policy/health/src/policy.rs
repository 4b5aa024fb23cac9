//! The policy.

use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::{Cx, EndpointId, EndpointsView, HealthPolicy, Membership, Outcome};
use pool_core::{Factory, OptionError, Reason, Review, Standing, Standings, Time};

use crate::{{project-name | pascal_case}}Options;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const FAILING: Reason = Reason::new("failing");
const WELL: Reason = Reason::new("well");

// What is wrong with an option, and what is allowed: told below the line of the file where it stands.
const AFTER_NONE: &str = "after 0 failures every endpoint would rest; at least 1";

/// How long an endpoint rests. If you want it to be an option, add it in `options.rs`.
const REST: Duration = Duration::from_secs(10);

/// An endpoint rests for a while after several failed leases in a row.
#[derive(Debug, Clone)]
pub struct {{project-name | pascal_case}} {
    max_failures: u32,
    records: BTreeMap<EndpointId, Record>,
}

/// What is known of an endpoint.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    /// Failed leases in a row.
    failures: u32,
    /// When it may serve again, if it rests.
    rests_until: Option<Time>,
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
            // It is told of every endpoint by `membership`.
            records: BTreeMap::new(),
        })
    }
}

impl HealthPolicy for {{project-name | pascal_case}} {
    // It is told of every lease that ends, and asks for a review when that may change something.
    fn ended(
        &mut self,
        endpoint: EndpointId,
        outcome: Outcome,
        // How long it was held.
        _: Duration,
        _: &mut Cx<'_>,
    ) -> Review {
        if let Some(record) = self.records.get_mut(&endpoint) {
            match outcome {
                // Leases from before it began to rest do not prolong that.
                _ if record.rests_until.is_some() => {}
                Outcome::Failed | Outcome::Broken => {
                    record.failures = record.failures.saturating_add(1);
                }
                Outcome::Ok => record.failures = 0,
                // The caller's own doing, which says nothing of the endpoint.
                _ => {}
            }
            if record.failures >= self.max_failures {
                return Review::Now;
            }
        }
        Review::AsPlanned
    }

    // THIS IS THE RULE: make it yours. It says how each stands, and when it wants to be asked again.
    fn review(&mut self, _: &EndpointsView<'_>, all: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let mut next = Time::NEVER;
        for (&endpoint, record) in &mut self.records {
            if record.failures >= self.max_failures {
                record.failures = 0;
                record.rests_until = Some(cx.now.after(REST));
            }
            match record.rests_until {
                Some(until) if until > cx.now => {
                    all.set(endpoint, Standing::Rests, FAILING);
                    next = next.min(until);
                }
                _ => {
                    all.set(endpoint, Standing::Serves, WELL);
                    record.rests_until = None;
                }
            }
        }
        next
    }

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(endpoint, _) => {
                self.records.insert(endpoint, Record::default());
            }
            Membership::Left(endpoint) => {
                self.records.remove(&endpoint);
            }
            // Its weight or metadata changed.
            _ => {}
        }
    }
}

impl Factory<dyn HealthPolicy> for {{project-name | pascal_case}} {
    const KIND: &'static str = "{{project-name}}";
    const SUMMARY: &'static str = "An endpoint rests after several failed leases in a row";
    const EXAMPLE: &'static str = r#"kind = "{{project-name}}"
max_failures = 5
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[FAILING, WELL];
    type Options = {{project-name | pascal_case}}Options;

    fn build(options: Self::Options) -> Result<Box<dyn HealthPolicy>, OptionError> {
        Ok(Box::new(Self::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    /// A pool on paper with one endpoint, and the policy.
    struct Pool {
        paper: Paper,
        endpoint: EndpointId,
        policy: {{project-name | pascal_case}},
    }

    impl Pool {
        /// In which the endpoint rests after two failures.
        fn new() -> Pool {
            let mut paper = Paper::new();
            let spec = Endpoint::new("a:1");
            let endpoint = paper.endpoint(spec.clone());
            let options = {{project-name | pascal_case}}Options { max_failures: 2 };
            let policy = {{project-name | pascal_case}}::new(&options);
            let mut policy = policy.expect("good options");
            policy.membership(Membership::Joined(endpoint, &spec));
            Pool {
                paper,
                endpoint,
                // As it was just installed.
                policy,
            }
        }

        fn ended(&mut self, outcome: Outcome) -> Review {
            let (policy, endpoint) = (&mut self.policy, self.endpoint);
            self.paper.with_cx(None, |_, cx| {
                let took = Duration::from_millis(1);
                policy.ended(endpoint, outcome, took, cx)
            })
        }

        /// How the endpoint stands, and when it is looked at again.
        fn review(&mut self) -> (Standing, Time) {
            let mut all = Standings::new();
            let policy = &mut self.policy;
            let next = self.paper.with_cx(None, |paper, cx| {
                let endpoints = paper.endpoints_view();
                policy.review(&endpoints, &mut all, cx)
            });
            let (_, standing, _) = all.iter().last().expect("a word on it");
            (standing, next)
        }
    }

    #[test]
    fn after_the_second_failure_in_a_row_it_rests_and_then_serves_again() {
        let mut pool = Pool::new();
        assert_eq!(pool.review(), (Standing::Serves, Time::NEVER));
        assert_eq!(pool.ended(Outcome::Failed), Review::AsPlanned);
        assert_eq!(pool.ended(Outcome::Broken), Review::Now);
        let until = pool.paper.now().after(REST);
        assert_eq!(pool.review(), (Standing::Rests, until));
        pool.paper.advance(REST);
        assert_eq!(pool.review(), (Standing::Serves, Time::NEVER));
    }

    #[test]
    fn a_success_between_them_forgives() {
        let mut pool = Pool::new();
        pool.ended(Outcome::Failed);
        pool.ended(Outcome::Ok);
        assert_eq!(pool.ended(Outcome::Failed), Review::AsPlanned);
    }

    #[test]
    fn leases_that_end_while_it_rests_do_not_prolong_that() {
        let mut pool = Pool::new();
        pool.ended(Outcome::Failed);
        pool.ended(Outcome::Failed);
        let resting = pool.review();
        pool.paper.advance(REST / 2);
        for _ in 0..9 {
            assert_eq!(pool.ended(Outcome::Failed), Review::AsPlanned);
        }
        assert_eq!(pool.review(), resting);
    }
}
