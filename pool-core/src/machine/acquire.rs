//! A caller asks for a connection, waits, is answered or goes away.

use std::task::Waker;

use super::Machine;
use super::balancing::ONLY;
use super::expiry::Moment;
use crate::book::{NIL, State, set_context};
use crate::grant::{Acquire, Grant, LeaseFacts, Want};
use crate::view::{Burden, Offer};
use crate::{
    Cx, Endpoint, EndpointId, Entry, Exhausted, Lifecycle, Payload, Reason, RefusalKind, Time, WaitOrder, WaiterId,
    What, Work,
};

const BOUND: Reason = Reason::new("bound");
const HANDED_OFF: Reason = Reason::new("handed-off");

impl<P: Payload> Machine<P> {
    /// Asks for a connection. The waker is cloned only if the caller has to wait.
    #[inline(always)]
    pub fn acquire(&mut self, want: &Want, waker: &Waker, now: Time) -> Acquire<P> {
        if now >= self.next_look {
            return self.acquire_looked_at(want, waker, now);
        }
        self.acquire_unseen(want, waker, now)
    }

    #[inline(always)]
    pub(super) fn acquire_unseen(&mut self, want: &Want, waker: &Waker, now: Time) -> Acquire<P> {
        if let Some(grant) = self.lend_quickly(want, now) {
            return Acquire::Granted(grant);
        }
        if let Some(waiter) = self.queue_quickly(want, waker, now) {
            return Acquire::Waiting(waiter);
        }
        self.acquire_at_length(want, waker, now)
    }

    #[inline(never)]
    fn acquire_at_length(&mut self, want: &Want, waker: &Waker, now: Time) -> Acquire<P> {
        self.draw_in(now);
        if self.lifecycle != Lifecycle::Open {
            return self.refuse(want, RefusalKind::Closed, now);
        }
        self.sweep(now);
        self.serve_earlier_ones(want, now);
        let answer = self.acquire_in_turn(want, waker, now);
        self.pump_freed(now);
        answer
    }

    fn acquire_in_turn(&mut self, want: &Want, waker: &Waker, now: Time) -> Acquire<P> {
        let picked = match want.endpoint {
            None => self.pick(want, now),
            Some(id) => match self.book.find_endpoint(id) {
                Some(index) => Some((index, BOUND)),
                None => return self.refuse(want, RefusalKind::NoEndpoint, now),
            },
        };
        let mut in_check = false;
        let waits = match picked {
            Some((endpoint, _)) if want.fresh || self.comes_later(want, endpoint) || !self.has_turn(0) => true,
            Some((endpoint, reason)) => {
                match self.first(|pool| pool.lend_idle(endpoint, want, Facts::at_once(reason), now)) {
                    Idle::Lent(grant) => {
                        self.refill(now);
                        return Acquire::Granted(grant);
                    }
                    // One check at a time for one caller: it waits for that.
                    Idle::InCheck => {
                        in_check = true;
                        true
                    }
                    Idle::None => false,
                }
            }
            None => false,
        };
        self.acquire_slowly(want, picked, Waits { waits, in_check }, waker, now)
    }

    /// Lends an idle connection of this endpoint, if one is fit.
    #[inline(always)]
    pub(super) fn lend_idle(&mut self, endpoint: u32, want: &Want, facts: Facts, now: Time) -> Idle<P> {
        while self.book.endpoints[endpoint as usize].idle.len > 0 {
            let cx = Cx { now, key: want.key, random: &mut self.random };
            let (index, reason) = self.judge.choose(&self.book, endpoint, cx);
            if let Some(why) = self.expired(index, Moment::Acquire, now) {
                self.retire_linked(index, why, now);
                continue;
            }
            if self.wants_check(index, now) {
                self.begin_check(index, now);
                return Idle::InCheck;
            }
            return Idle::Lent(self.lend_linked(index, want, Facts { acquire: reason, ..facts }, now));
        }
        Idle::None
    }

    /// Lends a connection that is in the lists: all of it, or a share.
    #[inline(always)]
    pub(super) fn lend_linked(&mut self, index: u32, want: &Want, facts: Facts, now: Time) -> Grant<P> {
        if self.book.slots[index as usize].shares.is_some() {
            return self.lend_share(index, want, facts, now);
        }
        self.unlink(index);
        let entry = self.payloads[index as usize].take().expect("an idle connection is in the machine");
        self.lend_entry(index, entry, want, facts, now)
    }

    /// Lends a whole connection.
    #[inline(always)]
    pub(super) fn lend_entry(
        &mut self,
        index: u32,
        mut entry: Box<Entry<P>>,
        want: &Want,
        facts: Facts,
        now: Time,
    ) -> Grant<P> {
        self.lend(index, &mut entry.facts, want, facts, now);
        Grant::Entry(entry)
    }

    /// Writes a lease into the books.
    #[inline(always)]
    pub(super) fn lend(&mut self, index: u32, lease: &mut LeaseFacts, want: &Want, facts: Facts, now: Time) {
        if self.book.slots[index as usize].state != State::Leased {
            self.book.set_state(index, State::Leased, now);
        }
        let slot = &mut self.book.slots[index as usize];
        slot.uses = slot.uses.saturating_add(1);
        slot.lend_to(want.site, want.context.as_ref());
        let (uses, born, endpoint) = (slot.uses, slot.created, slot.endpoint);
        let tally = &mut self.book.endpoints[endpoint as usize].tally;
        tally.counters.acquired += 1;
        if facts.waiter.is_some() {
            tally.counters.waited += 1;
            tally.timings.wait.record_nanos(now.nanos_since(want.asked));
            self.nuances.fresh += u64::from(uses == 1);
        } else {
            self.judge.decisions.lent_at_length += 1;
        }
        if self.book.active.len() > 1 && !facts.waiter.is_some_and(|waiter| self.waiters.is_counted(waiter.index)) {
            self.tell_served(endpoint, want, now);
        }
        if self.judge.prunes() {
            self.note_peak(endpoint);
        }
        self.watch_lease(now);
        self.tell_all(now, |machine| What::Acquired {
            entry: machine.book.id_of(index),
            endpoint: machine.endpoint_of(index).clone(),
            waited: now.since(want.asked),
            waiter: facts.waiter,
            choice: facts.acquire,
        });
        lease.write(want, now, born, uses, facts);
    }

    /// Some may wait beside idle connections, for one that is being checked: they come first, also
    /// where a newcomer could be served at once.
    #[inline]
    fn serve_earlier_ones(&mut self, want: &Want, now: Time) {
        if self.queues(want) && self.book.idle.len > 0 {
            self.serve_all_from_idle(now);
        }
    }

    /// Whether others wait who come before this caller.
    #[inline]
    fn queues(&self, want: &Want) -> bool {
        self.waiters.queued() > 0 && !want.again && self.order() == WaitOrder::Fifo
    }

    /// Whether some of them wait for what is idle at this endpoint, or is being checked there.
    #[inline]
    fn comes_later(&self, want: &Want, endpoint: u32) -> bool {
        self.queues(want) && self.next_waiter_for_idle(endpoint).is_some()
    }

    /// Nothing was idle where the balance policy looked: elsewhere, by waiting, or not at all.
    #[cold]
    fn acquire_slowly(
        &mut self,
        want: &Want,
        picked: Option<(u32, Reason)>,
        Waits { waits, in_check }: Waits,
        waker: &Waker,
        now: Time,
    ) -> Acquire<P> {
        let bound = match want.endpoint {
            Some(_) => picked.map(|(endpoint, _)| endpoint),
            None if self.options.wait.strict => picked.map(|(endpoint, _)| endpoint),
            None => None,
        };
        let first_choice = picked.map(|(endpoint, _)| endpoint);
        if bound.is_none()
            && !waits
            && let Some(grant) = self.first(|pool| pool.lend_elsewhere(want, first_choice, now))
        {
            self.refill(now);
            return Acquire::Granted(grant);
        }
        if self.is_exhausted_for(want, bound) {
            return self.refuse(want, RefusalKind::Exhausted, now);
        }
        if self.is_cut_off(bound) {
            return self.refuse(want, RefusalKind::Dial, now);
        }
        if want.deadline > now
            && !in_check
            && let Some(waiting) = self.dial_for_caller(want, bound, first_choice, waker, now)
        {
            return waiting;
        }
        if self.is_queue_full(want) {
            return self.refuse(want, RefusalKind::QueueFull, now);
        }
        if !self.has_hope(bound, now) {
            let kind = if self.has_endpoint() { RefusalKind::Dial } else { RefusalKind::NoEndpoint };
            return self.refuse(want, kind, now);
        }
        if want.deadline <= now {
            self.dial_ahead_at(first_choice, now);
            return self.refuse(want, RefusalKind::Timeout, now);
        }
        let order = self.options.wait.order;
        let waiter = self.waiters.push(want, bound, order, waker.clone());
        self.note_room(waiter, bound, now);
        self.count_pick(waiter, want, bound, now);
        self.tell_all(now, |machine| What::WaitStarted { waiter, endpoint: machine.spec_at(bound) });
        self.wake_by(want.deadline);
        self.pump(first_choice, now);
        Acquire::Waiting(waiter)
    }

    /// Another endpoint has one ready: the caller takes that, and the policy's choice is dialed for
    /// those who come after.
    fn lend_elsewhere(&mut self, want: &Want, first_choice: Option<u32>, now: Time) -> Option<Grant<P>> {
        while self.book.idle.len > 0 {
            let offer = Offer { idle: true, room: None, burden: Burden::ANY, healthy: false, without: NIL };
            let (endpoint, reason) = self.ask_balance(offer, want.key, now)?;
            if self.comes_later(want, endpoint) {
                return None;
            }
            match self.lend_idle(endpoint, want, Facts::at_once(reason), now) {
                Idle::Lent(grant) => {
                    self.dial_ahead_at(first_choice, now);
                    return Some(grant);
                }
                Idle::InCheck => return None,
                // All that was idle there had expired: the next endpoint.
                Idle::None => {}
            }
        }
        None
    }

    /// Whether there is nothing to be had, and waiting is not wanted. One that waits for its turn
    /// waits for another reason.
    fn is_exhausted_for(&self, want: &Want, bound: Option<u32>) -> bool {
        let fails = self.options.wait.exhausted == Exhausted::Fail && !want.again && self.has_turn(0);
        fails && !self.can_grow(bound)
    }

    fn is_queue_full(&self, want: &Want) -> bool {
        !want.again && self.options.limits.max_waiting.is_some_and(|most| self.waiters.queued() >= most)
    }

    /// The id of the endpoint of this name, if it is part of the pool. One without an `id` is found by its whole
    /// address, too.
    pub fn endpoint_named(&self, name: &str) -> Option<EndpointId> {
        let spec = |index: u32| &self.book.endpoints[index as usize].spec;
        let is = |spec: &Endpoint| spec.name() == name || (spec.id.is_empty() && spec.address == name);
        let index = self.book.active.iter().find(|&&index| is(spec(index)))?;
        Some(self.book.endpoint_id(*index))
    }

    #[inline(always)]
    fn wants_check(&self, index: u32, now: Time) -> bool {
        let after = self.options.upkeep.check_after_idle;
        let slot = &self.book.slots[index as usize];
        slot.state == State::Idle && !after.is_never() && now.since(slot.since) > after.get()
    }

    #[cold]
    fn begin_check(&mut self, index: u32, now: Time) {
        self.unlink(index);
        self.book.set_state(index, State::Checking, now);
        if self.judge.prunes() {
            self.note_peak(self.book.slots[index as usize].endpoint);
        }
        let entry = self.payloads[index as usize].take().expect("an idle connection is in the machine");
        self.queue(Work::Check(entry));
    }
}

/// Whether a caller has to wait although something is idle: for its turn, or for a check.
#[derive(Debug, Clone, Copy)]
struct Waits {
    waits: bool,
    in_check: bool,
}

/// What came of looking for an idle connection at an endpoint.
pub(super) enum Idle<P: Payload> {
    /// One is lent.
    Lent(Grant<P>),
    /// The one chosen was idle for so long that it is checked first.
    InCheck,
    /// None is fit.
    None,
}

/// Why a connection is lent, and to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// The one who waited for it, if one did.
    waiter: Option<WaiterId>,
    acquire: Reason,
    balance: Reason,
}

impl Facts {
    /// To a caller that need not wait.
    #[inline]
    fn at_once(balance: Reason) -> Facts {
        Facts { waiter: None, acquire: HANDED_OFF, balance }
    }

    /// To a caller that need not wait and could go nowhere else.
    #[inline(always)]
    pub(super) fn chosen(acquire: Reason) -> Facts {
        Facts { waiter: None, acquire, balance: ONLY }
    }

    /// To a waiter.
    pub(super) fn hand_off(waiter: WaiterId) -> Facts {
        Facts { waiter: Some(waiter), acquire: HANDED_OFF, balance: HANDED_OFF }
    }
}

impl LeaseFacts {
    #[inline(always)]
    pub(super) fn write(&mut self, want: &Want, now: Time, born: Time, uses: u32, facts: Facts) {
        self.asked = want.asked;
        self.granted = now;
        self.born = born;
        self.uses = uses;
        self.waited = facts.waiter.is_some();
        self.acquire_reason = facts.acquire;
        self.balance_reason = facts.balance;
        self.site = want.site;
        set_context(&mut self.context, want.context.as_ref());
    }
}
