//! The policy.

use std::any::Any;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use pool_core::{
    Cx, Decision, EndpointId, Factory, LeaseView, OptionError, Outcome, Reason, ReleasePolicy, Settle, Time,
};

use crate::ProvenReuseOptions;

const PROBATION: Reason = Reason::new("probation");
const PROVEN: Reason = Reason::new("proven");
const REUSE_FAILS: Reason = Reason::new("reuse-fails");
const TRIAL: Reason = Reason::new("trial");

/// Connections are kept where a second lease of them works, and closed where it fails.
#[derive(Debug, Clone)]
pub struct ProvenReuse {
    failures: NonZeroU32,
    retry_after: Duration,
    /// The endpoints at which reuse failed last. Of the others there is nothing to be known.
    doubted: HashMap<EndpointId, Doubt>,
}

/// What speaks against the reuse of connections of an endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Doubt {
    /// Second leases that failed since one went well.
    failures: u32,
    /// When one connection is kept again, where the others are closed.
    next_trial: Option<Time>,
}

impl ProvenReuse {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `failures` or `retry_after` is zero.
    pub fn new(options: &ProvenReuseOptions) -> Result<ProvenReuse, OptionError> {
        let failures = NonZeroU32::new(options.failures)
            .ok_or_else(|| OptionError::new("failures", "no connection would ever be kept; at least 1"))?;
        if options.retry_after.is_zero() {
            return Err(OptionError::new(
                "retry_after",
                "every connection would be kept for a trial; for example \"30s\", or \"never\"",
            ));
        }
        Ok(ProvenReuse { failures, retry_after: options.retry_after.get(), doubted: HashMap::new() })
    }

    /// A second lease went well: all at this endpoint are trusted.
    fn prove(&mut self, endpoint: EndpointId) {
        self.doubted.remove(&endpoint);
    }

    fn doubt(&mut self, endpoint: EndpointId, now: Time) {
        let doubt = self.doubted.entry(endpoint).or_default();
        doubt.failures = doubt.failures.saturating_add(1);
        if doubt.failures >= self.failures.get() {
            doubt.next_trial = Some(now.after(self.retry_after));
        }
    }

    /// What becomes of a connection that has served its first lease.
    fn settle_first(&mut self, endpoint: EndpointId, now: Time) -> Decision<Settle> {
        let next_trial = self.doubted.get_mut(&endpoint).and_then(|doubt| doubt.next_trial.as_mut());
        match next_trial {
            None => Decision::of(Settle::Keep, PROBATION),
            Some(at) if now >= *at => {
                *at = now.after(self.retry_after);
                Decision::of(Settle::Keep, TRIAL)
            }
            Some(_) => Decision::of(Settle::Close, REUSE_FAILS),
        }
    }
}

impl ReleasePolicy for ProvenReuse {
    fn settle(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle> {
        if lease.uses() < 2 {
            return self.settle_first(lease.endpoint(), cx.now);
        }
        self.prove(lease.endpoint());
        Decision::of(Settle::Keep, PROVEN)
    }

    fn wants_losses(&self) -> bool {
        true
    }

    fn lost(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) {
        match lease.outcome() {
            outcome if outcome.reusable() && lease.uses() >= 2 => self.prove(lease.endpoint()),
            Outcome::Broken | Outcome::Dead if lease.uses() == 2 => self.doubt(lease.endpoint(), cx.now),
            _ => {}
        }
    }

    fn left(&mut self, endpoint: EndpointId) {
        self.doubted.remove(&endpoint);
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<ProvenReuse>() {
            self.doubted = std::mem::take(&mut old.doubted);
        }
    }
}

impl Factory<dyn ReleasePolicy> for ProvenReuse {
    const KIND: &'static str = "proven-reuse";
    const SUMMARY: &'static str = "Connections are kept where a second lease of them works, and closed where it fails";
    const EXAMPLE: &'static str = "kind = \"proven-reuse\"\nfailures = 3\nretry_after = \"30s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[PROBATION, PROVEN, REUSE_FAILS, TRIAL];
    type Options = ProvenReuseOptions;

    fn build(options: ProvenReuseOptions) -> Result<Box<dyn ReleasePolicy>, OptionError> {
        Ok(Box::new(ProvenReuse::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, EntryId};

    use super::*;

    /// A policy that doubts after two failures, and tries again after thirty seconds, with two endpoints.
    struct Case {
        policy: ProvenReuse,
        paper: Paper,
        a: EndpointId,
        b: EndpointId,
    }

    const RETRY: Duration = Duration::from_secs(30);

    impl Case {
        fn new() -> Case {
            let options = ProvenReuseOptions { failures: 2, ..ProvenReuseOptions::default() };
            let policy = ProvenReuse::new(&options).expect("these make sense");
            let mut paper = Paper::new();
            let [a, b] = ["a:1", "b:1"].map(|address| paper.endpoint(Endpoint::new(address)));
            Case { policy, paper, a, b }
        }

        fn ends(&mut self, conn: EntryId, outcome: Outcome) -> Option<Decision<Settle>> {
            let policy = &mut self.policy;
            self.paper.with_cx(None, |paper, cx| {
                let view = paper.lease_view(conn, outcome);
                if outcome.reusable() {
                    return Some(policy.settle(&view, cx));
                }
                policy.lost(&view, cx);
                None
            })
        }

        /// The first lease of a new connection.
        fn first(&mut self, endpoint: EndpointId) -> (EntryId, Decision<Settle>) {
            let conn = self.paper.idle(endpoint, self.paper.now());
            self.paper.lease(conn);
            let decision = self.ends(conn, Outcome::Ok).expect("it went well");
            (conn, decision)
        }

        /// The next lease of a connection that was kept.
        fn next(&mut self, conn: EntryId, outcome: Outcome) -> Option<Decision<Settle>> {
            self.paper.release(conn);
            self.paper.lease(conn);
            self.ends(conn, outcome)
        }

        fn fails(&mut self, endpoint: EndpointId, outcome: Outcome) {
            let (conn, _) = self.first(endpoint);
            self.next(conn, outcome);
        }

        fn reason(&mut self, endpoint: EndpointId) -> Reason {
            self.first(endpoint).1.reason
        }
    }

    #[test]
    fn a_first_lease_is_on_probation_and_a_second_proves() {
        let mut case = Case::new();
        let (conn, first) = case.first(case.a);
        assert_eq!(first, Decision::of(Settle::Keep, PROBATION));
        assert_eq!(case.next(conn, Outcome::Ok), Some(Decision::of(Settle::Keep, PROVEN)));
    }

    #[test]
    fn after_so_many_failures_in_a_row_nothing_is_kept_there_and_all_elsewhere() {
        for outcome in [Outcome::Dead, Outcome::Broken] {
            let mut case = Case::new();
            case.fails(case.a, outcome);
            assert_eq!(case.reason(case.a), PROBATION, "one is none");
            case.fails(case.a, outcome);
            assert_eq!(case.first(case.a).1, Decision::of(Settle::Close, REUSE_FAILS));
            assert_eq!(case.reason(case.b), PROBATION);
        }
    }

    #[test]
    fn a_proof_in_between_makes_up_for_failures() {
        for proof in [Outcome::Ok, Outcome::Failed] {
            let mut case = Case::new();
            case.fails(case.a, Outcome::Dead);
            let (conn, _) = case.first(case.a);
            case.next(conn, proof);
            case.fails(case.a, Outcome::Dead);
            assert_eq!(case.reason(case.a), PROBATION);
        }
    }

    #[test]
    fn what_says_nothing_about_reuse_does_not_count() {
        let mut case = Case::new();
        for outcome in [Outcome::Discarded, Outcome::Detached, Outcome::Panicked] {
            (0..3).for_each(|_| case.fails(case.a, outcome));
        }
        for _ in 0..3 {
            let conn = case.paper.idle(case.a, case.paper.now());
            case.paper.lease(conn);
            case.ends(conn, Outcome::Broken);
            let (proven, _) = case.first(case.a);
            case.next(proven, Outcome::Ok);
            case.next(proven, Outcome::Dead);
        }
        assert_eq!(case.policy.doubted, HashMap::new(), "first leases, and connections that were proven");
    }

    #[test]
    fn one_is_tried_after_a_while_and_its_second_lease_decides() {
        let mut case = Case::new();
        (0..2).for_each(|_| case.fails(case.a, Outcome::Dead));
        case.paper.advance(RETRY - Duration::from_nanos(1));
        assert_eq!(case.reason(case.a), REUSE_FAILS);
        case.paper.advance(Duration::from_nanos(1));
        let (tried, decision) = case.first(case.a);
        assert_eq!(decision, Decision::of(Settle::Keep, TRIAL));
        assert_eq!(case.reason(case.a), REUSE_FAILS, "one at a time");
        case.next(tried, Outcome::Dead);
        case.paper.advance(RETRY);
        let (tried, decision) = case.first(case.a);
        assert_eq!(decision.reason, TRIAL, "counted from the failure");
        assert_eq!(case.next(tried, Outcome::Ok), Some(Decision::of(Settle::Keep, PROVEN)));
        assert_eq!(case.reason(case.a), PROBATION, "trusted again");
    }

    #[test]
    fn a_trial_that_nobody_uses_again_is_followed_by_another() {
        let mut case = Case::new();
        (0..2).for_each(|_| case.fails(case.a, Outcome::Dead));
        for _ in 0..3 {
            case.paper.advance(RETRY);
            assert_eq!([case.reason(case.a), case.reason(case.a)], [TRIAL, REUSE_FAILS]);
        }
    }

    #[test]
    fn a_connection_that_is_closed_for_its_age_after_a_second_lease_is_a_proof() {
        let mut case = Case::new();
        (0..2).for_each(|_| case.fails(case.a, Outcome::Dead));
        let (conn, _) = case.first(case.a);
        case.paper.release(conn);
        case.paper.lease(conn);
        let policy = &mut case.policy;
        case.paper.with_cx(None, |paper, cx| policy.lost(&paper.lease_view(conn, Outcome::Ok), cx));
        assert_eq!(case.reason(case.a), PROBATION);
    }

    #[test]
    fn what_is_known_of_an_endpoint_goes_with_it_and_outlives_a_change_of_options() {
        let mut case = Case::new();
        (0..2).for_each(|_| case.fails(case.a, Outcome::Dead));
        let mut new = ProvenReuse::new(&ProvenReuseOptions::default()).expect("the default makes sense");
        new.inherit(&mut case.policy);
        case.policy = new;
        assert_eq!(case.reason(case.a), REUSE_FAILS);
        case.policy.left(case.a);
        assert_eq!(case.policy.doubted, HashMap::new());
    }

    #[test]
    fn zeros_are_refused_by_their_key() {
        let default = ProvenReuseOptions::default;
        for (key, options) in [
            ("failures", ProvenReuseOptions { failures: 0, ..default() }),
            ("retry_after", ProvenReuseOptions { retry_after: pool_core::HumanDuration::ZERO, ..default() }),
        ] {
            assert_eq!(ProvenReuse::new(&options).unwrap_err().path, [key]);
        }
    }
}
