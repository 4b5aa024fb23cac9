//! Dials that are a caller's own: it waits for that and nothing else, and what goes wrong is told to
//! it. And dials of which it is only known who began them.

use std::task::Waker;

use super::Machine;
use super::acquire::Facts;
use crate::book::{Slot, State};
use crate::grant::{Acquire, Grant, Want};
use crate::work::Work;
use crate::{
    CloseReason, Covers, DialBy, DialErrors, Entry, Exhausted, Orphan, Payload, RefusalKind, Time, WaiterId, What,
};

impl<P: Payload> Machine<P> {
    /// Whether a caller that finds nothing idle dials for itself, where it can.
    pub(super) fn callers_dial(&self) -> bool {
        self.options.dial.by != DialBy::Pool
    }

    /// A caller that found nothing idle begins a dial of its own, if there is room; `None` if not.
    pub(super) fn dial_for_caller(
        &mut self,
        want: &Want,
        bound: Option<u32>,
        first_choice: Option<u32>,
        waker: &Waker,
        now: Time,
    ) -> Option<Acquire<P>> {
        if !self.callers_dial() || !self.has_turn(0) || !self.may_dial_more(now) {
            return None;
        }
        let endpoint = match bound {
            Some(endpoint) => self.can_dial(endpoint, now).then_some(endpoint),
            None => self.pick_to_dial(first_choice, now),
        }?;
        let dial = self.begin_dial(endpoint, false, now);
        let waiter = self.waiters.push_owning(want, dial, bound.is_some(), waker.clone());
        self.waiters.set_room(waiter.index);
        self.count_pick(waiter, want, bound, now);
        self.book.slots[dial as usize].asker = Some(waiter);
        self.book.set_owned(dial, true);
        self.stop_clock(waiter.index);
        self.tell_all(now, |machine| What::WaitStarted { waiter, endpoint: machine.spec_at(Some(endpoint)) });
        self.wake_by(want.deadline);
        Some(Acquire::Waiting(waiter))
    }

    /// Where the time-out is for the turn alone, it is over when a dial is begun.
    fn stop_clock(&mut self, waiter: u32) {
        if self.options.wait.covers == Covers::Turn {
            self.waiters.stop_clock(waiter, self.options.wait.timeout.get());
        }
    }

    /// Those whose turn has come begin dials of their own.
    pub(super) fn dial_for_each_turn(&mut self, now: Time) {
        self.refuse_cut_off(now);
        // Some wait for a check.
        while self.waiters.queued() > self.book.of_use(State::Checking) && self.has_turn(0) && self.may_dial_more(now) {
            let Some((waiter, endpoint)) = self.next_with_room(now) else { break };
            let dial = self.begin_dial(endpoint, false, now);
            self.waiters.own(waiter, dial);
            self.book.slots[dial as usize].asker = Some(self.waiters.id_of(waiter));
            self.book.set_owned(dial, true);
            self.stop_clock(waiter);
        }
        while self.is_exhausted() {
            let Some(waiter) = self.waiters.first_of(None) else { break };
            self.refuse_waiter(waiter, RefusalKind::Exhausted, now);
        }
    }

    /// Whoever has a turn, and would need a dial that a breaker forbids, is told at once.
    fn refuse_cut_off(&mut self, now: Time) {
        if !self.fails_fast() {
            return;
        }
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            self.refuse_without_dial(Some(endpoint), now);
        }
        self.refuse_without_dial(None, now);
    }

    fn refuse_without_dial(&mut self, bound: Option<u32>, now: Time) {
        while self.is_cut_off(bound)
            && self.has_turn(0)
            && let Some(waiter) = self.waiters.first_without_dial(bound)
        {
            self.refuse_waiter(waiter, RefusalKind::Dial, now);
        }
    }

    /// Whether those who wait have a turn, and there is nothing to be had and nothing to be made.
    fn is_exhausted(&self) -> bool {
        let fails = self.options.wait.exhausted == Exhausted::Fail && self.waiters.queued_any() > 0;
        fails && self.has_turn(0) && self.book.idle.len == 0 && !self.can_grow(None)
    }

    /// Who is next, and can be dialed for.
    fn next_with_room(&self, now: Time) -> Option<(u32, u32)> {
        for &endpoint in &self.book.active {
            if self.can_dial(endpoint, now)
                && let Some(waiter) = self.next_waiter(endpoint)
            {
                return Some((waiter, endpoint));
            }
        }
        None
    }

    /// Each caller that waits and has begun no dial begins one, where there is room: it takes what
    /// comes first all the same.
    pub(super) fn dial_for_each(&mut self, mut first_choice: Option<u32>, now: Time) {
        self.refuse_cut_off(now);
        while self.may_dial_more(now)
            && self.has_turn(0)
            && let Some(waiter) = self.waiters.first_without_dial(None)
            && let Some(endpoint) = self.pick_to_dial(first_choice.take(), now)
        {
            self.dial_asked_by(waiter, endpoint, now);
        }
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.may_dial_more(now)
                && self.has_turn(0)
                && self.can_dial(endpoint, now)
                && let Some(waiter) = self.waiters.first_without_dial(Some(endpoint))
            {
                self.dial_asked_by(waiter, endpoint, now);
            }
        }
    }

    fn dial_asked_by(&mut self, waiter: u32, endpoint: u32, now: Time) {
        let dial = self.begin_dial(endpoint, false, now);
        self.waiters.note_dial(waiter, Some(dial));
        self.stop_clock(waiter);
        self.book.slots[dial as usize].asker = Some(self.waiters.id_of(waiter));
    }

    /// The caller whose own dial this is, if it waits still.
    fn owner(&self, index: u32) -> Option<u32> {
        let slot = &self.book.slots[index as usize];
        slot.asker.filter(|_| slot.owned).and_then(|waiter| self.waiters.place_of(waiter))
    }

    /// Why a connection whose dial is a caller's own is closed nonetheless, if it is. What it may have
    /// though others may not, goes when it comes back.
    pub(super) fn unfit_for_owner(&self, index: u32) -> Option<CloseReason> {
        let why = self.unfit(index)?;
        let may_have = why == CloseReason::RESIZE || why == CloseReason::CLEAR;
        (!may_have || self.owner(index).is_none()).then_some(why)
    }

    /// The caller that began this dial, if it waits still: for this dial or for what comes first.
    fn asker(&self, index: u32) -> Option<u32> {
        self.book.slots[index as usize].asker.and_then(|waiter| self.waiters.place_of(waiter))
    }

    /// Nobody began this dial, or whoever did has gone: another who waits for a dial at this endpoint.
    fn heir_of_orphan(&self, index: u32) -> Option<u32> {
        let slot = &self.book.slots[index as usize];
        let is_orphan = self.options.dial.orphan == Orphan::Dialing && !slot.ahead && !slot.probe;
        let first = self.waiters.first_owning().filter(|_| is_orphan)?;
        let dial = self.waiters.own_dial(first)?;
        (self.book.slots[dial as usize].endpoint == slot.endpoint).then_some(first)
    }

    /// It gets the connection of another dial: its own is anybody's.
    fn leave_own_dial(&mut self, waiter: u32, index: u32) {
        if let Some(own) = self.waiters.own_dial(waiter).filter(|own| *own != index) {
            self.book.set_owned(own, false);
            self.book.slots[own as usize].asker = None;
        }
    }

    /// A dial is done: whoever began it gets the connection, and others only if nobody began it or
    /// waits no more. Then it comes back.
    pub(super) fn give_to_owner(&mut self, index: u32, entry: Box<Entry<P>>, now: Time) -> Option<Box<Entry<P>>> {
        let Some(waiter) = self.asker(index).or_else(|| self.heir_of_orphan(index)) else { return Some(entry) };
        self.leave_own_dial(waiter, index);
        let slot = &self.book.slots[index as usize];
        if slot.shares.is_some() && slot.free_shares() == 0 {
            // It can serve nobody for now.
            self.send_owner_back(index);
            return Some(entry);
        }
        self.book.set_owned(index, false);
        let (id, want) = (self.waiters.id_of(waiter), self.waiters.want(waiter));
        if self.book.slots[index as usize].shares.is_none() {
            let grant = self.lend_entry(index, entry, &want, Facts::hand_off(id), now);
            self.answer_with(waiter, grant);
            return None;
        }
        self.payloads[index as usize] = Some(entry);
        let grant = self.lend_first_share(index, &want, Facts::hand_off(id), now);
        self.answer_with(waiter, grant);
        if self.book.slots[index as usize].linked {
            self.deliver_shared(index, now);
        }
        None
    }

    /// The first share of a connection that was dialed for one caller: others may have the rest, if
    /// it is pooled.
    fn lend_first_share(&mut self, index: u32, want: &Want, facts: Facts, now: Time) -> Grant<P> {
        let slot = &self.book.slots[index as usize];
        if !slot.extra && slot.free_shares() > 0 {
            self.book.link(index);
        }
        self.lend_share(index, want, facts, now)
    }

    /// The dial comes to nothing, and its owner is told so.
    pub(super) fn refuse_owner(&mut self, index: u32, kind: RefusalKind, now: Time) {
        let owner = self.owner(index);
        self.book.set_owned(index, false);
        self.book.slots[index as usize].asker = None;
        if let Some(waiter) = owner {
            self.refuse_waiter(waiter, kind, now);
        }
    }

    /// The dial comes to nothing, through no fault of its owner: that goes to the head of the queue.
    pub(super) fn send_owner_back(&mut self, index: u32) {
        if let Some(waiter) = self.owner(index) {
            self.waiters.rejoin(waiter, self.book.slots[index as usize].endpoint);
        }
        self.book.set_owned(index, false);
        self.book.slots[index as usize].asker = None;
    }

    /// Sends back, or refuses, the owners of all dials that will serve nobody.
    pub(super) fn send_owners_back(&mut self, among: impl Fn(&Slot) -> bool) {
        for index in 0..self.book.slots.len() as u32 {
            let slot = &self.book.slots[index as usize];
            if slot.occupied && slot.owned && among(slot) {
                self.send_owner_back(index);
            }
        }
    }

    /// One who waited for a dial of its own has gone: the dial is anybody's, or is given up.
    pub(super) fn disown(&mut self, dial: u32, owner: WaiterId) {
        if self.book.slots[dial as usize].asker != Some(owner) {
            return;
        }
        self.book.set_owned(dial, false);
        let slot = &mut self.book.slots[dial as usize];
        slot.asker = None;
        if slot.era != self.era {
            self.book.set_stale(dial);
        }
        let slot = &mut self.book.slots[dial as usize];
        if !self.options.dial.detached {
            slot.abandoned = true;
            self.book.set_stale(dial);
            self.queue(Work::Abandon(self.book.id_of(dial)));
        }
    }

    /// A dial has failed: who is told. To be called before its place is free.
    pub(super) fn heirs_of_error(&mut self, index: u32) -> Heirs {
        let slot = &self.book.slots[index as usize];
        let (endpoint, ahead) = (slot.endpoint, slot.ahead || slot.probe);
        let asker = slot.asker.and_then(|waiter| self.waiters.place_of(waiter));
        let knows_asker = slot.asker.is_some();
        if let Some(waiter) = asker.filter(|_| !slot.owned) {
            self.waiters.note_dial(waiter, None);
        }
        match self.options.dial.errors {
            DialErrors::Retry => {
                self.send_owner_back(index);
                Heirs::Nobody
            }
            DialErrors::All => Heirs::All(endpoint),
            DialErrors::Caller if ahead => Heirs::Nobody,
            DialErrors::Caller => match asker {
                Some(waiter) => Heirs::One(waiter),
                // Whoever began it has gone.
                None if knows_asker || self.options.dial.by == DialBy::Caller => Heirs::Nobody,
                None => self.next_waiter(endpoint).map_or(Heirs::Nobody, Heirs::One),
            },
        }
    }

    /// Tells them, when the error is known.
    pub(super) fn tell_error(&mut self, heirs: Heirs, now: Time) {
        match heirs {
            Heirs::Nobody => {}
            Heirs::One(waiter) => self.refuse_waiter(waiter, RefusalKind::Dial, now),
            Heirs::All(endpoint) => {
                self.refuse_all(Some(endpoint), RefusalKind::Dial, now);
                self.refuse_all(None, RefusalKind::Dial, now);
                self.refuse_owning(RefusalKind::Dial, now);
            }
        }
    }

    /// Refuses all who wait for a dial of their own.
    pub(super) fn refuse_owning(&mut self, kind: RefusalKind, now: Time) {
        while let Some(waiter) = self.waiters.first_owning() {
            self.refuse_waiter(waiter, kind, now);
        }
    }

    /// Why a connection is closed as soon as its dial is done, if nobody wants it any more.
    pub(super) fn unwanted(&self, index: u32) -> Option<CloseReason> {
        let slot = &self.book.slots[index as usize];
        if slot.abandoned {
            return Some(CloseReason::ABANDONED);
        }
        slot.probe.then_some(CloseReason::PROBE)
    }
}

/// Whom the error of a dial is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Heirs {
    Nobody,
    One(u32),
    /// All who wait, but for those who wait for another endpoint.
    All(u32),
}
