//! When idle connections expire, and the reaper that closes them.

use super::Machine;
use super::policy::guarded;
use crate::book::{Deadlines, MOMENTS, NIL, Slot, State, Why};
use crate::{CloseReason, Cx, ExpiryRule, Moments, Payload, PolicyFault, Role, Time};

/// The moments at which an expiry is looked at, as places in [`Deadlines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Acquire = 0,
    Release = 1,
    Background = 2,
    Sweep = 3,
}

const EACH: [Moments; MOMENTS] = [Moments::ACQUIRE, Moments::RELEASE, Moments::BACKGROUND, Moments::SWEEP];

impl Deadlines {
    /// The earliest deadline of each moment wins, and apart from it the earliest without a floor.
    #[inline]
    fn add(&mut self, at: Time, moments: Moments, why: Why) {
        for (place, moment) in EACH.into_iter().enumerate() {
            if !moments.contains(moment) {
                continue;
            }
            if at < self.at[place] {
                (self.at[place], self.why[place]) = (at, why);
            }
            if !why.floor && at < self.firm[place].0 {
                self.firm[place] = (at, why);
            }
        }
    }
}

/// What the expiry rules come to, so that the hot path need not go through them.
#[derive(Debug)]
pub(super) struct Expiry {
    /// Whether a policy wants to be asked at each release.
    asks: bool,
    /// Whether a policy may want idle ones to be looked at when another is acquired.
    sweeps: bool,
    /// After how long idle, for each moment, and by whose rule.
    idle: [(Time, Why); MOMENTS],
    /// The same for the rules without a floor.
    idle_firm: [(Time, Why); MOMENTS],
}

impl Expiry {
    pub(super) fn of(rules: &[ExpiryRule]) -> Expiry {
        let mut idle = Deadlines::NONE;
        for (policy, rule) in rules.iter().enumerate() {
            if let ExpiryRule::Idle { after, moments, reason, floor, replace } = *rule {
                let why = Why { policy: policy as u16, floor, replace, reason };
                idle.add(Time::ZERO.after(after), moments, why);
            }
        }
        let asks = rules.contains(&ExpiryRule::Ask);
        let sweeps = !idle.at[Moment::Sweep as usize].is_never();
        Expiry {
            asks,
            sweeps,
            idle: std::array::from_fn(|moment| (idle.at[moment], idle.why[moment])),
            idle_firm: idle.firm,
        }
    }

    /// As one before it, as far as it is known only when policies have been asked.
    pub(super) fn or_sweeps(self, sweeps: bool) -> Expiry {
        Expiry { sweeps: self.sweeps || sweeps, ..self }
    }

    /// Whether a policy wants to be asked at each release.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// Whether a policy may want idle ones to be looked at when another is acquired.
    pub(super) fn sweeps(&self) -> bool {
        self.sweeps
    }

    /// When a connection expires, as far as this moment looks.
    #[inline(always)]
    pub(super) fn deadline(&self, slot: &Slot, moment: Moment) -> Time {
        slot.deadlines.at[moment as usize].min(self.idle_deadline(slot, moment))
    }

    /// A shared connection with leases is not idle.
    #[inline(always)]
    fn idle_deadline(&self, slot: &Slot, moment: Moment) -> Time {
        idle_for(slot, self.idle[moment as usize].0)
    }

    /// When it expires even if the floor keeps it from the others' deadlines, and why.
    pub(super) fn firm(&self, slot: &Slot, moment: Moment) -> (Time, Why) {
        let (after, why) = self.idle_firm[moment as usize];
        let (by_idling, fixed) = (idle_for(slot, after), slot.deadlines.firm[moment as usize]);
        if by_idling < fixed.0 { (by_idling, why) } else { fixed }
    }

    /// How long this connection may last, idle or at all, as far as the background looks.
    pub(super) fn shortest(&self, slot: &Slot) -> Time {
        let background = Moment::Background as usize;
        let age = Time::from_nanos(slot.birth_deadlines.at[background].nanos_since(slot.created));
        let age = if slot.birth_deadlines.at[background].is_never() { Time::NEVER } else { age };
        self.idle[background].0.min(age)
    }

    fn why(&self, slot: &Slot, moment: Moment) -> Why {
        let by_idling = self.idle_deadline(slot, moment) < slot.deadlines.at[moment as usize];
        if by_idling { self.idle[moment as usize].1 } else { slot.deadlines.why[moment as usize] }
    }
}

#[inline(always)]
fn idle_for(slot: &Slot, after: Time) -> Time {
    if slot.state == State::Leased { Time::NEVER } else { slot.since.after_nanos(after.as_nanos()) }
}

impl<P: Payload> Machine<P> {
    /// Deadlines that are fixed at birth, and all others, from now.
    #[cold]
    pub(super) fn set_birth_deadlines(&mut self, index: u32, now: Time) {
        let mut deadlines = Deadlines::NONE;
        for policy in 0..self.judge.expiry_rules.len() {
            if self.judge.expiry_rules[policy] == ExpiryRule::Birth {
                self.ask_expiry(policy, index, now, &mut deadlines);
            }
        }
        let slot = &mut self.book.slots[index as usize];
        slot.birth_deadlines = deadlines;
        slot.deadlines = deadlines;
        slot.policies = self.policies_version;
        self.set_idle_deadlines(index, now);
    }

    /// The deadlines of a connection that becomes idle, or was lately.
    #[inline(always)]
    pub(super) fn set_idle_deadlines(&mut self, index: u32, now: Time) {
        if self.must_ask(index) {
            return self.ask_deadlines(index, now);
        }
        self.note_reap(index);
    }

    /// Whether policies have to be asked for a connection's deadlines: they were changed, or some
    /// want to be asked each time.
    #[inline(always)]
    fn must_ask(&self, index: u32) -> bool {
        self.judge.expiry.asks || self.book.slots[index as usize].policies != self.policies_version
    }

    #[cold]
    fn ask_deadlines(&mut self, index: u32, now: Time) {
        if self.book.slots[index as usize].policies != self.policies_version {
            return self.set_birth_deadlines(index, now);
        }
        let mut deadlines = self.book.slots[index as usize].birth_deadlines;
        for policy in 0..self.judge.expiry_rules.len() {
            if self.judge.expiry_rules[policy] == ExpiryRule::Ask {
                self.ask_expiry(policy, index, now, &mut deadlines);
            }
        }
        self.book.slots[index as usize].deadlines = deadlines;
        self.note_reap(index);
    }

    /// Sees to it that the reaper comes in time.
    #[inline(always)]
    fn note_reap(&mut self, index: u32) {
        let slot = &self.book.slots[index as usize];
        let background = self.judge.expiry.deadline(slot, Moment::Background);
        if background < self.next_reap {
            if !self.reaps_with_pauses() {
                self.reap_by(background, slot.since);
            } else if slot.state == State::Idle {
                self.begin_reaping(index, slot.since);
            }
        }
    }

    fn ask_expiry(&mut self, policy: usize, index: u32, now: Time, deadlines: &mut Deadlines) {
        let conn = self.book.conn_view(index, now);
        let asked = &self.judge.policies.evict[policy];
        let mut cx = Cx { now, key: None, random: &mut self.random };
        match guarded(|| asked.expires_at(&conn, &mut cx)) {
            Some(Some(expiry)) => {
                let crate::Expiry { floor, replace, reason, .. } = expiry;
                let why = Why { policy: policy as u16, floor, replace, reason };
                deadlines.add(expiry.at, expiry.moments, why);
                self.note_sweep(expiry.moments);
            }
            Some(None) => {}
            None => self.judge.faulted.push((now, Role::Evict, asked.kind, PolicyFault::Panic)),
        }
    }

    /// Known only when a policy has said so.
    fn note_sweep(&mut self, moments: Moments) {
        if moments.contains(Moments::SWEEP) && !self.judge.expiry.sweeps {
            self.judge.expiry.sweeps = true;
            self.note_ordinary();
        }
    }

    /// Why a connection is expired at this moment, if it is.
    #[inline(always)]
    pub(super) fn expired(&mut self, index: u32, moment: Moment, now: Time) -> Option<CloseReason> {
        if self.book.slots[index as usize].policies != self.policies_version {
            self.set_birth_deadlines(index, now);
        }
        if now < self.judge.expiry.deadline(&self.book.slots[index as usize], moment) {
            return None;
        }
        self.expired_by(index, moment, now)
    }

    /// One that the floor keeps from its earliest deadline may have a later one without a floor.
    #[cold]
    fn expired_by(&mut self, index: u32, moment: Moment, now: Time) -> Option<CloseReason> {
        // A shared one with leases is listed and not idle: what a policy said of it lately was for then.
        if self.judge.expiry.asks && self.book.slots[index as usize].state == State::Leased {
            self.ask_deadlines(index, now);
        }
        let slot = &self.book.slots[index as usize];
        if now < self.judge.expiry.deadline(slot, moment) {
            return None;
        }
        let why = self.judge.expiry.why(slot, moment);
        if !why.floor || self.book.count(State::Idle) > self.options.limits.min_idle {
            return Some(self.close_reason(why, index, now));
        }
        let (at, why) = self.judge.expiry.firm(slot, moment);
        (now >= at).then(|| self.close_reason(why, index, now))
    }

    /// Why a connection that comes back is expired at this moment, if it is: by the deadlines it was
    /// born with, and those of policies that are asked each time.
    #[inline(always)]
    pub(super) fn expired_on_return(&mut self, index: u32, moment: Moment, now: Time) -> Option<CloseReason> {
        if self.must_ask(index) {
            self.ask_deadlines(index, now);
        }
        let deadlines = &self.book.slots[index as usize].deadlines;
        let (due, why) = (now >= deadlines.at[moment as usize], deadlines.why[moment as usize]);
        due.then(|| self.close_reason(why, index, now))
    }

    /// Closes those idle longest, as far as they have expired, where a policy wants that at each
    /// acquire.
    #[inline]
    pub(super) fn sweep(&mut self, now: Time) {
        if self.judge.expiry.sweeps {
            self.sweep_idle(now);
        }
    }

    #[cold]
    fn sweep_idle(&mut self, now: Time) {
        while self.book.idle.oldest != NIL {
            let index = self.book.idle.oldest;
            let Some(why) = self.expired(index, Moment::Sweep, now) else { return };
            self.retire_linked(index, why, now);
        }
    }

    #[cold]
    fn close_reason(&mut self, why: Why, index: u32, now: Time) -> CloseReason {
        let policy = self.judge.policies.evict.get(usize::from(why.policy)).map_or(CloseReason::POOL, |p| p.kind);
        // A shared connection goes when its last lease ends: until then each finds it expired anew.
        if self.book.slots[index as usize].shares.is_none_or(|shares| shares.draining.is_none()) {
            self.judge.decisions.note(Role::Evict, policy, why.reason, self.book.about(index, now));
            if why.replace {
                self.owe(self.book.slots[index as usize].endpoint);
            }
        }
        CloseReason { policy, reason: why.reason }
    }
}
