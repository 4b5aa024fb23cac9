//! The policy.

use std::any::Any;
use std::collections::HashMap;
use std::time::Duration;

use pool_core::{
    ConnView, Cx, Decision, EndpointId, EvictPolicy, Expiry, ExpiryRule, Factory, OptionError, Reason, UsageView,
};

use crate::AdaptiveIdleOptions;

const EXCESS: Reason = Reason::new("excess");
const SHORTEST: Duration = Duration::from_millis(1);

/// Of the idle connections that were not needed lately, half are closed at a time.
#[derive(Debug, Clone)]
pub struct AdaptiveIdle {
    every: Duration,
    spare: u32,
    /// How many each endpoint is thought to need: a maximum that decays.
    estimates: HashMap<EndpointId, u32>,
}

impl AdaptiveIdle {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `every` is shorter than a millisecond, or never.
    pub fn new(options: &AdaptiveIdleOptions) -> Result<AdaptiveIdle, OptionError> {
        let every = options.every.get();
        if every < SHORTEST || options.every.is_never() {
            return Err(OptionError::new(
                "every",
                "it would look all the time, or never; at least \"1ms\", for example \"5s\"",
            ));
        }
        Ok(AdaptiveIdle { every, spare: options.spare, estimates: HashMap::new() })
    }
}

impl EvictPolicy for AdaptiveIdle {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Never
    }

    fn prunes_every(&self) -> Option<Duration> {
        Some(self.every)
    }

    fn prune(&mut self, usage: &UsageView<'_>, _: &mut Cx<'_>) -> Option<Decision<u32>> {
        let most_used = usage.most_used();
        let estimate = self.estimates.entry(usage.id()).or_default();
        let need = most_used.max(*estimate).saturating_add(self.spare);
        *estimate = most_used.max(estimate.midpoint(most_used));
        let excess = usage.used().saturating_add(usage.idle()).saturating_sub(need);
        (excess > 0).then(|| Decision::of(excess.div_ceil(2), EXCESS))
    }

    fn left(&mut self, endpoint: EndpointId) {
        self.estimates.remove(&endpoint);
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<AdaptiveIdle>() {
            self.estimates = std::mem::take(&mut old.estimates);
        }
    }
}

impl Factory<dyn EvictPolicy> for AdaptiveIdle {
    const KIND: &'static str = "adaptive-idle";
    const SUMMARY: &'static str = "Of the idle connections that were not needed lately, half are closed at a time";
    const EXAMPLE: &'static str = "kind = \"adaptive-idle\"\nevery = \"5s\"\nspare = 0\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[EXCESS];
    type Options = AdaptiveIdleOptions;

    fn build(options: AdaptiveIdleOptions) -> Result<Box<dyn EvictPolicy>, OptionError> {
        Ok(Box::new(AdaptiveIdle::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::fixture::Paper;
    use pool_core::{Endpoint, HumanDuration};

    use super::*;

    fn policy(spare: u32) -> AdaptiveIdle {
        AdaptiveIdle::new(&AdaptiveIdleOptions { spare, ..AdaptiveIdleOptions::default() }).expect("these make sense")
    }

    /// An endpoint with so many connections of which so many are in use.
    fn endpoint(paper: &mut Paper, used: usize, all: usize) -> EndpointId {
        let name = format!("{used}-{all}:1");
        let endpoint = paper.endpoint(Endpoint::new(name));
        let conns: Vec<_> = (0..all).map(|_| paper.idle(endpoint, paper.now())).collect();
        conns.into_iter().take(used).for_each(|conn| paper.lease(conn));
        endpoint
    }

    fn closes(policy: &mut AdaptiveIdle, paper: &mut Paper, endpoint: EndpointId, most_used: u32) -> u32 {
        let decision = paper.with_cx(None, |paper, cx| policy.prune(&paper.usage_view(endpoint, most_used), cx));
        decision.and_then(|decision| decision.choice).unwrap_or(0)
    }

    #[test]
    fn half_of_what_was_not_needed_goes_rounded_up() {
        for (most_used, goes) in [(3, 4), (4, 3), (9, 1), (10, 0), (12, 0), (0, 5)] {
            let (mut policy, mut paper) = (policy(0), Paper::new());
            let a = endpoint(&mut paper, 0, 10);
            assert_eq!(closes(&mut policy, &mut paper, a, most_used), goes, "of ten, {most_used} were needed");
        }
    }

    #[test]
    fn a_peak_is_forgotten_by_halves() {
        let (mut policy, mut paper) = (policy(0), Paper::new());
        let a = endpoint(&mut paper, 0, 50);
        let most_used = [50, 5, 5, 5, 5];
        let needs: Vec<_> = most_used
            .map(|most_used| {
                closes(&mut policy, &mut paper, a, most_used);
                policy.estimates[&a]
            })
            .into();
        assert_eq!(needs, [50, 27, 16, 10, 7]);
        // A new peak counts at once, and in full.
        assert_eq!(closes(&mut policy, &mut paper, a, 40), 5);
        assert_eq!(policy.estimates[&a], 40);
    }

    #[test]
    fn what_is_in_use_now_is_needed() {
        let (mut policy, mut paper) = (policy(0), Paper::new());
        let a = endpoint(&mut paper, 7, 10);
        assert_eq!(closes(&mut policy, &mut paper, a, 0), 2, "three are idle beside seven in use");
    }

    #[test]
    fn so_many_to_spare_stay() {
        let (mut policy, mut paper) = (policy(4), Paper::new());
        let a = endpoint(&mut paper, 0, 10);
        assert_eq!(closes(&mut policy, &mut paper, a, 0), 3, "of six, beside four to spare");
        let b = endpoint(&mut paper, 0, 4);
        assert_eq!(closes(&mut policy, &mut paper, b, 0), 0);
    }

    #[test]
    fn each_endpoint_has_an_estimate_until_it_leaves() {
        let (mut policy, mut paper) = (policy(0), Paper::new());
        let (a, b) = (endpoint(&mut paper, 0, 8), endpoint(&mut paper, 0, 4));
        closes(&mut policy, &mut paper, a, 8);
        assert_eq!(closes(&mut policy, &mut paper, b, 0), 2, "what others needed does not count");
        policy.left(a);
        assert_eq!(policy.estimates.keys().collect::<Vec<_>>(), [&b]);
    }

    #[test]
    fn other_options_go_on_with_the_estimates() {
        let (mut old, mut paper) = (policy(0), Paper::new());
        let a = endpoint(&mut paper, 0, 10);
        closes(&mut old, &mut paper, a, 10);
        let mut new = policy(1);
        new.inherit(&mut old);
        assert_eq!(closes(&mut new, &mut paper, a, 0), 0, "ten were needed a moment ago");
    }

    #[test]
    fn looking_all_the_time_or_never_is_refused() {
        for every in [HumanDuration::ZERO, HumanDuration::NEVER] {
            let options = AdaptiveIdleOptions { every, ..AdaptiveIdleOptions::default() };
            assert_eq!(AdaptiveIdle::new(&options).unwrap_err().path, ["every"]);
        }
    }
}
