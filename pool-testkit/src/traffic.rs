//! Traffic on paper: a balance policy, endpoints that come and go, leases that begin and end.

use std::collections::VecDeque;
use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{
    BalancePolicy, Decision, Endpoint, EndpointId, EndpointView, EntryId, Membership, Outcome, Random, Time,
};

use crate::Subject;
use crate::heir::Stranger;

/// So many leases are out at a time, the oldest of which ends when another begins.
const HELD: usize = 6;

/// So many runs a law looks at.
pub(crate) const SEEDS: u64 = 16;

/// So many rounds are enough for all kinds of endpoints to be seen.
pub(crate) const ROUNDS: usize = 120;

/// Two to six endpoints that have a weight.
pub(crate) fn random_weights(seed: u64) -> Vec<u32> {
    let mut dice = Random::with_seed(seed);
    let count = 2 + dice.below(5);
    (0..count).map(|_| 1 + u32::try_from(dice.below(5)).unwrap_or(0)).collect()
}

/// Traffic on paper, directed by a policy.
pub(crate) struct Traffic {
    pub(crate) paper: Paper,
    pub(crate) dice: Random,
    policy: Box<dyn BalancePolicy>,
    held: VecDeque<EntryId>,
    joined: usize,
    seed: u64,
    picks: u64,
}

impl Traffic {
    /// Without endpoints yet, at this time.
    pub(crate) fn at(subject: &Subject, seed: u64, origin: Time) -> Traffic {
        let mut paper = Paper::new();
        paper.advance(origin.since(Time::ZERO));
        Traffic {
            paper,
            dice: Random::with_seed(seed ^ 0x00ba_1a9c_ed01),
            policy: subject.balance(),
            held: VecDeque::new(),
            joined: 0,
            seed,
            picks: 0,
        }
    }

    /// With endpoints of these weights.
    pub(crate) fn with_weights(subject: &Subject, seed: u64, weights: &[u32]) -> (Traffic, Vec<EndpointId>) {
        let mut traffic = Traffic::at(subject, seed, Time::ZERO);
        let endpoints = weights.iter().map(|&weight| traffic.join(weight)).collect();
        (traffic, endpoints)
    }

    pub(crate) fn join(&mut self, weight: u32) -> EndpointId {
        self.joined += 1;
        let endpoint = Endpoint::new(format!("{}:1", self.joined)).weight(weight);
        let id = self.paper.endpoint(endpoint.clone());
        self.policy.membership(Membership::Joined(id, &endpoint));
        id
    }

    pub(crate) fn leave(&mut self, id: EndpointId) {
        self.held.retain(|&conn| self.paper.conn_view(conn).endpoint() != id);
        self.paper.remove_endpoint(id);
        self.policy.membership(Membership::Left(id));
    }

    /// What the policy would pick. Randomness and key depend on the seed and on how many picks were
    /// granted, so that a second question for one grant is the same question.
    pub(crate) fn pick(&mut self) -> Decision<EndpointId> {
        let mut chance = Random::with_seed(self.seed.rotate_left(32) ^ self.picks);
        let key = chance.next_u64();
        self.paper.seed(chance.next_u64());
        self.pick_for(key)
    }

    /// What the policy would pick for a caller with this key.
    pub(crate) fn pick_for(&mut self, key: u64) -> Decision<EndpointId> {
        self.paper.with_cx(Some(key), |paper, cx| self.policy.pick(&paper.endpoints_view(), cx))
    }

    /// A lease of this endpoint begins, and an old one ends.
    pub(crate) fn serve(&mut self, id: EndpointId) {
        self.paper.advance(Duration::from_micros(100));
        let conn = self.begin(id);
        self.held.push_back(conn);
        if self.held.len() > HELD {
            self.held.pop_front().into_iter().for_each(|conn| self.end(conn, Outcome::Ok));
        }
    }

    /// A lease of this endpoint begins.
    pub(crate) fn begin(&mut self, id: EndpointId) -> EntryId {
        self.picks += 1;
        self.tell_served(id);
        let conn = self.paper.idle(id, self.paper.now());
        self.paper.lease(conn);
        conn
    }

    /// A lease ends.
    pub(crate) fn end(&mut self, conn: EntryId, outcome: Outcome) {
        let lease = self.paper.lease_view(conn, outcome);
        let (endpoint, took) = (lease.endpoint(), lease.held_for());
        self.paper.close(conn);
        if self.policy.wants_feedback() {
            self.tell_feedback(endpoint, outcome, took);
        }
    }

    /// Tells the policy of a lease's end, which need not have begun.
    pub(crate) fn tell_feedback(&mut self, endpoint: EndpointId, outcome: Outcome, took: Duration) {
        self.paper.with_cx(None, |_, cx| self.policy.feedback(endpoint, outcome, took, cx));
    }

    /// Tells the policy of a grant that need not have happened.
    pub(crate) fn tell_served(&mut self, id: EndpointId) {
        self.paper.with_cx(None, |paper, cx| self.policy.served(id, &paper.endpoints_view(), cx));
    }

    /// Another policy, told of all endpoints, takes the place of this one, and of something that is none.
    pub(crate) fn succeed(&mut self, subject: &Subject) {
        let mut new = subject.balance();
        for view in self.paper.endpoints_view().iter() {
            new.membership(Membership::Joined(view.id(), view.spec()));
        }
        new.inherit(&mut Stranger);
        new.inherit(&mut *self.policy);
        self.policy = new;
    }

    /// How much the policy has to say of itself.
    pub(crate) fn debug_len(&self) -> usize {
        format!("{:?}", self.policy).len()
    }

    /// The policy itself, to be told what a machine would not tell it.
    pub(crate) fn policy(&mut self) -> &mut dyn BalancePolicy {
        &mut *self.policy
    }

    /// A pick that is granted.
    pub(crate) fn round(&mut self) -> Result<EndpointId, String> {
        let decision = self.pick();
        let id = self.checked(decision)?;
        self.serve(id);
        Ok(id)
    }

    /// The pick, if it is one that the machine can follow.
    pub(crate) fn checked(&self, decision: Decision<EndpointId>) -> Result<EndpointId, String> {
        let view = self.paper.endpoints_view();
        let eligible =
            || view.eligible().map(|it| format!("{} of weight {}", it.id(), it.weight())).collect::<Vec<_>>();
        let Some(id) = decision.choice else {
            return Err(format!("it picked nothing ({}) of {:?}", decision.reason, eligible()));
        };
        match view.get(id) {
            None => Err(format!("it picked {id}, which is not part of the pool; eligible are {:?}", eligible())),
            Some(it) if !it.is_eligible() => {
                Err(format!("it picked {id}, which cannot serve; eligible are {:?}", eligible()))
            }
            Some(_) => Ok(id),
        }
    }

    /// Whether a pick can be asked for.
    pub(crate) fn can_pick(&self) -> bool {
        self.paper.endpoints_view().eligible().next().is_some()
    }

    /// Something happens to the endpoints: one joins, leaves, has no room, has room again.
    pub(crate) fn stir(&mut self) {
        let any = self.dice.below(self.paper.endpoints_view().len());
        let id = self.paper.endpoints_view().iter().nth(any).map(|it: EndpointView<'_>| it.id());
        let Some(id) = id else {
            self.join(1);
            return;
        };
        let yes = self.dice.below(2) == 0;
        match self.dice.below(8) {
            0 => {
                let weight = [0, 1, 1, 2, 5, 100][self.dice.below(6)];
                self.join(weight);
            }
            1 => self.leave(id),
            2 | 3 => self.paper.set_full(id, yes),
            4 | 5 => self.paper.set_sick(id, yes),
            // A caller that had waited for a connection of this endpoint is served.
            _ => self.tell_served(id),
        }
    }
}
