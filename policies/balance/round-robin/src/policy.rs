//! The policy.

use std::any::Any;

use pool_core::{BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, OptionError, Reason, Stability};

use crate::RoundRobinOptions;

const IN_TURN: Reason = Reason::new("in-turn");

/// The endpoints serve in turn.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoundRobin {
    first: u32,
    last: Option<Turn>,
}

/// Whose turn it was, and where in the order that was.
#[derive(Debug, Clone, Copy)]
struct Turn {
    endpoint: EndpointId,
    position: usize,
}

impl RoundRobin {
    /// The policy with these options.
    pub fn new(options: &RoundRobinOptions) -> RoundRobin {
        RoundRobin { first: options.first, last: None }
    }

    /// The place in the order at which the next turn begins.
    fn next(&self, endpoints: &EndpointsView<'_>) -> usize {
        let Some(last) = self.last else { return self.first as usize % endpoints.iter().count().max(1) };
        // One that has left has given its place to the one that came after it.
        position(last.endpoint, endpoints).map_or(last.position, |position| position + 1)
    }
}

impl BalancePolicy for RoundRobin {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let next = self.next(endpoints);
        let mut first = None;
        for (position, endpoint) in endpoints.iter().enumerate() {
            if !endpoint.is_eligible() {
                continue;
            }
            if position >= next {
                return Decision::of(endpoint.id(), IN_TURN);
            }
            first.get_or_insert(endpoint.id());
        }
        Decision { choice: first, reason: IN_TURN }
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) {
        if let Some(position) = position(endpoint, endpoints) {
            self.last = Some(Turn { endpoint, position });
        }
    }

    /// Whose turn it is: `first` is for a pool that is new.
    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<RoundRobin>() {
            self.last = old.last;
        }
    }
}

fn position(id: EndpointId, endpoints: &EndpointsView<'_>) -> Option<usize> {
    endpoints.iter().position(|endpoint| endpoint.id() == id)
}

impl Factory<dyn BalancePolicy> for RoundRobin {
    const KIND: &'static str = "round-robin";
    const SUMMARY: &'static str = "The endpoints serve in turn";
    const EXAMPLE: &'static str = "kind = \"round-robin\"\nfirst = 0\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    const REASONS: &'static [Reason] = &[IN_TURN];
    type Options = RoundRobinOptions;

    fn build(options: RoundRobinOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(RoundRobin::new(&options)))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    fn pool(size: usize) -> (Paper, Vec<EndpointId>) {
        let mut paper = Paper::new();
        let endpoints = (0..size).map(|at| paper.endpoint(Endpoint::new(format!("{at}:1")))).collect();
        (paper, endpoints)
    }

    fn pick(policy: &mut RoundRobin, paper: &mut Paper) -> Option<EndpointId> {
        paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx)).choice
    }

    fn serve(policy: &mut RoundRobin, paper: &mut Paper, endpoint: EndpointId) {
        paper.with_cx(None, |paper, cx| policy.served(endpoint, &paper.endpoints_view(), cx));
    }

    #[test]
    fn a_grant_after_a_wait_moves_the_turn_too() {
        let (mut paper, ids) = pool(3);
        let mut policy = RoundRobin::default();
        serve(&mut policy, &mut paper, ids[1]);
        assert_eq!(pick(&mut policy, &mut paper), Some(ids[2]));
    }

    #[test]
    fn the_first_turn_is_that_of_the_endpoint_that_was_set() {
        for (first, expected) in [(0, 0), (1, 1), (2, 2), (3, 0), (u32::MAX, 0)] {
            let (mut paper, ids) = pool(3);
            let mut policy = RoundRobin::new(&RoundRobinOptions { first });
            assert_eq!(pick(&mut policy, &mut paper), Some(ids[expected]), "first = {first}");
        }
    }

    #[test]
    fn a_successor_goes_on_with_the_turn_whatever_is_first() {
        let (mut paper, ids) = pool(3);
        let mut policy = RoundRobin::default();
        serve(&mut policy, &mut paper, ids[1]);
        let mut successor = RoundRobin::new(&RoundRobinOptions { first: 1 });
        successor.inherit(&mut policy);
        assert_eq!(pick(&mut successor, &mut paper), Some(ids[2]));
    }

    #[test]
    fn a_full_one_is_passed_over() {
        let (mut paper, ids) = pool(3);
        let mut policy = RoundRobin::default();
        serve(&mut policy, &mut paper, ids[0]);
        paper.set_full(ids[1], true);
        assert_eq!(pick(&mut policy, &mut paper), Some(ids[2]));
        paper.set_full(ids[1], false);
        assert_eq!(pick(&mut policy, &mut paper), Some(ids[1]));
    }

    #[test]
    fn one_that_leaves_passes_its_turn_to_its_successor() {
        let (mut paper, ids) = pool(4);
        let mut policy = RoundRobin::default();
        serve(&mut policy, &mut paper, ids[1]);
        paper.remove_endpoint(ids[1]);
        assert_eq!(pick(&mut policy, &mut paper), Some(ids[2]));
    }

    #[test]
    fn the_last_that_leaves_passes_its_turn_to_the_first() {
        let (mut paper, ids) = pool(3);
        let mut policy = RoundRobin::default();
        serve(&mut policy, &mut paper, ids[2]);
        paper.remove_endpoint(ids[2]);
        assert_eq!(pick(&mut policy, &mut paper), Some(ids[0]));
    }
}
