//! Pools that behave as others do: whose a dial is, whose turn, what is beyond the limit. And what is
//! never to be seen of those.

use super::audit::{Verdict, hold};
use super::scenes::Scene;
use super::waiting::Coming;
use super::world::World;
use crate::book::{Slot, State};
use crate::{
    Breaker, BrokenShare, Counts, DialBy, DialErrors, Exhausted, FillMoments, Handoff, HumanDuration, Orphan, Overflow,
    Random, SharedOrder, Turns, WaitOrder,
};

/// The same pool, with some of its options turned to what other pools do.
pub(super) fn turned(mut scene: Scene, random: &mut Random) -> Scene {
    let coin = |random: &mut Random| random.below(2) == 0;
    let millis = HumanDuration::from_millis;
    let options = &mut scene.options;
    options.limits.max_leases = coin(random).then(|| 1 + random.below(5) as u32);
    options.limits.dialing = if coin(random) { Counts::Free } else { Counts::Counted };
    options.limits.turns = if coin(random) { Turns::Dials } else { Turns::Callers };
    options.limits.closing = if coin(random) { Counts::Free } else { Counts::Counted };
    options.limits.overflow = if coin(random) { Overflow::Close } else { Overflow::KeepIfRoom };
    options.limits.shared_order = if coin(random) { SharedOrder::Freed } else { SharedOrder::Used };
    options.lease.broken_share = if coin(random) { BrokenShare::Last } else { BrokenShare::Drain };
    options.wait.handoff = if coin(random) { Handoff::Idle } else { Handoff::Direct };
    options.wait.order = [WaitOrder::Fifo, WaitOrder::Lifo, WaitOrder::Random][random.below(3)];
    options.wait.exhausted = [Exhausted::Wait, Exhausted::Fail, Exhausted::Overflow][random.below(3)];
    let dial = &mut options.dial;
    dial.by = [DialBy::Pool, DialBy::Caller, DialBy::Opener][random.below(3)];
    dial.elide = dial.by != DialBy::Pool || coin(random);
    dial.detached = dial.by == DialBy::Pool || coin(random);
    dial.orphan = if coin(random) { Orphan::Dialing } else { Orphan::Queue };
    dial.errors = [DialErrors::Caller, DialErrors::All][random.below(2)];
    if dial.by == DialBy::Pool && coin(random) {
        dial.errors = DialErrors::Retry;
    } else if coin(random) {
        dial.backoff_min = HumanDuration::ZERO;
    }
    dial.breaker = if coin(random) { Breaker::FailFast } else { Breaker::Report };
    (dial.breaker_failures, dial.probe_every) = (1 + random.below(3) as u32, millis(20));
    dial.pace = if coin(random) { HumanDuration::ZERO } else { millis(10) };
    dial.rest = if random.below(4) == 0 { millis(5) } else { HumanDuration::ZERO };
    if coin(random) {
        (dial.fill_on, dial.fill_every) = (FillMoments::TICK, millis(10));
    }
    if coin(random) {
        options.upkeep.reap_every = millis(25);
    } else if coin(random) {
        options.upkeep.reap_pause = millis(25);
    }
    assert_eq!(options.mistakes(), [], "these options make sense");
    scene
}

impl World {
    /// Never more leases and dials of callers' own than there are turns.
    pub(super) fn turns_are_kept(&self) -> Verdict {
        let own = match self.machine.options.limits.turns {
            Turns::Callers => self.machine.waiters.owning() + self.machine.waiters.asking(),
            Turns::Dials => self.machine.waiters.owning(),
        };
        let out = self.lent() + own;
        let most = self.machine.options.limits.max_leases.unwrap_or(u32::MAX);
        hold(out <= most, || format!("{out} leases, {most} may be"))
    }

    fn lent(&self) -> u32 {
        (self.leases.len() + self.shares.len()) as u32
    }

    pub(super) fn has_turn(&self) -> bool {
        self.turns_left() > 0
    }

    pub(super) fn turns_left(&self) -> u32 {
        let dialing = |slot: &&Slot| slot.occupied && slot.state == State::Dialing;
        let taken = match self.machine.options.limits.turns {
            Turns::Callers => self.machine.waiters.owning() + self.machine.waiters.asking(),
            Turns::Dials => self.machine.book.slots.iter().filter(dialing).count() as u32,
        };
        let most = self.machine.options.limits.max_leases.unwrap_or(u32::MAX);
        most.saturating_sub(self.lent() + taken)
    }

    /// Whoever waits for a dial of its own has one that is under way, and each such dial one caller.
    pub(super) fn own_dials_are_owned(&self) -> Verdict {
        let book = &self.machine.book;
        let owned: Vec<_> = book.slots.iter().filter(|slot| slot.occupied && slot.owned).collect();
        let (dials, owners) = (owned.len() as u32, self.machine.waiters.owning());
        hold(dials == owners && dials == book.owned, || format!("{owners} own {dials} dials of {}", book.owned))?;
        for slot in owned {
            let owner = slot.asker.and_then(|asker| self.machine.waiters.place_of(asker));
            let waits = owner.and_then(|owner| self.machine.waiters.own_dial(owner)).is_some();
            hold(waits && slot.state == State::Dialing, || format!("a dial in state {:?} has no owner", slot.state))?;
        }
        Ok(())
    }

    /// Whether dials are begun for as many as wait, and not for each who waits.
    pub(super) fn dials_by_need(&self) -> bool {
        let dial = &self.machine.options.dial;
        dial.by != DialBy::Caller && dial.elide
    }

    /// Whether another dial may have to wait for something in use.
    pub(super) fn is_paced(&self, endpoint: Option<u32>) -> bool {
        let in_use = |state: State| matches!(state, State::Leased | State::Resetting);
        let here = |place: u32| endpoint.is_none_or(|endpoint| endpoint == place);
        let used =
            self.machine.book.slots.iter().any(|slot| slot.occupied && in_use(slot.state) && here(slot.endpoint));
        used && !self.machine.options.dial.pace.is_zero()
    }

    /// How many are open and do not count.
    pub(super) fn not_counted(&self) -> u32 {
        let limits = &self.machine.options.limits;
        let drains = |slot: &Slot| slot.shares.is_some_and(|shares| shares.draining.is_some() && shares.used > 0);
        let free = |slot: &&Slot| match slot.state {
            State::Closing => limits.closing == Counts::Free,
            State::Leased => limits.closing == Counts::Free && drains(slot),
            State::Dialing => limits.dialing == Counts::Free,
            _ => false,
        };
        self.machine.book.slots.iter().filter(|slot| slot.occupied).filter(free).count() as u32
    }

    /// Nobody who has a turn waits without a dial that could begin.
    pub(super) fn each_has_its_dial(&self, all: &[Coming]) -> Verdict {
        let (book, options) = (&self.machine.book, &self.machine.options);
        let gone = self.not_counted();
        let full = book.open - gone >= options.limits.max_open && options.wait.exhausted != Exhausted::Overflow;
        let dialing = book.slots.iter().filter(|slot| slot.occupied && slot.state == State::Dialing).count() as u32;
        if full || dialing >= options.dial.max_concurrent || self.now < self.machine.rests_until {
            return Ok(());
        }
        // As many as connections are being checked wait for those.
        let checking = book.slots.iter().filter(|slot| slot.occupied && slot.state == State::Checking).count() as u32;
        if options.dial.by == DialBy::Caller && self.machine.waiters.queued() <= checking {
            return Ok(());
        }
        let waits = |bound: Option<u32>| match options.dial.by {
            DialBy::Caller => self.machine.waiters.first_of(bound).is_some(),
            _ => self.machine.waiters.first_without_dial(bound).is_some(),
        };
        for (&endpoint, coming) in book.active.iter().zip(all) {
            let vain = coming.dialable && (waits(Some(endpoint)) || coming.loaded && waits(None));
            hold(!vain, || format!("someone waits for endpoint {endpoint}, has begun no dial, and could"))?;
        }
        Ok(())
    }
}
