//! Turns: how many leases there may be at once.

use super::Machine;
use crate::book::State;
use crate::{Payload, Time, Turns};

impl<P: Payload> Machine<P> {
    /// Whether one more caller may have a lease, or wait for a dial of its own. `returning` of the
    /// leases that are counted are over.
    #[inline]
    pub(super) fn has_turn(&self, returning: u32) -> bool {
        let Some(most) = self.options.limits.max_leases else { return true };
        self.leases_out() + self.turns_for_dials() < most.saturating_add(returning)
    }

    /// The same for one who waits, and may have a turn already: for the dial that it has begun.
    pub(super) fn has_turn_for(&self, waiter: u32, returning: u32) -> bool {
        let has_one = self.options.limits.turns == Turns::Callers && self.waiters.has_dial(waiter);
        self.has_turn(returning + u32::from(has_one))
    }

    /// How many more may have a lease, or begin a dial.
    pub(super) fn turns_left(&self) -> u32 {
        let Some(most) = self.options.limits.max_leases else { return u32::MAX };
        most.saturating_sub(self.leases_out() + self.turns_for_dials())
    }

    /// Whether a connection in this state has a turn that whoever gets it may have: that of the lease
    /// that is over, or of the dial that is done.
    pub(super) fn brings_turn(&self, state: State) -> bool {
        state == State::Leased || state == State::Dialing && self.options.limits.turns == Turns::Dials
    }

    /// A lease is over: whoever waits for its turn may have it, and dials need not wait for what may
    /// come back if nothing may.
    #[inline]
    pub(super) fn pass_turn(&mut self, now: Time) {
        let waits = self.options.limits.max_leases.is_some() || !self.options.dial.pace.is_zero();
        if waits && self.waiters.queued() > 0 {
            self.pump(None, now);
        }
        self.pass_turn_to_reaper(now);
    }

    fn turns_for_dials(&self) -> u32 {
        match self.options.limits.turns {
            Turns::Callers => self.waiters.owning() + self.waiters.asking(),
            Turns::Dials => self.book.count(State::Dialing),
        }
    }

    /// Leases at this moment: exclusive ones, and shares of shared connections.
    fn leases_out(&self) -> u32 {
        let leased = self.book.count(State::Leased);
        let shares = self.holders.iter().count() as u32;
        if shares == 0 {
            return leased;
        }
        let shared = self.book.slots.iter().filter(|slot| slot.shares.is_some() && slot.state == State::Leased);
        leased - shared.count() as u32 + shares
    }
}
