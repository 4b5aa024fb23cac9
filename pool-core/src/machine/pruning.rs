//! Rounds in which evict policies are asked, endpoint by endpoint, how many idle connections are too many.
//!
//! Where no policy wants that, nothing is counted and nothing is asked: the short cut is taken by pools without.

use std::time::Duration;

use super::{Machine, REAP_SLICE};
use crate::view::UsageView;
use crate::{CloseReason, Cx, EndpointId, IdleView, Payload, Reason, Role, State, Time};

/// No rounds follow each other faster, whatever a policy says.
const SHORTEST: Duration = Duration::from_millis(1);

/// When the next rounds are, and what is left of this one.
#[derive(Debug, Default)]
pub(super) struct Pruning {
    /// For which set of policies.
    version: u32,
    /// When each policy's next round is, in the order of those that prune.
    due: Vec<Time>,
    /// Whom to ask yet about which endpoint.
    asks: Vec<(usize, EndpointId)>,
    /// What is too many and not closed yet.
    excess: Option<Excess>,
}

/// So many idle connections of an endpoint go yet, by the word of a policy.
#[derive(Debug, Clone, Copy)]
struct Excess {
    endpoint: EndpointId,
    left: u32,
    policy: &'static str,
    reason: Reason,
}

impl<P: Payload> Machine<P> {
    /// Counts from now. For policies that are new.
    pub(super) fn plan_pruning(&mut self, now: Time) {
        let due = self.judge.pruners.iter().map(|&(_, every)| now.after(every.max(SHORTEST))).collect();
        self.pruning = Pruning { version: self.policies_version, due, asks: Vec::new(), excess: None };
        self.book.endpoints.iter_mut().for_each(|endpoint| endpoint.peaks.clear());
    }

    /// Asks whom it is time to ask, and closes what is too many; a bounded amount. Says whether there may be more.
    pub(super) fn prune(&mut self, now: Time) -> bool {
        if self.pruning.version != self.policies_version || self.pruning.due.len() != self.judge.pruners.len() {
            self.plan_pruning(now);
        }
        if !self.judge.prunes() || !self.is_open() {
            return false;
        }
        self.begin_rounds(now);
        (0..REAP_SLICE).all(|_| self.prune_one(now))
    }

    /// When the next round is. Where nothing is open there is nothing to be closed.
    pub(super) fn next_pruning(&self) -> Time {
        if !self.pruning.asks.is_empty() || self.pruning.excess.is_some() {
            return Time::ZERO;
        }
        let next = self.pruning.due.iter().copied().min().unwrap_or(Time::NEVER);
        if self.book.open > 0 { next } else { Time::NEVER }
    }

    fn begin_rounds(&mut self, now: Time) {
        for (pruner, &(_, every)) in self.judge.pruners.iter().enumerate() {
            if now >= self.pruning.due[pruner] {
                self.pruning.due[pruner] = now.after(every.max(SHORTEST));
                let book = &self.book;
                self.pruning.asks.extend(book.active.iter().rev().map(|&index| (pruner, book.endpoint_id(index))));
            }
        }
    }

    /// The next step of a round. Says whether there was one.
    fn prune_one(&mut self, now: Time) -> bool {
        if let Some(excess) = self.pruning.excess.take() {
            self.close_excess(excess, now);
            return true;
        }
        let Some((pruner, endpoint)) = self.pruning.asks.pop() else { return false };
        if let Some(index) = self.book.find_endpoint(endpoint) {
            self.pruning.excess = self.ask_excess(pruner, index, now);
        }
        true
    }

    fn close_excess(&mut self, excess: Excess, now: Time) {
        let Some(index) = self.book.find_endpoint(excess.endpoint) else { return };
        let floored = self.book.count(State::Idle) <= self.options.limits.min_idle;
        let oldest = IdleView::of_endpoint(&self.book, index, now).unused().oldest();
        let Some(oldest) = oldest.filter(|_| !floored && excess.left > 0).map(|conn| conn.id().index) else { return };
        let Excess { left, policy, reason, .. } = excess;
        self.judge.decisions.note(Role::Evict, policy, reason, self.book.about(oldest, now));
        self.retire_linked(oldest, CloseReason { policy, reason }, now);
        self.pruning.excess = Some(Excess { left: left - 1, ..excess });
    }

    fn ask_excess(&mut self, pruner: usize, index: u32, now: Time) -> Option<Excess> {
        self.note_peak(index);
        let id = self.book.endpoint_id(index);
        let slot = &self.book.endpoints[index as usize];
        let usage = UsageView { slot, id, peak: slot.peaks[pruner] };
        let mut cx = Cx { now, key: None, random: &mut self.random };
        let (policy, answer) = self.judge.ask_prune(pruner, &usage, &mut cx);
        let slot = &mut self.book.endpoints[index as usize];
        slot.peaks[pruner] = slot.busy();
        let decision = answer?;
        Some(Excess { endpoint: id, left: decision.choice?, policy, reason: decision.reason })
    }

    /// A connection of this endpoint is in use from now on.
    #[cold]
    pub(super) fn note_peak(&mut self, endpoint: u32) {
        let pruners = self.judge.pruners.len();
        let slot = &mut self.book.endpoints[endpoint as usize];
        let busy = slot.busy();
        slot.peaks.resize(pruners, 0);
        slot.peaks.iter_mut().for_each(|peak| *peak = busy.max(*peak));
    }
}
