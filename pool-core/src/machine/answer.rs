//! What one who waits is told: fetched, refused, or given back by one who has gone away.

use std::task::{Poll, Waker};

use super::Machine;
use super::waiters::Fetched;
use crate::grant::{Acquire, Answer, Answered, Grant, Refusal, Want};
use crate::{Outcome, Payload, RefusalKind, Time, TurnedAway, WaiterId, What};

impl<P: Payload> Machine<P> {
    /// The answer to a waiting caller if there is one already; its id is void then. Needs no look at
    /// the clock, which [`Machine::poll_wait`] does.
    #[inline]
    pub fn take_answer(&mut self, id: WaiterId) -> Option<Answered<P>> {
        match self.waiters.take_answer(id)? {
            Answer::Granted(grant) => Some(Ok(grant)),
            Answer::Refused(refusal) => Some(Err(refusal)),
            Answer::Waiting(_) => None,
        }
    }

    /// The answer to a waiting caller, if there is one; its id is void then. Else its waker is kept.
    pub fn poll_wait(&mut self, id: WaiterId, waker: &Waker, now: Time) -> Poll<Answered<P>> {
        self.draw_in(now);
        if self.waiters.first_deadline() <= now {
            self.time_out(now);
        }
        match self.waiters.fetch(id, waker) {
            Fetched::Waiting => Poll::Pending,
            Fetched::Answer(Answer::Granted(grant), _) => Poll::Ready(Ok(grant)),
            Fetched::Answer(Answer::Refused(refusal), _) => Poll::Ready(Err(refusal)),
            // Asked again after the answer, which a future does not do: there is nothing for it.
            Fetched::Answer(Answer::Waiting(_), _) | Fetched::Unknown => {
                Poll::Ready(Err(self.refusal(RefusalKind::Closed, now)))
            }
        }
    }

    /// A waiting caller goes away. What it had been granted goes to the next.
    pub fn cancel(&mut self, id: WaiterId, now: Time) {
        self.draw_in(now);
        let dial = self.waiters.place_of(id).and_then(|waiter| self.waiters.own_dial(waiter));
        let roomy = self.waiters.has_room_of(id);
        match self.waiters.give_up(id) {
            Fetched::Answer(Answer::Granted(grant), _) => self.take_back(grant, now),
            Fetched::Answer(Answer::Waiting(_), asked) => {
                self.cancelled += 1;
                self.leave_dial(dial, id, now);
                if !roomy {
                    self.nuances.cancelled_at_limit.add(now.since(asked));
                }
                self.tell_all(now, |_| What::WaitCancelled { waiter: id, waited: now.since(asked) });
            }
            Fetched::Answer(Answer::Refused(refusal), _) => {
                // Its error may be the last of its kind: it is dropped outside.
                self.debris(refusal.last_dial.map(|dial| dial.fault));
            }
            Fetched::Unknown | Fetched::Waiting => {}
        }
    }

    /// A grant that nobody fetched: the connection was never used.
    fn take_back(&mut self, grant: Grant<P>, now: Time) {
        match grant {
            Grant::Entry(entry) => drop(self.release(entry, Outcome::Ok, false, now)),
            Grant::Share(lease) => drop(self.release_share(lease.share, Outcome::Ok, now)),
        };
    }

    /// Grants to one who waits.
    pub(super) fn answer_with(&mut self, waiter: u32, grant: Grant<P>) {
        if self.waiters.had_room(waiter) {
            self.note_served_with_room(grant.facts());
        }
        let waker = self.waiters.answer(waiter, Answer::Granted(grant));
        self.wake(waker);
    }

    #[cold]
    pub(super) fn refuse(&mut self, want: &Want, kind: RefusalKind, now: Time) -> Acquire<P> {
        // Looking for one, it may have closed some that had expired.
        self.refill(now);
        self.refusals[kind as usize] += 1;
        let (waited, context) = (now.since(want.asked), want.context);
        self.tell(now, |_| What::Refused { kind, waiter: None, waited, context });
        Acquire::Refused(self.refusal(kind, now))
    }

    /// Refuses one who waits.
    pub(super) fn refuse_waiter(&mut self, waiter: u32, kind: RefusalKind, now: Time) {
        self.refuse_waiter_by(waiter, kind, None, now);
    }

    /// The same, by the word of a policy.
    pub(super) fn refuse_waiter_by(&mut self, waiter: u32, kind: RefusalKind, by: Option<TurnedAway>, now: Time) {
        self.refusals[kind as usize] += 1;
        let (id, want) = (self.waiters.id_of(waiter), self.waiters.want(waiter));
        let dial = self.waiters.own_dial(waiter);
        if !self.waiters.had_room(waiter) {
            self.nuances.refused_at_limit.add(now.since(want.asked));
        }
        let mut refusal = self.refusal(kind, now);
        refusal.by = by;
        let waker = self.waiters.answer(waiter, Answer::Refused(refusal));
        self.wake(waker);
        let waited = now.since(want.asked);
        self.tell(now, |_| What::Refused { kind, waiter: Some(id), waited, context: want.context });
        self.leave_dial(dial, id, now);
    }

    /// One who waited for a dial of its own, if it did, waits no more: others may have it, and its
    /// turn is free.
    fn leave_dial(&mut self, dial: Option<u32>, id: WaiterId, now: Time) {
        if let Some(dial) = dial {
            self.disown(dial, id);
            self.pump(None, now);
        } else if self.options.limits.max_leases.is_some() {
            self.pass_turn(now);
        }
    }

    fn refusal(&self, kind: RefusalKind, now: Time) -> Box<Refusal<P::Fault>> {
        let ejected = |&&index: &&u32| {
            let slot = &self.book.endpoints[index as usize];
            now < slot.retry_at || slot.rests()
        };
        Box::new(Refusal {
            kind,
            by: None,
            last_dial: self.last_dial.clone(),
            endpoints: self.book.active.len(),
            ejected: self.book.active.iter().filter(ejected).count(),
        })
    }
}
