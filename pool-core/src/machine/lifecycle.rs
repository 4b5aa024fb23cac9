//! Changes to a live pool: other options, other policies, a new generation, the end.

use super::Machine;
use crate::book::{NIL, State};
use crate::work::Work;
use crate::{Change, CloseReason, Lifecycle, Payload, PoolOptions, RefusalKind, ResizeVictim, Shrink, Time, What};

impl<P: Payload> Machine<P> {
    /// Other options or policies; what is `None` stays and keeps its state. Connections stay, but
    /// for those over a lowered limit.
    pub fn reconfigure(&mut self, mut change: Change, now: Time) {
        self.draw_in(now);
        self.replace_policies(&mut change, now);
        if let Some(options) = change.options {
            self.set_options(options, now);
        }
        self.note_ordinary();
        self.reconfigurations += 1;
        self.tell(now, |machine| What::Reconfigured { generation: machine.reconfigurations });
        self.pump(None, now);
        self.ring();
    }

    fn set_options(&mut self, options: PoolOptions, now: Time) {
        self.options = options;
        self.next_overdue = now;
        self.plan_fill(now);
        self.floored = true;
        self.unfloor(now);
        self.shrink_open(now);
        self.shrink_idle(now);
    }

    fn shrink_open(&mut self, now: Time) {
        let limits = &self.options.limits;
        if limits.shrink == Shrink::OnReturn {
            return;
        }
        let (most, per_endpoint) = (limits.max_open, limits.max_open_per_endpoint.unwrap_or(u32::MAX));
        while self.staying() > most {
            if !self.close_one_idle(None, now) {
                break;
            }
        }
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.staying_at(endpoint) > per_endpoint {
                if !self.close_one_idle(Some(endpoint), now) {
                    break;
                }
            }
        }
    }

    fn shrink_idle(&mut self, now: Time) {
        let limits = &self.options.limits;
        let (most, per_endpoint) = (limits.max_idle.unwrap_or(u32::MAX), limits.max_idle_per_endpoint);
        let most = if limits.shrink == Shrink::OnReturn { most.min(limits.max_open) } else { most };
        while self.book.count(State::Idle) > most && self.close_one_idle(None, now) {}
        let Some(most) = per_endpoint else { return };
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.book.endpoints[endpoint as usize].count(State::Idle) > most
                && self.close_one_idle(Some(endpoint), now)
            {}
        }
    }

    /// Closes the idle connection that a lowered limit costs. Says whether there was one.
    fn close_one_idle(&mut self, endpoint: Option<u32>, now: Time) -> bool {
        let view = match endpoint {
            Some(endpoint) => crate::IdleView::of_endpoint(&self.book, endpoint, now),
            None => crate::IdleView::of_pool(&self.book, now),
        };
        let victim = match self.options.limits.resize_victim {
            ResizeVictim::Oldest => view.unused().oldest(),
            ResizeVictim::Newest => view.unused().newest(),
        };
        let Some(index) = victim.map(|conn| conn.id().index) else { return false };
        self.nuances.shrunk += 1;
        self.retire_linked(index, CloseReason::RESIZE, now);
        true
    }

    /// Dials until so many connections are open, or as many as the limits allow. A dial that fails
    /// ends it.
    pub fn warm(&mut self, connections: u32, now: Time) {
        self.draw_in(now);
        self.warm_target = connections.min(self.options.limits.max_open);
        self.pump(None, now);
    }

    /// Closes every idle connection now and every leased one when it comes back.
    pub fn clear(&mut self, now: Time) {
        self.draw_in(now);
        self.era += 1;
        self.forgive_all();
        for index in 0..self.book.slots.len() as u32 {
            // Whose dial it is gets it all the same.
            if !self.book.slots[index as usize].owned {
                self.book.set_stale(index);
            }
        }
        self.retire_all(CloseReason::CLEAR, now);
        self.tell(now, |_| What::Cleared);
        self.pump(None, now);
    }

    /// No more leases: waiters are refused, idle connections closed, leased ones when they return.
    pub fn drain(&mut self, now: Time) {
        self.end(Lifecycle::Draining, CloseReason::DRAIN, now);
    }

    /// As `drain`, for good and without waiting for anything.
    pub fn close(&mut self, now: Time) {
        self.end(Lifecycle::Closed, CloseReason::CLOSED, now);
    }

    fn end(&mut self, lifecycle: Lifecycle, why: CloseReason, now: Time) {
        self.draw_in(now);
        if self.lifecycle == Lifecycle::Closed {
            return;
        }
        self.lifecycle = lifecycle;
        self.note_ordinary();
        self.warm_target = 0;
        self.forgive_all();
        self.tell(now, |_| What::Draining);
        self.refuse_all(None, RefusalKind::Closed, now);
        self.refuse_owning(RefusalKind::Closed, now);
        for endpoint in 0..self.book.endpoints.len() as u32 {
            self.refuse_all(Some(endpoint), RefusalKind::Closed, now);
        }
        self.retire_all(why, now);
        self.elide_all(now);
        self.check_drained(now);
        self.ring();
    }

    /// Closes all that is idle; what is shared and in use gets no new leases.
    fn retire_all(&mut self, why: CloseReason, now: Time) {
        // First those that can be lent: by `clear` as they would be, at the end as they came.
        let newest_first = why == CloseReason::CLEAR;
        while self.book.idle.newest != NIL {
            let next = if newest_first { self.book.idle.newest } else { self.book.idle.oldest };
            self.retire_held(next, why, now);
        }
        for index in 0..self.book.slots.len() as u32 {
            self.retire_held(index, why, now);
        }
    }

    /// Gives up all dials that were not begun.
    fn elide_all(&mut self, now: Time) {
        for work in std::mem::take(&mut self.work) {
            match work {
                Work::Dial(ticket) => self.elide(ticket, now),
                work => self.work.push_back(work),
            }
        }
    }

    /// Whether a draining or closed pool has no connection left.
    pub fn is_drained(&self) -> bool {
        self.lifecycle != Lifecycle::Open && self.book.open == 0
    }
}
