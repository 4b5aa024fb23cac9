//! Who of those who wait is next, where a queue policy says so.

use super::Machine;
use super::decisions::About;
use super::policy::guarded;
use crate::{Cx, Next, Payload, PolicyFault, QueueView, RefusalKind, Role, Time, TurnedAway, WaitOrder};

impl<P: Payload> Machine<P> {
    /// Who is served next by a connection of this endpoint. The queue policy, if there is one, is asked, and may turn
    /// some away before.
    #[inline(always)]
    pub(super) fn call_waiter(&mut self, endpoint: u32, now: Time) -> Option<u32> {
        if self.judge.policies.queue.is_some() {
            self.ask_queue(endpoint, now);
        }
        self.next_waiter(endpoint)
    }

    /// In which order those who wait are served now.
    #[inline(always)]
    pub(super) fn order(&self) -> WaitOrder {
        self.order.unwrap_or(self.options.wait.order)
    }

    /// A queue policy may have come or gone.
    pub(super) fn begin_queue(&mut self) {
        let order = self.order.unwrap_or(WaitOrder::Fifo);
        self.order = self.judge.policies.queue.as_ref().map(|_| order);
    }

    #[inline(never)]
    pub(super) fn ask_queue(&mut self, endpoint: u32, now: Time) {
        while let Some(view) = self.queue_view(endpoint, now) {
            let Some(policy) = &mut self.judge.policies.queue else { return };
            let kind = policy.kind;
            let mut cx = Cx { now, key: None, random: &mut self.random };
            let Some(decision) = guarded(|| policy.next(&view, &mut cx)) else {
                self.judge.faulted.push((now, Role::Queue, kind, PolicyFault::Panic));
                self.order = Some(WaitOrder::Fifo);
                return;
            };
            let about = About { entry: None, endpoint: self.book.endpoint_id(endpoint), now };
            self.judge.decisions.note(Role::Queue, kind, decision.reason, about);
            match decision.choice {
                Some(Next::TurnAwayOldest) => self.turn_away_oldest(endpoint, kind, decision.reason, now),
                Some(Next::Newest) => return self.order = Some(WaitOrder::Lifo),
                Some(Next::Oldest) | None => return self.order = Some(WaitOrder::Fifo),
            }
        }
    }

    fn turn_away_oldest(&mut self, endpoint: u32, kind: &'static str, reason: crate::Reason, now: Time) {
        let any = self.book.takes_load(endpoint);
        let Some(oldest) = self.waiters.next_for(endpoint, any, WaitOrder::Fifo) else { return };
        let by = TurnedAway { policy: kind, reason };
        // What it frees is for the one who is called now.
        self.first(|pool| pool.refuse_waiter_by(oldest, RefusalKind::TurnedAway, Some(by), now));
        self.freed = true;
    }

    /// Those who could be served by a connection of this endpoint, if there are any.
    fn queue_view(&self, endpoint: u32, now: Time) -> Option<QueueView> {
        let any = self.book.takes_load(endpoint);
        let asked = |order| self.waiters.next_for(endpoint, any, order).map(|index| self.waiters.asked(index));
        let len = self.waiters.queued_at(endpoint) + if any { self.waiters.queued_any() } else { 0 };
        Some(QueueView { now, len: len as usize, oldest: asked(WaitOrder::Fifo)?, newest: asked(WaitOrder::Lifo)? })
    }
}
