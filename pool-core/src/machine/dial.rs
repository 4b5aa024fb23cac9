//! Dials: they belong to the pool, race with returns, and back off when they fail.

use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use crate::book::Shares;
use crate::grant::DialFault;
use crate::returns::Marks;
use crate::work::{Ticket, Work};
use crate::{Capacity, CloseReason, Entry, ErrorClass, Lifecycle, Payload, Permit, RefusalKind, Time, What};

impl<P: Payload> Machine<P> {
    /// Takes a place and asks for a dial. `ahead`: for no caller.
    pub(super) fn begin_dial(&mut self, endpoint: u32, ahead: bool, now: Time) -> u32 {
        let draw = self.random.unit();
        let marks = Marks::new();
        let id = self.book.open_slot(endpoint, now, draw, Arc::clone(&marks));
        if self.payloads.len() <= id.index() {
            self.payloads.resize_with(id.index() + 1, || None);
        }
        let slot = &mut self.book.slots[id.index()];
        slot.era = self.era;
        slot.ahead = ahead;
        self.pay(id.index);
        let endpoint_slot = &self.book.endpoints[endpoint as usize];
        let (spec, attempt) = (Arc::clone(&endpoint_slot.spec), endpoint_slot.failures);
        let context = self.next_waiter(endpoint).and_then(|waiter| self.waiters.context(waiter));
        let permit = Permit::new(id, marks, Arc::clone(&self.returns));
        self.queue(Work::Dial(Ticket { permit, endpoint: spec, started: now, attempt, context }));
        id.index
    }

    /// A dial begins: only now is it counted, for until now it could be given up.
    pub(super) fn start_dial(&mut self, ticket: Ticket, now: Time) -> Ticket {
        let (id, attempt) = (ticket.id(), ticket.attempt);
        let place = self.book.slots[id.index()].endpoint;
        self.book.endpoints[place as usize].tally.counters.dials += 1;
        self.book.slots[id.index()].opening = self.is_opening(id.index);
        self.tell(now, |_| What::DialStarted { entry: id, endpoint: Arc::clone(&ticket.endpoint), attempt });
        Ticket { started: now, ..ticket }
    }

    /// A dial that was not begun is given up.
    pub(super) fn elide(&mut self, ticket: Ticket, now: Time) {
        let (id, endpoint) = (ticket.id(), Arc::clone(&ticket.endpoint));
        let index = ticket.permit.spend().index;
        let tally = &mut self.book.endpoints[self.book.slots[index as usize].endpoint as usize].tally;
        tally.counters.dials_elided += 1;
        self.send_owner_back(index);
        self.free(index, now);
        self.tell(now, |_| What::DialElided { entry: id, endpoint });
    }

    /// A dial succeeded.
    pub fn dialed(&mut self, ticket: Ticket, payload: P, capacity: Capacity, now: Time) {
        self.draw_in(now);
        let index = ticket.id().index;
        let took = now.since(ticket.started);
        self.note_success(index, took, now);
        self.tell_health_of_dial(self.book.slots[index as usize].endpoint, true, now);
        self.rest_from_dialing(now);
        let (id, endpoint, context) = (ticket.id(), Arc::clone(&ticket.endpoint), ticket.context);
        let entry = Entry::new(payload, ticket.endpoint, now, ticket.permit);
        // Its life begins when it can be used, as with all pools that limit it.
        self.book.slots[index as usize].created = now;
        self.tell(now, |_| What::Dialed { entry: id, endpoint, took, context });
        if let Capacity::Shared(capacity) = capacity {
            let marks = self.book.slots[index as usize].marks.as_ref();
            let capacity = marks.and_then(|marks| marks.take_capacity()).unwrap_or(capacity);
            self.book.slots[index as usize].shares = Some(Shares { capacity, used: 0, draining: None });
            self.last_capacity = capacity.max(1);
        }
        self.set_birth_deadlines(index, now);
        self.note_extra(index);
        if self.is_one_too_many(index) {
            self.refuse_owner(index, RefusalKind::Exhausted, now);
            self.doom(index, entry, CloseReason::OVERFLOW, now);
            return self.pump(None, now);
        }
        match self.unwanted(index).or_else(|| self.unfit_for_owner(index)) {
            Some(why) => {
                self.send_owner_back(index);
                self.doom(index, entry, why, now);
            }
            None => self.give_to_owner_or_any(index, entry, now),
        }
        self.pump(None, now);
        if self.has_work() {
            self.ring();
        }
    }

    fn give_to_owner_or_any(&mut self, index: u32, entry: Box<Entry<P>>, now: Time) {
        let Some(entry) = self.give_to_owner(index, entry, now) else { return };
        // Beyond `max_open` it serves who waits for it, and is as good as come back if nobody does.
        let endpoint = self.book.slots[index as usize].endpoint;
        let waiter = self.next_waiter(endpoint).filter(|&waiter| self.is_handed_off(index, waiter));
        if waiter.is_none()
            && let Some(why) = self.extra_must_go(index)
        {
            return self.doom(index, entry, why, now);
        }
        let waited = self.waiters.queued();
        self.deliver(index, entry, now);
        if self.waiters.queued() < waited {
            self.hasten(now);
        }
    }

    /// A dial failed, took too long or panicked. `told` is what events say of it: the text of an
    /// error is made by its own code, which has no place under the lock.
    pub fn dial_failed(&mut self, ticket: Ticket, fault: P::Fault, told: Arc<str>, class: ErrorClass, now: Time) {
        self.draw_in(now);
        let (id, started, context) = (ticket.id(), ticket.started, ticket.context);
        let endpoint = Arc::clone(&ticket.endpoint);
        let ticket_attempt = ticket.attempt;
        let index = ticket.permit.spend().index;
        let place = self.book.slots[index as usize].endpoint;
        let probe = self.book.slots[index as usize].probe;
        let retry_in = self.note_failure(place, ticket_attempt, class, probe, now);
        self.tell_health_of_dial(place, false, now);
        self.tell(now, |_| What::DialFailed {
            entry: id,
            endpoint: Arc::clone(&endpoint),
            took: now.since(started),
            class,
            error: told,
            retry_in,
            context,
        });
        // The one before may be the last of its kind: it is dropped outside.
        let before = self.last_dial.replace(DialFault { fault, class, endpoint, at: now });
        self.debris(before.map(|before| before.fault));
        self.warm_target = 0;
        self.note_failed_fill(index);
        self.owe_again(index);
        let heirs = self.heirs_of_error(index);
        self.book.free_slot(index);
        self.vacated = true;
        self.tell_error(heirs, now);
        self.refuse_hopeless(place, now);
        self.probe(now);
        self.pump(None, now);
        self.check_drained(now);
        self.ring();
    }

    fn note_success(&mut self, index: u32, took: Duration, now: Time) {
        let place = self.book.slots[index as usize].endpoint;
        let endpoint = &mut self.book.endpoints[place as usize];
        endpoint.tally.timings.dial.record(took);
        endpoint.failures = 0;
        endpoint.careful = false;
        endpoint.retry_at = Time::ZERO;
        let spec = Arc::clone(&endpoint.spec);
        if let Some(over) = self.last_dial.take_if(|last| last.endpoint.name() == spec.name()) {
            self.debris(Some(over.fault));
        }
        let endpoint = &mut self.book.endpoints[place as usize];
        if std::mem::take(&mut endpoint.broken) {
            let endpoint = Arc::clone(&endpoint.spec);
            self.tell(now, |_| What::BreakerClosed { endpoint });
        }
    }

    /// Backs off, and opens the breaker where it is due. Gives the pause. Dials that were under way
    /// together fail together: `attempt`, how many had failed in a row when this one was wanted,
    /// tells that it is of a round that was noted already, which is not made longer.
    pub(super) fn note_failure(
        &mut self,
        place: u32,
        attempt: u32,
        class: ErrorClass,
        probe: bool,
        now: Time,
    ) -> Duration {
        let endpoint = &mut self.book.endpoints[place as usize];
        endpoint.tally.counters.dial_failures += 1;
        if endpoint.careful && attempt < endpoint.failures && class == ErrorClass::Transient {
            return endpoint.retry_at.since(now);
        }
        // Where nothing is held back, each counts; else those that fail together count as one.
        let so_far = if self.options.dial.backoff_min.is_zero() { endpoint.failures } else { attempt };
        let failures = so_far.saturating_add(1).max(endpoint.failures);
        let pause = self.pause_after(failures, attempt, class, probe);
        let (threshold, fails_fast) = (self.options.dial.breaker_failures, self.fails_fast());
        let endpoint = &mut self.book.endpoints[place as usize];
        endpoint.failures = failures;
        endpoint.careful = !pause.is_zero() || failures >= threshold && fails_fast;
        endpoint.retry_at = endpoint.retry_at.max(now.after(pause));
        let opens = !endpoint.broken && failures >= threshold;
        if opens {
            endpoint.broken = true;
            let endpoint = Arc::clone(&endpoint.spec);
            self.tell(now, |_| What::BreakerOpened { endpoint, failures });
        }
        pause
    }

    /// Where callers are failed fast, the breaker's pause is that of its probes.
    fn pause_after(&mut self, failures: u32, attempt: u32, class: ErrorClass, probe: bool) -> Duration {
        let dial = &self.options.dial;
        if self.fails_fast() && failures >= dial.breaker_failures {
            // The first probe follows at once, the others when one has failed.
            return if probe { dial.probe_every.get() } else { Duration::ZERO };
        }
        if dial.backoff_min.is_zero() { Duration::ZERO } else { self.backoff(attempt, class) }
    }

    /// Doubles with each failure, less up to half of it by chance, so that many pools that lost the
    /// same endpoint do not come back in step.
    fn backoff(&mut self, failures: u32, class: ErrorClass) -> Duration {
        let dial = &self.options.dial;
        let longest = dial.backoff_max.get();
        let full = match class {
            ErrorClass::Permanent => longest,
            ErrorClass::Transient => {
                let doubled = dial.backoff_min.get().checked_mul(1 << failures.min(20)).unwrap_or(longest);
                doubled.min(longest)
            }
        };
        if full == Duration::MAX { full } else { full.mul_f64(1.0 - self.random.unit() / 2.0) }
    }

    /// Refuses those for whom nothing is left that could come.
    pub(super) fn refuse_hopeless(&mut self, place: u32, now: Time) {
        if self.waiters.queued() == 0 {
            return;
        }
        if self.book.endpoints[place as usize].active && !self.has_hope(Some(place), now) {
            self.refuse_all(Some(place), RefusalKind::Dial, now);
        }
        if !self.has_hope(None, now) {
            self.refuse_all(None, RefusalKind::Dial, now);
        }
    }

    /// Refuses all who wait for this endpoint, or all who do not care.
    pub(super) fn refuse_all(&mut self, bound: Option<u32>, kind: RefusalKind, now: Time) {
        while let Some(waiter) = self.waiters.first_of(bound) {
            self.refuse_waiter(waiter, kind, now);
        }
    }

    /// Why a connection that is ready may not serve, if it may not.
    #[inline(always)]
    pub(super) fn unfit(&self, index: u32) -> Option<CloseReason> {
        let slot = &self.book.slots[index as usize];
        if slot.dead {
            return Some(CloseReason::DEAD);
        }
        match self.lifecycle {
            Lifecycle::Open => {}
            Lifecycle::Draining => return Some(CloseReason::DRAIN),
            Lifecycle::Closed => return Some(CloseReason::CLOSED),
        }
        if slot.era != self.era {
            return Some(CloseReason::CLEAR);
        }
        if !self.book.endpoints[slot.endpoint as usize].active {
            return Some(CloseReason::ENDPOINT_REMOVED);
        }
        self.is_over_limit(slot.endpoint).then_some(CloseReason::RESIZE)
    }

    #[inline(always)]
    fn is_over_limit(&self, endpoint: u32) -> bool {
        let limits = &self.options.limits;
        if self.overflows() {
            return self.book.open > limits.max_open && self.pooled() > limits.max_open;
        }
        if self.book.open > limits.max_open && self.staying() > limits.max_open {
            return true;
        }
        limits.max_open_per_endpoint.is_some_and(|most| self.staying_at(endpoint) > most)
    }
}
