//! Nobody waits in vain, nothing is kept too long: by sums of its own, made from the table of
//! connections alone.

use std::time::Duration;

use super::audit::{Verdict, hold};
use super::world::World;
use crate::book::{EndpointSlot, Slot, State};
use crate::{Breaker, DialBy, Exhausted, FillMoments, Lifecycle, Standing, Turns};

/// What one endpoint has under way, and whether more may be.
#[derive(Debug, Default)]
pub(super) struct Coming {
    /// Leases that will be possible when it is done.
    leases: u32,
    bound: u32,
    /// Whether callers go there that do not care which endpoint.
    pub(super) loaded: bool,
    /// Whether a dial may begin, but for the limits of the pool.
    pub(super) dialable: bool,
}

impl World {
    /// No waiter sleeps while something could serve it, be dialed for it, or make room for it.
    pub(super) fn no_one_waits_in_vain(&self) -> Verdict {
        let machine = &self.machine;
        hold(machine.waiters.waiting() as usize == self.callers.len(), || "a waiter is not in the queue".into())?;
        if machine.lifecycle != Lifecycle::Open {
            return hold(self.callers.is_empty(), || "someone waits for a pool that is closed".into());
        }
        self.queue_is_bounded()?;
        let all: Vec<Coming> = machine.book.active.iter().map(|&endpoint| self.coming(endpoint)).collect();
        if !self.has_turn() {
            return Ok(());
        }
        if self.machine.options.dial.by == DialBy::Opener {
            // Its dials begin when a place becomes free, and not before.
            let mut places = machine.book.active.iter().zip(&all);
            places.try_for_each(|(&endpoint, coming)| self.idle_ones_serve(endpoint, coming))?;
        } else if self.dials_by_need() {
            self.need_is_met(&all)?;
        } else {
            self.each_has_its_dial(&all)?;
        }
        self.floor_is_filled(&all)
    }

    /// What waits is compared with what is coming.
    fn need_is_met(&self, all: &[Coming]) -> Verdict {
        let machine = &self.machine;
        for (&endpoint, coming) in machine.book.active.iter().zip(all) {
            self.idle_ones_serve(endpoint, coming)?;
            if self.is_paced(Some(endpoint)) {
                continue;
            }
            self.is_supplied(coming.bound, coming.leases, coming.dialable)?;
        }
        let spare = all.iter().filter(|coming| coming.loaded).map(|coming| coming.leases.saturating_sub(coming.bound));
        let dialable = all.iter().any(|coming| coming.loaded && coming.dialable);
        if self.is_paced(None) { Ok(()) } else { self.is_supplied(machine.waiters.queued_any(), spare.sum(), dialable) }
    }

    fn queue_is_bounded(&self) -> Verdict {
        let Some(most) = self.scene.options.limits.max_waiting else { return Ok(()) };
        // Whoever has a dial of its own is not in the queue, unless that came to nothing.
        if self.scene.options.dial.by != DialBy::Pool {
            return Ok(());
        }
        // Whoever was granted a dead connection may come back.
        let fresh = self.callers.iter().filter(|caller| !caller.again).count();
        hold(fresh <= most as usize, || format!("{fresh} wait, {most} may"))
    }

    fn idle_ones_serve(&self, endpoint: u32, coming: &Coming) -> Verdict {
        let slot = &self.machine.book.endpoints[endpoint as usize];
        let waiting = coming.bound + if coming.loaded { self.machine.waiters.queued_any() } else { 0 };
        let waiting = waiting - self.fresh_ones_for(endpoint, coming.loaded);
        let vain = slot.idle.len > 0 && waiting > slot.count(State::Checking);
        hold(!vain, || format!("{waiting} wait while {} are idle", slot.idle.len))
    }

    /// How many of those who wait for this endpoint, or for any if it is loaded, take nothing idle.
    fn fresh_ones_for(&self, endpoint: u32, loaded: bool) -> u32 {
        let queue = self.machine.waiters.queue_for_all();
        queue.filter(|(bound, want)| want.fresh && bound.map_or(loaded, |bound| bound == endpoint)).count() as u32
    }

    /// So many wait and so many leases are coming: then a dial that may begin has begun, and no idle
    /// connection has the last place.
    fn is_supplied(&self, waiting: u32, coming: u32, dialable: bool) -> Verdict {
        let (book, options) = (&self.machine.book, &self.machine.options);
        let waiting = waiting.min(self.turns_left());
        if waiting <= coming || !dialable {
            return Ok(());
        }
        let gone = self.not_counted();
        let full = book.open - gone >= options.limits.max_open && options.wait.exhausted != Exhausted::Overflow;
        let rests = self.now < self.machine.rests_until;
        let busy = self.count(State::Dialing) >= options.dial.max_concurrent || rests;
        hold(full || busy, || format!("{waiting} wait, {coming} are coming, and nobody dials"))?;
        let idle = book.slots.iter().any(|slot| slot.linked && slot.state == State::Idle);
        let useless = full && idle && self.count(State::Closing) < waiting - coming;
        hold(!useless, || format!("{waiting} wait, {coming} are coming, and idle ones have all the places"))
    }

    /// As many as `min_idle` wants are there or coming, where nobody waits for them.
    fn floor_is_filled(&self, all: &[Coming]) -> Verdict {
        let (book, options) = (&self.machine.book, &self.machine.options);
        let rests = self.now < self.machine.rests_until;
        let may =
            book.open < options.limits.max_open && self.count(State::Dialing) < options.dial.max_concurrent && !rests;
        let dial = &options.dial;
        let elsewhere = dial.fill_on != FillMoments::ALL
            || options.limits.turns == Turns::Dials
            || options.wait.exhausted == Exhausted::Overflow;
        if elsewhere || !self.callers.is_empty() || !may || !all.iter().any(|coming| coming.loaded && coming.dialable) {
            return Ok(());
        }
        let of_use = |slot: &&Slot| self.is_of_use(slot) && matches!(slot.state, State::Dialing | State::Checking);
        let there = book.slots.iter().filter(of_use).count() as u32 + self.count(State::Idle);
        hold(there >= options.limits.min_idle, || format!("{there} are idle or coming, not `min_idle`"))
    }

    /// What is too old is not idle any more when time has just passed, whatever floor keeps others.
    pub(super) fn what_is_expired_is_gone(&self) -> Verdict {
        let ages = self.machine.judge.policies.evict.iter().any(|policy| policy.kind == "age");
        let upkeep = &self.scene.options.upkeep;
        let late = !upkeep.reap_every.is_zero() || !upkeep.reap_pause.is_zero();
        if late || !ages || !self.time_passed || self.machine.lifecycle != Lifecycle::Open {
            return Ok(());
        }
        for slot in self.machine.book.slots.iter().filter(|slot| slot.linked && slot.state == State::Idle) {
            let at = slot.created.after(Duration::from_millis(100).mul_f64(1.0 - slot.draw / 10.0));
            hold(at > self.now, || format!("one is idle that should be gone since {at:?}, now {:?}", self.now))?;
        }
        Ok(())
    }

    fn coming(&self, endpoint: u32) -> Coming {
        let (book, options) = (&self.machine.book, &self.machine.options);
        let slot = &book.endpoints[endpoint as usize];
        let here = |state| {
            let of_use = |slot: &&Slot| slot.endpoint == endpoint && slot.state == state && self.is_of_use(slot);
            book.slots.iter().filter(of_use).count() as u32
        };
        let all = || book.active.iter().map(|&other| &book.endpoints[other as usize]);
        let weightless = all().all(|slot| slot.spec.weight == 0);
        let could_serve = |slot: &EndpointSlot| weightless || slot.spec.weight > 0;
        let all_rest = all().filter(|slot| could_serve(slot)).all(|slot| slot.standing == Standing::Rests);
        let dialing =
            book.slots.iter().any(|slot| slot.occupied && slot.endpoint == endpoint && slot.state == State::Dialing);
        let cut_off = slot.broken && options.dial.breaker == Breaker::FailFast;
        let healthy = !cut_off && (!slot.careful || self.now >= slot.retry_at && !dialing);
        let own =
            book.slots.iter().filter(|slot| slot.endpoint == endpoint && slot.owned && self.is_of_use(slot)).count()
                as u32;
        Coming {
            leases: (here(State::Dialing) - own) * self.machine.last_capacity + here(State::Checking),
            bound: self.machine.waiters.queued_at(endpoint),
            loaded: could_serve(slot) && (all_rest || slot.standing != Standing::Rests),
            dialable: healthy && slot.open < options.limits.max_open_per_endpoint.unwrap_or(u32::MAX),
        }
    }

    /// Whether it will serve when what it is doing is over.
    fn is_of_use(&self, slot: &Slot) -> bool {
        slot.occupied && slot.era == self.machine.era && self.machine.book.endpoints[slot.endpoint as usize].active
    }

    fn count(&self, state: State) -> u32 {
        self.machine.book.slots.iter().filter(|slot| slot.occupied && slot.state == state).count() as u32
    }
}
