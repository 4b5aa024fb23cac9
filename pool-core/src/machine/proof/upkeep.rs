//! What was closed and is to be replaced is replaced, and no more than that; what is too many goes, and no more.

use super::audit::{Verdict, hold};
use super::world::World;
use crate::book::{Slot, State};
use crate::{Breaker, Counts, Exhausted, Lifecycle, Turns};

impl World {
    /// The sum of what is owed is true, nothing is owed where nothing may be dialed, and never more than there may be.
    pub(super) fn debts_are_true(&self) -> Verdict {
        let (machine, book) = (&self.machine, &self.machine.book);
        let sum: u32 = book.endpoints.iter().map(|endpoint| endpoint.owed).sum();
        hold(sum == machine.owed, || format!("{sum} are owed, the books say {}", machine.owed))?;
        let elsewhere = book.endpoints.iter().any(|endpoint| endpoint.owed > 0 && !endpoint.active);
        hold(!elsewhere, || "something is owed at an endpoint that has left".into())?;
        let open = machine.lifecycle == Lifecycle::Open;
        hold(open || sum == 0, || format!("{sum} are owed by a pool that is closed"))?;
        let most = machine.options.limits.max_open.max(self.open_before.0);
        hold(sum <= most, || format!("{sum} are owed, and {most} may be open"))
    }

    /// What is owed is dialed as soon as it may be.
    pub(super) fn debts_are_paid(&self) -> Verdict {
        let (machine, book, options) = (&self.machine, &self.machine.book, &self.machine.options);
        let elsewhere = options.wait.exhausted == Exhausted::Overflow
            || options.limits.turns == Turns::Dials
            || options.limits.dialing == Counts::Free;
        let busy = self.slots(|slot| slot.state == State::Dialing) >= options.dial.max_concurrent;
        let full = book.open - self.not_counted() >= options.limits.max_open;
        let rests = self.now < machine.rests_until;
        if machine.owed == 0 || elsewhere || busy || full || rests {
            return Ok(());
        }
        for &index in &book.active {
            let endpoint = &book.endpoints[index as usize];
            let here = |slot: &Slot| slot.endpoint == index;
            let dialing = self.slots(|slot| here(slot) && slot.state == State::Dialing) > 0;
            let cut_off = endpoint.broken && options.dial.breaker == Breaker::FailFast;
            let healthy = !cut_off && (!endpoint.careful || self.now >= endpoint.retry_at && !dialing);
            let gone = if options.limits.closing == Counts::Free {
                self.slots(|slot| here(slot) && (slot.state == State::Closing || slot.drains))
            } else {
                0
            };
            let room = endpoint.open - gone < options.limits.max_open_per_endpoint.unwrap_or(u32::MAX);
            hold(endpoint.owed == 0 || !healthy || !room, || {
                format!("{} are owed at an endpoint, and nobody dials", endpoint.owed)
            })?;
        }
        Ok(())
    }

    fn slots(&self, which: impl Fn(&Slot) -> bool) -> u32 {
        self.machine.book.slots.iter().filter(|slot| slot.occupied && which(slot)).count() as u32
    }
}
