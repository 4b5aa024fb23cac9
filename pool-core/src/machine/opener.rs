//! Dials for those who take what comes first, where one opener makes them (`dial.by = "opener"`): their
//! places are taken as soon as they are wanted, and they begin one after another.

use super::Machine;
use crate::book::{Slot, State};
use crate::work::Work;
use crate::{DialBy, Payload};

impl<P: Payload> Machine<P> {
    /// An opener dials one at a time: the next one's place is taken, and it waits.
    pub(super) fn next_work(&mut self) -> Option<Work<P>> {
        if !self.opener_is_busy() {
            return self.work.pop_front();
        }
        let next = self.work.iter().position(|work| !self.is_for_opener(work))?;
        self.work.remove(next)
    }

    /// Whether there is something that the driver may take.
    pub(super) fn has_work(&self) -> bool {
        if self.opener_is_busy() {
            return self.work.iter().any(|work| !self.is_for_opener(work));
        }
        !self.work.is_empty()
    }

    /// Whether a dial is under way for those who take what comes first, where only one may be.
    fn opener_is_busy(&self) -> bool {
        let is_under_way = |slot: &Slot| slot.occupied && slot.state == State::Dialing && slot.opening;
        self.options.dial.by == DialBy::Opener && self.book.slots.iter().any(is_under_way)
    }

    /// Whether this is a dial for those.
    fn is_for_opener(&self, work: &Work<P>) -> bool {
        matches!(work, Work::Dial(ticket) if self.is_opening(ticket.id().index))
    }

    /// Whether this connection is dialed for those.
    pub(super) fn is_opening(&self, index: u32) -> bool {
        let slot = &self.book.slots[index as usize];
        !slot.owned && !slot.ahead && !slot.probe
    }
}
