//! Time passes.

use super::{Machine, TIMEOUT_SLICE};
use crate::book::{NIL, State};
use crate::{Payload, RefusalKind, Time, What};

impl<P: Payload> Machine<P> {
    /// Time has passed: waiters time out, idle connections expire, back-offs end. Does a bounded
    /// amount and says whether there is more to do at once.
    pub fn tick(&mut self, now: Time) -> bool {
        self.draw_in(now);
        self.ticked = now;
        let mut more = self.time_out(now);
        self.review_if_due(now);
        more |= self.reap(now);
        more |= self.prune(now);
        self.look_for_overdue(now);
        self.probe(now);
        self.pump(None, now);
        more
    }

    /// Refuses those whose time is over, a bounded number of them. Says whether there are more.
    pub(super) fn time_out(&mut self, now: Time) -> bool {
        for _ in 0..TIMEOUT_SLICE {
            let Some(waiter) = self.waiters.expired(now) else { return false };
            self.refuse_waiter(waiter, RefusalKind::Timeout, now);
        }
        self.waiters.expired(now).is_some()
    }

    /// When `tick` is to be called next. The driver asks after each visit and sleeps until then;
    /// a call that makes it earlier sets [`Effects::driver`](crate::Effects::driver).
    pub fn next_wake(&mut self) -> Time {
        let mut wake = self.waiters.first_deadline().min(self.next_overdue);
        if self.is_open() {
            wake = wake.min(self.next_reap).min(self.next_pruning()).min(self.next_review);
            wake = wake.min(self.next_retry()).min(self.next_probe());
            wake = wake.min(self.next_in_pace()).min(self.next_fill()).min(self.next_after_rest());
        }
        if self.has_work() || self.reap_from != NIL {
            wake = Time::ZERO;
        }
        self.told_wake = wake;
        wake
    }

    /// When an endpoint may be dialed again, if somebody wants that. One that may be dialed already
    /// and is not, waits for something else, whose coming is noticed: to wake for it would spin.
    fn next_retry(&self) -> Time {
        if self.waiters.queued() == 0 && self.fill_need() == 0 && self.owed == 0 {
            return Time::NEVER;
        }
        let waits = |&&index: &&u32| {
            let endpoint = &self.book.endpoints[index as usize];
            endpoint.careful && endpoint.retry_at > self.ticked && self.has_room(index)
        };
        let retry_at = |&index: &u32| self.book.endpoints[index as usize].retry_at;
        self.book.active.iter().filter(waits).map(retry_at).min().unwrap_or(Time::NEVER)
    }

    /// Wakes all who wait, without an answer: the driver is gone, and one of them has to find another.
    pub fn rouse(&mut self) {
        let wakers: Vec<_> = self.waiters.wakers().cloned().collect();
        for waker in wakers {
            self.wake(Some(waker));
        }
        self.told_wake = Time::ZERO;
    }

    /// Notes when the lease that begins now would be overdue.
    #[inline(always)]
    pub(super) fn watch_lease(&mut self, now: Time) {
        let after = self.options.lease.overdue_after;
        if !after.is_never() {
            let at = now.after(after.get());
            self.next_overdue = self.next_overdue.min(at);
            self.wake_by(self.next_overdue);
        }
    }

    fn look_for_overdue(&mut self, now: Time) {
        if now < self.next_overdue {
            return;
        }
        let deadline = |granted: Time| granted.after(self.options.lease.overdue_after.get());
        let mut next = Time::NEVER;
        let mut late = Vec::new();
        for (index, slot) in (0..).zip(&mut self.book.slots) {
            let held = slot.occupied && slot.state == State::Leased && slot.shares.is_none();
            if held && !slot.overdue_told {
                slot.overdue_told = deadline(slot.since) <= now;
                match slot.overdue_told {
                    true => late.push((index, slot.since, slot.site, slot.context)),
                    false => next = next.min(deadline(slot.since)),
                }
            }
        }
        for holder in self.holders.iter_mut().filter(|holder| !holder.told) {
            holder.told = deadline(holder.granted) <= now;
            match holder.told {
                true => late.push((holder.index, holder.granted, holder.site, holder.context)),
                false => next = next.min(deadline(holder.granted)),
            }
        }
        self.next_overdue = next;
        for (index, granted, site, context) in late {
            self.overdue += 1;
            self.tell(now, |machine| What::LeaseOverdue {
                entry: machine.book.id_of(index),
                endpoint: machine.endpoint_of(index).clone(),
                held_for: now.since(granted),
                site,
                context,
            });
        }
    }
}
