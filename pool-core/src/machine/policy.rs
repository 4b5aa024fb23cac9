//! Asking the policies: under guard, with their answers checked, or by rule without asking.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::decisions::{About, Decisions};
use super::expiry::Expiry;
use crate::book::Book;
use crate::view::Offer;
use crate::{
    AcquireRule, Cx, Decision, EndpointId, EndpointView, EndpointsView, EvictPolicy, ExpiryRule, IdleView, LeaseView,
    Named, Outcome, Policies, PolicyFault, Random, Reason, ReleaseRule, Role, Settle, Time, UsageView,
};

/// The policies, what they said of themselves, and how often they were overruled.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) policies: Policies,
    pub(super) acquire_rule: Option<AcquireRule>,
    pub(super) release_rule: Option<ReleaseRule>,
    pub(super) expiry_rules: Vec<ExpiryRule>,
    pub(super) expiry: Expiry,
    /// Whether a policy wants to know how leases end; and whether the balance policy does.
    pub(super) wants_feedback: bool,
    pub(super) balance_wants_feedback: bool,
    /// Whether the release policy is told of the leases that it is not asked about.
    pub(super) wants_losses: bool,
    /// The evict policies that prune, by their places, and how often.
    pub(super) pruners: Vec<(usize, Duration)>,
    pub(super) decisions: Decisions,
    /// Those that just went wrong, to be told of.
    pub(super) faulted: Vec<(Time, Role, &'static str, PolicyFault)>,
}

const OVERRULED: Reason = Reason::new("overruled");

impl Judge {
    pub(super) fn new(policies: Policies) -> Judge {
        let mut judge = Judge {
            policies,
            acquire_rule: None,
            release_rule: None,
            expiry_rules: Vec::new(),
            expiry: Expiry::of(&[]),
            wants_feedback: false,
            balance_wants_feedback: false,
            wants_losses: false,
            pruners: Vec::new(),
            decisions: Decisions::default(),
            faulted: Vec::new(),
        };
        judge.ask_rules();
        judge
    }

    /// Asks the policies what they say of themselves. One that panics is asked each time instead.
    pub(super) fn ask_rules(&mut self) {
        let policies = &self.policies;
        self.acquire_rule = guarded(|| policies.acquire.rule()).flatten();
        self.release_rule = guarded(|| policies.release.rule()).flatten();
        self.expiry_rules =
            policies.evict.iter().map(|policy| guarded(|| policy.rule()).unwrap_or(ExpiryRule::Ask)).collect();
        self.expiry = Expiry::of(&self.expiry_rules).or_sweeps(self.expiry.sweeps());
        self.balance_wants_feedback = guarded(|| policies.balance.wants_feedback()).unwrap_or(false);
        self.wants_feedback = self.balance_wants_feedback || policies.health.is_some();
        self.wants_losses = guarded(|| policies.release.wants_losses()).unwrap_or(false);
        let every = |policy: &Named<dyn EvictPolicy>| guarded(|| policy.prunes_every()).flatten();
        let pruners = policies.evict.iter().enumerate().filter_map(|(place, policy)| Some((place, every(policy)?)));
        self.pruners = pruners.collect();
    }

    /// Which of the idle connections of this endpoint is handed out. There is at least one.
    #[inline(always)]
    pub(super) fn choose(&mut self, book: &Book, endpoint: u32, cx: Cx<'_>) -> (u32, Reason) {
        let list = &book.endpoints[endpoint as usize].idle;
        let now = cx.now;
        let (index, reason) = match self.acquire_rule {
            Some(AcquireRule::Newest(reason)) => (list.newest, reason),
            Some(AcquireRule::Oldest(reason)) => (list.oldest, reason),
            None => match self.ask_acquire(book, endpoint, cx) {
                Some(decision) => decision,
                None => return (list.newest, OVERRULED),
            },
        };
        self.decisions.note(Role::Acquire, self.policies.acquire.kind, reason, book.about(index, now));
        (index, reason)
    }

    #[inline(never)]
    fn ask_acquire(&mut self, book: &Book, endpoint: u32, mut cx: Cx<'_>) -> Option<(u32, Reason)> {
        let view = IdleView::of_endpoint(book, endpoint, cx.now);
        let policy = &mut self.policies.acquire;
        let fault = match guarded(|| policy.choose(&view, &mut cx)) {
            Some(decision) => match decision.choice.and_then(|id| view.get(id)) {
                Some(conn) => return Some((conn.id().index, decision.reason)),
                None => PolicyFault::Impossible,
            },
            None => PolicyFault::Panic,
        };
        self.faulted.push((cx.now, Role::Acquire, self.policies.acquire.kind, fault));
        None
    }

    /// What becomes of a returned connection.
    #[inline(always)]
    pub(super) fn settle(&mut self, book: &Book, lease: Returned, cx: Cx<'_>) -> (Settle, Reason) {
        let now = cx.now;
        let (settle, reason) = match self.release_rule {
            Some(ReleaseRule::Keep(reason)) => (Settle::Keep, reason),
            Some(ReleaseRule::MaxUses { uses, keep, close }) => {
                let worn = book.slots[lease.index as usize].uses >= uses;
                if worn { (Settle::Close, close) } else { (Settle::Keep, keep) }
            }
            None => match self.ask_release(book, lease, cx) {
                Some(decision) => decision,
                None => return (Settle::Keep, OVERRULED),
            },
        };
        self.decisions.note(Role::Release, self.policies.release.kind, reason, book.about(lease.index, now));
        (settle, reason)
    }

    #[inline(never)]
    fn ask_release(&mut self, book: &Book, lease: Returned, mut cx: Cx<'_>) -> Option<(Settle, Reason)> {
        let conn = book.conn_view(lease.index, cx.now);
        let view = LeaseView { conn, outcome: lease.outcome, held_for: cx.now.since(lease.granted) };
        let policy = &mut self.policies.release;
        match guarded(|| policy.settle(&view, &mut cx)) {
            Some(decision) => Some((decision.choice.unwrap_or(Settle::Keep), decision.reason)),
            None => {
                self.faulted.push((cx.now, Role::Release, self.policies.release.kind, PolicyFault::Panic));
                None
            }
        }
    }

    /// Tells the release policy of a lease that it is not asked about.
    pub(super) fn tell_loss(&mut self, book: &Book, lease: Returned, mut cx: Cx<'_>) {
        let conn = book.conn_view(lease.index, cx.now);
        let view = LeaseView { conn, outcome: lease.outcome, held_for: cx.now.since(lease.granted) };
        let policy = &mut self.policies.release;
        if guarded(|| policy.lost(&view, &mut cx)).is_none() {
            self.faulted.push((cx.now, Role::Release, self.policies.release.kind, PolicyFault::Panic));
        }
    }

    /// Whether an evict policy prunes.
    #[inline]
    pub(super) fn prunes(&self) -> bool {
        !self.pruners.is_empty()
    }

    /// How many idle connections of an endpoint are too many, by the word of one of those that prune; and its kind.
    pub(super) fn ask_prune(
        &mut self,
        pruner: usize,
        usage: &UsageView<'_>,
        cx: &mut Cx<'_>,
    ) -> (&'static str, Option<Decision<u32>>) {
        let policy = &mut self.policies.evict[self.pruners[pruner].0];
        let answer = guarded(|| policy.prune(usage, cx));
        if answer.is_none() {
            self.faulted.push((cx.now, Role::Evict, policy.kind, PolicyFault::Panic));
        }
        (policy.kind, answer.flatten())
    }

    /// Tells those that keep something of each endpoint that one has left.
    pub(super) fn tell_left(&mut self, endpoint: EndpointId, now: Time) {
        let release = &mut self.policies.release;
        if guarded(|| release.left(endpoint)).is_none() {
            self.faulted.push((now, Role::Release, release.kind, PolicyFault::Panic));
        }
        for policy in &mut self.policies.evict {
            if guarded(|| policy.left(endpoint)).is_none() {
                self.faulted.push((now, Role::Evict, policy.kind, PolicyFault::Panic));
            }
        }
    }

    /// Which idle connection goes, as the evict policies see it; the oldest if none has a word.
    /// There is at least one on view.
    pub(super) fn victim(&mut self, view: IdleView<'_>, now: Time, random: &mut Random) -> Option<Victim> {
        for policy in &mut self.policies.evict {
            let mut cx = Cx { now, key: None, random };
            let fault = match guarded(|| policy.victim(&view, &mut cx)) {
                Some(None) => continue,
                Some(Some(decision)) => match decision.choice.and_then(|id| view.get(id)) {
                    Some(conn) => {
                        let about = About { entry: Some(conn.id()), endpoint: conn.endpoint(), now };
                        self.decisions.note(Role::Evict, policy.kind, decision.reason, about);
                        return Some(Victim {
                            index: conn.id().index,
                            policy: Some(policy.kind),
                            reason: decision.reason,
                        });
                    }
                    None => PolicyFault::Impossible,
                },
                None => PolicyFault::Panic,
            };
            self.faulted.push((now, Role::Evict, policy.kind, fault));
        }
        view.oldest().map(|conn| Victim { index: conn.id().index, policy: None, reason: OVERRULED })
    }

    /// Which endpoint serves, among those that take the offer; `None` if none does.
    pub(super) fn pick(&mut self, book: &Book, offer: Offer, mut cx: Cx<'_>) -> Option<(u32, Reason)> {
        let view = EndpointsView { book, offer, now: cx.now };
        let first = view.eligible().next()?.id();
        let policy = &mut self.policies.balance;
        let fault = match guarded(|| policy.pick(&view, &mut cx)) {
            Some(decision) => match decision.choice.and_then(|id| view.get(id)).filter(EndpointView::is_eligible) {
                Some(picked) => {
                    let about = About { entry: None, endpoint: picked.id(), now: cx.now };
                    self.decisions.note(Role::Balance, policy.kind, decision.reason, about);
                    return Some((picked.id().index, decision.reason));
                }
                None => PolicyFault::Impossible,
            },
            None => PolicyFault::Panic,
        };
        self.faulted.push((cx.now, Role::Balance, self.policies.balance.kind, fault));
        Some((first.index, OVERRULED))
    }

    /// Tells the balance policy of a grant.
    pub(super) fn served(&mut self, book: &Book, offer: Offer, endpoint: EndpointId, mut cx: Cx<'_>) {
        let view = EndpointsView { book, offer, now: cx.now };
        let policy = &mut self.policies.balance;
        if guarded(|| policy.served(endpoint, &view, &mut cx)).is_none() {
            self.faulted.push((cx.now, Role::Balance, self.policies.balance.kind, PolicyFault::Panic));
        }
    }

    /// Tells the balance policy whatever `tell` does.
    pub(super) fn tell_balance(&mut self, now: Time, tell: impl FnOnce(&mut dyn crate::BalancePolicy)) {
        let policy = &mut self.policies.balance;
        if guarded(|| tell(&mut **policy)).is_none() {
            self.faulted.push((now, Role::Balance, self.policies.balance.kind, PolicyFault::Panic));
        }
    }
}

/// A lease that ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Returned {
    pub(super) index: u32,
    pub(super) outcome: Outcome,
    pub(super) granted: Time,
}

/// An idle connection that goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Victim {
    pub(super) index: u32,
    /// The policy that named it, if one did.
    pub(super) policy: Option<&'static str>,
    pub(super) reason: Reason,
}

/// Runs a policy's code. `None` if it panicked.
#[inline]
pub(super) fn guarded<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => Some(answer),
        Err(panic) => {
            // Dropping what it panicked with would run its code once more, under the lock.
            std::mem::forget(panic);
            None
        }
    }
}
