//! The policy.

use std::time::Duration;

use pool_core::{BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView};
use pool_core::{Factory, FailureRates, Membership, OptionError, Outcome, Reason, Time};

use crate::ZoneFirstOptions;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const OWN_ZONE: Reason = Reason::new("own-zone");
const ELSEWHERE: Reason = Reason::new("elsewhere");

/// How long it is held against an endpoint that its leases failed.
const FADE: Duration = Duration::from_secs(10);

/// The endpoints of one's own zone serve first; of those, the one with the fewest leases for its weight.
#[derive(Debug, Clone)]
pub struct ZoneFirst {
    zone: String,
    /// Who served last: of several that are equally free, the next after it is picked.
    last: Option<EndpointId>,
    /// Who fails at once has few leases, and would draw the load to it: so failures count.
    failures: FailureRates,
}

impl ZoneFirst {
    /// The policy with these options.
    pub fn new(options: &ZoneFirstOptions) -> Self {
        Self {
            zone: options.zone.clone(),
            // Nobody yet.
            last: None,
            failures: FailureRates::fading_over(FADE),
        }
    }

    /// The lower, the sooner it serves. THIS IS THE RULE: make it yours.
    fn rank(&self, endpoint: &EndpointView<'_>, now: Time) -> (bool, f64, bool, EndpointId) {
        // One of weight 0 is eligible only if all are of weight 0; then all count alike.
        let weight = endpoint.weight().max(1);
        let leases = endpoint.in_flight() as f64;
        // From 0 to less than 1.
        let failing = self.failures.of(endpoint.id(), now);
        let load = (leases + failing) / (1.0 - failing) / f64::from(weight);
        let had_its_turn = self.last.is_some_and(|last| endpoint.id() <= last);
        (!self.is_in_zone(endpoint), load, had_its_turn, endpoint.id())
    }
}

impl ZoneFirst {
    fn is_in_zone(&self, endpoint: &EndpointView<'_>) -> bool {
        let zone = endpoint.spec().metadata.get("zone");
        zone.map_or("", String::as_str) == self.zone
    }
}

impl BalancePolicy for ZoneFirst {
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
            Some((false, _, _, id)) => Decision::of(id, OWN_ZONE),
            Some((true, _, _, id)) => Decision::of(id, ELSEWHERE),
            None => Decision::none(ELSEWHERE),
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

impl Factory<dyn BalancePolicy> for ZoneFirst {
    const KIND: &'static str = "zone-first";
    const SUMMARY: &'static str = "The endpoints of one's own zone serve first";
    const EXAMPLE: &'static str = r#"kind = "zone-first"
zone = "eu-1"
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[OWN_ZONE, ELSEWHERE];
    type Options = ZoneFirstOptions;

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

    /// Which of these endpoints, each with its zone and so many leases, is picked, and why.
    fn picked(zone: &str, endpoints: &[(&str, u32)]) -> (usize, &'static str) {
        let mut paper = Paper::new();
        let mut ids = Vec::new();
        for (place, &(zone, leases)) in endpoints.iter().enumerate() {
            let mut endpoint = Endpoint::new(format!("server-{place}:1"));
            endpoint.metadata.insert("zone".to_owned(), zone.to_owned());
            let id = paper.endpoint(endpoint);
            for _ in 0..leases {
                let conn = paper.idle(id, paper.now());
                paper.lease(conn);
            }
            ids.push(id);
        }
        let mut policy = ZoneFirst::new(&ZoneFirstOptions { zone: zone.to_owned() });
        let decision = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
        let pick = decision.choice.expect("all can serve");
        let place = ids.iter().position(|&id| id == pick);
        (place.expect("one of them"), decision.reason.as_str())
    }

    #[test]
    fn the_own_zone_comes_first_however_busy_it_is() {
        assert_eq!(picked("eu", &[("us", 0), ("eu", 5), ("eu", 3)]), (2, "own-zone"));
    }

    #[test]
    fn the_others_serve_where_there_is_none_of_it() {
        assert_eq!(picked("asia", &[("us", 4), ("eu", 3)]), (1, "elsewhere"));
    }
}
