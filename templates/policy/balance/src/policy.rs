//! The policy.

use std::time::Duration;

use pool_core::{BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView};
use pool_core::{Factory, FailureRates, Membership, OptionError, Outcome, Reason, Time};

use crate::{{project-name | pascal_case}}Options;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const FEWEST: Reason = Reason::new("fewest-leases");

/// How long it is held against an endpoint that its leases failed.
const FADE: Duration = Duration::from_secs(10);

/// The endpoint with the fewest leases for its weight serves.
#[derive(Debug, Clone)]
pub struct {{project-name | pascal_case}} {
    ignore_weights: bool,
    /// Who served last: of several that are equally free, the next after it is picked.
    last: Option<EndpointId>,
    /// Who fails at once has few leases, and would draw the load to it: so failures count.
    failures: FailureRates,
}

impl {{project-name | pascal_case}} {
    /// The policy with these options.
    pub fn new(options: &{{project-name | pascal_case}}Options) -> Self {
        Self {
            ignore_weights: options.ignore_weights,
            // Nobody yet.
            last: None,
            failures: FailureRates::fading_over(FADE),
        }
    }

    /// The lower, the sooner it serves. THIS IS THE RULE: make it yours.
    fn rank(&self, endpoint: &EndpointView<'_>, now: Time) -> (f64, bool, EndpointId) {
        // One of weight 0 is eligible only if all are of weight 0; then all count alike.
        let weight = endpoint.weight().max(1);
        let weight = if self.ignore_weights { 1 } else { weight };
        let leases = endpoint.in_flight() as f64;
        // From 0 to less than 1.
        let failing = self.failures.of(endpoint.id(), now);
        let load = (leases + failing) / (1.0 - failing) / f64::from(weight);
        let had_its_turn = self.last.is_some_and(|last| endpoint.id() <= last);
        (load, had_its_turn, endpoint.id())
    }
}

impl BalancePolicy for {{project-name | pascal_case}} {
    // Proposes, and changes nothing: who serves in the end is told by `served`.
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let mut best = None;
        for endpoint in endpoints.eligible() {
            let rank = self.rank(&endpoint, cx.now);
            if best.is_none_or(|least| rank < least) {
                best = Some(rank);
            }
        }
        match best {
            Some((_, _, id)) => Decision::of(id, FEWEST),
            None => Decision::none(FEWEST),
        }
    }

    fn served(&mut self, endpoint: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.last = Some(endpoint);
    }

    // `feedback` costs a call for each lease, so it is asked for.
    fn wants_feedback(&self) -> bool {
        true
    }

    fn feedback(
        &mut self,
        endpoint: EndpointId,
        outcome: Outcome,
        // How long it was held.
        _: Duration,
        cx: &mut Cx<'_>,
    ) {
        self.failures.note(endpoint, outcome, cx.now);
    }

    // State that is kept for each endpoint is let go with it.
    fn membership(&mut self, change: Membership<'_>) {
        self.failures.membership(change);
    }
}

impl Factory<dyn BalancePolicy> for {{project-name | pascal_case}} {
    const KIND: &'static str = "{{project-name}}";
    const SUMMARY: &'static str = "The endpoint with the fewest leases for its weight serves";
    const EXAMPLE: &'static str = r#"kind = "{{project-name}}"
ignore_weights = false
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[FEWEST];
    type Options = {{project-name | pascal_case}}Options;

    // Options that make no sense are refused here, with `OptionError::new("the_key", "what is wrong")`.
    fn build(options: Self::Options) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(Self::new(&options)))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    /// Which of these endpoints, each with its weight and so many leases, is picked.
    fn picked(ignore_weights: bool, endpoints: &[(u32, u32)]) -> usize {
        let mut paper = Paper::new();
        let mut ids = Vec::new();
        for (place, &(weight, leases)) in endpoints.iter().enumerate() {
            let endpoint = Endpoint::new(format!("server-{place}:1")).weight(weight);
            let id = paper.endpoint(endpoint);
            for _ in 0..leases {
                let conn = paper.idle(id, paper.now());
                paper.lease(conn);
            }
            ids.push(id);
        }
        let options = {{project-name | pascal_case}}Options { ignore_weights };
        let mut policy = {{project-name | pascal_case}}::new(&options);
        let pick = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
        let pick = pick.choice.expect("all can serve");
        let place = ids.iter().position(|&id| id == pick);
        place.expect("one of them")
    }

    #[test]
    fn who_has_the_fewest_leases_is_picked() {
        assert_eq!(picked(false, &[(1, 3), (1, 1), (1, 2)]), 1);
    }

    #[test]
    fn who_weighs_more_may_have_more() {
        assert_eq!(picked(false, &[(1, 2), (4, 4)]), 1);
        assert_eq!(picked(true, &[(1, 2), (4, 4)]), 0);
    }
}
