//! The policy.

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, OptionError, Reason, Stability,
};

use crate::WeightedRandomOptions;

const BY_CHANCE: Reason = Reason::new("by-chance");

/// The endpoints serve by chance, in proportion to their weights.
#[derive(Debug, Clone, Copy, Default)]
pub struct WeightedRandom;

impl BalancePolicy for WeightedRandom {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        // One of weight 0 is eligible only if all are: then all count alike.
        let weight = |endpoint: &EndpointView<'_>| endpoint.weight().max(1) as usize;
        let sum = endpoints.eligible().fold(0_usize, |sum, endpoint| sum.saturating_add(weight(&endpoint)));
        let mut left = cx.random.below(sum);
        for endpoint in endpoints.eligible() {
            match left.checked_sub(weight(&endpoint)) {
                None => return Decision::of(endpoint.id(), BY_CHANCE),
                Some(rest) => left = rest,
            }
        }
        Decision::none(BY_CHANCE)
    }
}

impl Factory<dyn BalancePolicy> for WeightedRandom {
    const KIND: &'static str = "random";
    const SUMMARY: &'static str = "The endpoints serve by chance, in proportion to their weights";
    const EXAMPLE: &'static str = "kind = \"random\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[BY_CHANCE];
    type Options = WeightedRandomOptions;

    fn build(WeightedRandomOptions {}: WeightedRandomOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(WeightedRandom))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    fn pick(paper: &mut Paper) -> Option<EndpointId> {
        paper.with_cx(None, |paper, cx| WeightedRandom.pick(&paper.endpoints_view(), cx)).choice
    }

    #[test]
    fn one_that_cannot_serve_leaves_its_share_to_the_others() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1").weight(1000));
        let b = paper.endpoint(Endpoint::new("b:1").weight(1));
        paper.set_full(a, true);
        assert!((0..100).all(|_| pick(&mut paper) == Some(b)));
    }

    #[test]
    fn weight_zero_gets_nothing_while_another_has_weight() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1").weight(0));
        let b = paper.endpoint(Endpoint::new("b:1").weight(1));
        assert!((0..100).all(|_| pick(&mut paper) == Some(b)));
        paper.remove_endpoint(b);
        assert_eq!(pick(&mut paper), Some(a), "now all weights are zero");
    }
}
