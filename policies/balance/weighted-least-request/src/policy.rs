//! The policy.

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, FailureRates, Membership,
    OptionError, Outcome, Reason, Time,
};

use crate::WeightedLeastRequestOptions;
use crate::schedule::Schedule;

const IN_TURN: Reason = Reason::new("in-turn");
const FEWEST: Reason = Reason::new("fewest-of-drawn");

/// The endpoints serve by weight, less often the more leases they have.
#[derive(Debug, Clone)]
pub struct WeightedLeastRequest {
    bias: f64,
    choices: u32,
    failures: FailureRates,
    schedule: Schedule,
    /// The weights of the endpoints, as they count.
    weights: BTreeMap<EndpointId, u32>,
    /// How many endpoints have each weight.
    having: BTreeMap<u32, usize>,
}

impl WeightedLeastRequest {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `choice_count` is less than 2 or more than 10, or `active_request_bias` is negative or no number.
    pub fn new(options: &WeightedLeastRequestOptions) -> Result<WeightedLeastRequest, OptionError> {
        if !(2..=10).contains(&options.choice_count) {
            let wrong = format!("{} cannot be; it compares from 2 to 10 endpoints", options.choice_count);
            return Err(OptionError::new("choice_count", wrong));
        }
        let bias = options.active_request_bias;
        if !bias.is_finite() || bias < 0.0 {
            let wrong = format!("{bias} cannot be; it is a number from 0 on, such as 1.0");
            return Err(OptionError::new("active_request_bias", wrong));
        }
        Ok(WeightedLeastRequest::checked(options))
    }

    fn checked(options: &WeightedLeastRequestOptions) -> WeightedLeastRequest {
        WeightedLeastRequest {
            bias: options.active_request_bias,
            choices: options.choice_count,
            failures: FailureRates::fading_over(options.failure_decay.get()),
            schedule: Schedule::default(),
            weights: BTreeMap::new(),
            having: BTreeMap::new(),
        }
    }

    /// Whether turns are taken; else some are drawn and compared. Those of weight 0 do not count: they are not offered
    /// beside others.
    fn takes_turns(&self) -> bool {
        self.bias == 0.0 || self.having.range(1..).nth(1).is_some()
    }

    fn in_turn(&self, endpoints: &EndpointsView<'_>) -> Option<EndpointId> {
        self.schedule.first(|id| can_serve(endpoints, id))
    }

    fn fewest_of_drawn(&self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Option<EndpointId> {
        let mut best: Option<(EndpointId, f64)> = None;
        for _ in 0..self.choices {
            let drawn = endpoints.sample(cx.random, |_| true)?;
            let load = (drawn.in_flight() as f64 + 1.0) / self.succeeding(drawn.id(), cx.now);
            if best.is_none_or(|(_, least)| load < least) {
                best = Some((drawn.id(), load));
            }
        }
        best.map(|(id, _)| id)
    }

    /// The weight of one that has just been granted a lease: it is among those it has, which are one more than before.
    fn weight(&self, endpoint: &EndpointView<'_>, now: Time) -> f64 {
        let leases = (endpoint.in_flight().max(1) as f64).powf(self.bias);
        counting(endpoint.weight()) * self.succeeding(endpoint.id(), now) / leases
    }

    /// Which part of its leases goes well.
    fn succeeding(&self, id: EndpointId, now: Time) -> f64 {
        1.0 - self.failures.of(id, now)
    }

    fn set_weight(&mut self, id: EndpointId, weight: Option<u32>) {
        let before = match weight {
            Some(weight) => self.weights.insert(id, weight),
            None => self.weights.remove(&id),
        };
        if let Some(before) = before {
            match self.having.get(&before) {
                Some(&count) if count > 1 => self.having.insert(before, count - 1),
                _ => self.having.remove(&before),
            };
        }
        if let Some(weight) = weight {
            *self.having.entry(weight).or_default() += 1;
        }
    }
}

/// One of weight 0 is offered only if all are: then all count alike.
fn counting(weight: u32) -> f64 {
    f64::from(weight.max(1))
}

fn can_serve(endpoints: &EndpointsView<'_>, id: EndpointId) -> bool {
    endpoints.get(id).is_some_and(|endpoint| endpoint.is_eligible())
}

impl Default for WeightedLeastRequest {
    fn default() -> WeightedLeastRequest {
        WeightedLeastRequest::checked(&WeightedLeastRequestOptions::default())
    }
}

impl BalancePolicy for WeightedLeastRequest {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        if self.takes_turns() {
            Decision { choice: self.in_turn(endpoints), reason: IN_TURN }
        } else {
            Decision { choice: self.fewest_of_drawn(endpoints, cx), reason: FEWEST }
        }
    }

    fn served(&mut self, id: EndpointId, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) {
        let Some(endpoint) = endpoints.get(id) else { return };
        let weight = self.weight(&endpoint, cx.now);
        self.schedule.served(id, weight, |id| can_serve(endpoints, id));
        // A turn given out in a crowd is as long as that was large. Each lease looks at one of them.
        if let Some(other) = self.schedule.next_to_look_at().and_then(|id| endpoints.get(id)) {
            self.schedule.hasten(other.id(), self.weight(&other, cx.now));
        }
    }

    fn wants_feedback(&self) -> bool {
        self.failures.are_kept()
    }

    fn feedback(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, cx: &mut Cx<'_>) {
        self.failures.note(endpoint, outcome, cx.now);
    }

    fn membership(&mut self, change: Membership<'_>) {
        self.failures.membership(change);
        match change {
            Membership::Joined(id, endpoint) => {
                self.set_weight(id, Some(endpoint.weight));
                self.schedule.join(id, counting(endpoint.weight));
            }
            Membership::Changed(id, endpoint) => {
                self.set_weight(id, Some(endpoint.weight));
                self.schedule.change(id, counting(endpoint.weight));
            }
            Membership::Left(id) => {
                self.set_weight(id, None);
                self.schedule.leave(id);
            }
            _ => {}
        }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<WeightedLeastRequest>() {
            self.failures.inherit(&old.failures);
            self.schedule.inherit(&old.schedule);
        }
    }
}

impl Factory<dyn BalancePolicy> for WeightedLeastRequest {
    const KIND: &'static str = "weighted-least-request";
    const SUMMARY: &'static str = "The endpoints serve by weight, less often the more leases they have";
    const EXAMPLE: &'static str = "kind = \"weighted-least-request\"\nactive_request_bias = 1.0\nchoice_count = 2\n\
                                   failure_decay = \"10s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[IN_TURN, FEWEST];
    type Options = WeightedLeastRequestOptions;

    fn build(options: WeightedLeastRequestOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(WeightedLeastRequest::new(&options)?))
    }
}

#[cfg(test)]
mod tests;
