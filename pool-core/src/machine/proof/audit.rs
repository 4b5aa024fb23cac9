//! Checking the books from scratch.

use std::collections::{HashMap, HashSet};

use super::world::World;
use crate::book::{Book, List, Lists, NIL, Slot, State};
use crate::machine::Machine;
use crate::{Counts, DialBy, Entry, EntryId, Exhausted, Handle, Handoff, Payload, WaitOrder, Work};

pub(super) type Verdict = Result<(), String>;

pub(super) fn hold(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}

impl World {
    /// What the limits are compared with.
    pub(super) fn note_before(&mut self) {
        let book = &self.machine.book;
        let at = book.endpoints.iter().enumerate().map(|(index, endpoint)| (index, endpoint.open)).collect();
        self.open_before = (book.open, at);
        self.granted.clear();
        self.granted_fresh.clear();
        let listed = (0..).zip(&book.slots).filter(|(_, slot)| slot.linked);
        self.listed_before = listed.map(|(index, slot)| (book.id_of(index), slot.state == State::Idle)).collect();
    }

    pub(super) fn audit(&mut self) -> Verdict {
        if let Some(complaint) = self.complaint.take() {
            return Err(complaint);
        }
        let book = &self.machine.book;
        counts_are_true(book)?;
        lists_are_true(book)?;
        self.each_is_in_one_place()?;
        self.shares_are_true()?;
        self.limits_hold()?;
        self.turns_are_kept()?;
        self.own_dials_are_owned()?;
        self.no_one_waits_in_vain()?;
        self.what_is_expired_is_gone()?;
        self.fresh_ones_are_fresh()?;
        self.debts_are_true()?;
        self.debts_are_paid()?;
        self.order_is_kept()
    }

    /// Who takes nothing idle was given nothing that was.
    fn fresh_ones_are_fresh(&self) -> Verdict {
        // With turns, it may have been lent to one who went away, and come back, in one step.
        if self.scene.options.limits.max_leases.is_some() {
            return Ok(());
        }
        let stale = self.granted_fresh.iter().find(|id| self.listed_before.get(id) == Some(&true));
        hold(stale.is_none(), || format!("{stale:?} was idle, and was given to one who takes nothing idle"))
    }

    /// Every open connection is in the machine, in a lease, or in a task: in one of them.
    fn each_is_in_one_place(&self) -> Verdict {
        let mut places: HashMap<EntryId, &'static str> = HashMap::new();
        let outside = self.tickets.iter().map(|ticket| (ticket.id(), "dialing"));
        let outside = outside.chain(self.leases.iter().map(|entry| (entry.id(), "used")));
        let outside = outside.chain(self.work.iter().map(|work| match work {
            Work::Dial(ticket) => (ticket.id(), "dialing"),
            Work::Check(entry) => (entry.id(), "checking"),
            Work::Reset(entry) => (entry.id(), "resetting"),
            Work::Close(entry, _) => (entry.id(), "closing"),
            Work::Abandon(_) => unreachable!("it is done at once"),
        }));
        // An opener dials one at a time: the others' places are taken.
        let opening = self.machine.work.iter().filter_map(|work| match work {
            Work::Dial(ticket) => Some((ticket.id(), "dialing")),
            _ => None,
        });
        let outside = outside.chain(opening);
        let inside = self.machine.payloads.iter().flatten().map(|entry| (entry.id(), ""));
        for (id, state) in outside.chain(inside) {
            hold(places.insert(id, state).is_none(), || format!("{id} is in two places"))?;
            let index = self.machine.book.find(id).ok_or_else(|| format!("{id} is not in the books"))?;
            let slot = &self.machine.book.slots[index as usize];
            let fits = if state.is_empty() {
                slot.state == State::Idle || (slot.shares.is_some() && slot.state == State::Leased)
            } else {
                slot.state.as_str() == state
            };
            hold(fits, || format!("{id} is {state} and the books say {:?}", slot.state))?;
        }
        let open = self.machine.book.open as usize;
        hold(places.len() == open, || format!("{open} are open in the books, {} are somewhere", places.len()))
    }

    fn shares_are_true(&self) -> Verdict {
        let mut used: HashMap<EntryId, u32> = HashMap::new();
        for share in &self.shares {
            *used.entry(share.id()).or_default() += 1;
        }
        for (index, slot) in self.machine.book.slots.iter().enumerate() {
            let Some(shares) = slot.shares else { continue };
            let id = self.machine.book.id_of(index as u32);
            let held = used.get(&id).copied().unwrap_or(0);
            hold(shares.used == held, || format!("{id} has {held} shares out, the books say {}", shares.used))?;
            let named = self.machine.holders.iter().filter(|holder| holder.index as usize == index).count();
            hold(named == held as usize, || format!("{id} has {held} shares out, {named} holders are known"))?;
            let in_use = slot.state == State::Leased;
            hold(in_use == (held > 0), || format!("{id} with {held} shares is {:?}", slot.state))?;
            let stuck = shares.draining.is_some() && held == 0 && slot.state == State::Idle;
            hold(!stuck, || format!("{id} has no share left and is not closed"))?;
        }
        Ok(())
    }

    /// Nothing is opened beyond a limit. What was open when a limit fell may stay until it returns.
    fn limits_hold(&self) -> Verdict {
        let limits = &self.machine.options.limits;
        let book = &self.machine.book;
        let most = limits.max_open.max(self.open_before.0);
        let overflows = self.scene.options.wait.exhausted == Exhausted::Overflow;
        // Dials that do not count may be more than there is room for, and then they are open.
        let overflows = overflows || limits.dialing == Counts::Free;
        let gone = |count: u32| if limits.closing == Counts::Free { count } else { 0 };
        let draining = |of: &dyn Fn(&Slot) -> bool| {
            let drains = |slot: &&Slot| slot.shares.is_some_and(|shares| shares.draining.is_some() && shares.used > 0);
            book.slots.iter().filter(|slot| slot.occupied && of(slot)).filter(drains).count() as u32
        };
        hold(draining(&|_| true) == book.draining, || format!("the books say {} drain", book.draining))?;
        hold(overflows || book.open - gone(book.count(State::Closing) + book.draining) <= most, || {
            format!("{} open, limit {}", book.open, limits.max_open)
        })?;
        for (index, endpoint) in book.endpoints.iter().enumerate() {
            let before = self.open_before.1.get(&index).copied().unwrap_or(0);
            let most = limits.max_open_per_endpoint.unwrap_or(u32::MAX).max(before);
            let draining = draining(&|slot| slot.endpoint as usize == index);
            hold(draining == endpoint.draining, || format!("the books say {} drain here", endpoint.draining))?;
            let open = endpoint.open - gone(endpoint.count(State::Closing) + draining);
            hold(limits.dialing == Counts::Free || open <= most, || {
                format!("{open} open at one endpoint, limit {most}")
            })?;
            let idle_most = limits.max_idle_per_endpoint.unwrap_or(u32::MAX);
            let idle = idle_in(book, |slot| slot.endpoint as usize == index);
            hold(idle <= idle_most, || format!("{idle} idle at one endpoint, limit {idle_most}"))?;
        }
        let idle = idle_in(book, |_| true);
        let most = limits.max_idle.unwrap_or(u32::MAX);
        hold(idle <= most, || format!("{idle} idle, limit {most}"))?;
        let dialing = book.count(State::Dialing);
        hold(dialing <= self.scene.options.dial.max_concurrent, || format!("{dialing} dials at once, over the limit"))
    }

    /// Who was served came before all who still wait and could have been served in their stead.
    fn order_is_kept(&self) -> Verdict {
        // A caller with a dial of its own is served when that is done; chance serves anybody.
        let late = self.scene.options.dial.by == DialBy::Pool && self.scene.options.dial.elide;
        let by_order = self.machine.judge.policies.queue.is_none();
        let in_turn = late && by_order && self.scene.options.wait.order != WaitOrder::Random;
        for &(turn, id) in self.granted.iter().filter(|_| in_turn) {
            let Some(index) = self.machine.book.find(id) else { continue };
            let endpoint = self.machine.book.slots[index as usize].endpoint;
            let (endpoint_id, any) = (self.machine.book.endpoint_id(endpoint), self.machine.book.takes_load(endpoint));
            let passed = self.callers.iter().find(|caller| {
                let compatible = if self.scene.options.wait.strict {
                    caller.bound == Some(endpoint_id)
                } else {
                    caller.bound.map_or(any, |bound| bound == endpoint_id)
                };
                let earlier = match self.machine.options.wait.order {
                    WaitOrder::Fifo => caller.turn < turn,
                    WaitOrder::Lifo => caller.turn > turn,
                    WaitOrder::Random => false,
                };
                let options = &self.scene.options;
                // What nobody had a turn for is idle in between, too.
                let in_between = options.wait.handoff == Handoff::Idle || options.limits.max_leases.is_some();
                let through_idle = in_between || self.listed_before.contains_key(&id);
                compatible && earlier && !(caller.fresh && through_idle)
            });
            if let Some(passed) = passed {
                return Err(format!("turn {turn} was served before {}", passed.turn));
            }
        }
        Ok(())
    }
}

/// `idle + leased + dialing + checking + resetting + closing = open`, over all and everywhere.
fn counts_are_true(book: &Book) -> Verdict {
    let mut all = [0; State::COUNT];
    let mut at: HashMap<u32, [u32; State::COUNT]> = HashMap::new();
    for slot in book.slots.iter().filter(|slot| slot.occupied) {
        all[slot.state as usize] += 1;
        at.entry(slot.endpoint).or_default()[slot.state as usize] += 1;
    }
    hold(all == book.counts, || format!("states are {all:?}, the books say {:?}", book.counts))?;
    let sum: u32 = all.iter().sum();
    hold(sum == book.open, || format!("{sum} open, the books say {}", book.open))?;
    for (index, endpoint) in book.endpoints.iter().enumerate() {
        let counted = at.get(&(index as u32)).copied().unwrap_or_default();
        hold(counted == endpoint.counts, || format!("endpoint {index}: {counted:?}, not {:?}", endpoint.counts))?;
        let sum: u32 = counted.iter().sum();
        hold(sum == endpoint.open, || format!("endpoint {index}: {sum} open, the books say {}", endpoint.open))?;
    }
    Ok(())
}

/// Both lists hold what can serve, and nothing else, and can be walked both ways.
fn lists_are_true(book: &Book) -> Verdict {
    let pool = walk(book, &book.idle, Lists::Pool)?;
    let linked = book.slots.iter().filter(|slot| slot.linked).count();
    hold(pool.len() == linked, || format!("{} in the list, {linked} marked", pool.len()))?;
    let mut here = HashSet::new();
    for (index, endpoint) in book.endpoints.iter().enumerate() {
        for entry in walk(book, &endpoint.idle, Lists::Endpoint)? {
            let slot = &book.slots[entry as usize];
            hold(slot.endpoint as usize == index, || "an entry is in a foreign list".into())?;
            here.insert(entry);
        }
    }
    hold(here == pool, || "the two lists differ".into())?;
    for &entry in &pool {
        let slot = &book.slots[entry as usize];
        let can_serve = match slot.shares {
            Some(_) => slot.free_shares() > 0 && matches!(slot.state, State::Idle | State::Leased),
            None => slot.state == State::Idle,
        };
        hold(slot.occupied && can_serve, || format!("entry {entry} is listed and cannot serve"))?;
    }
    Ok(())
}

/// Idle ones that can serve: a shared one that has no capacity for now waits in no list.
fn idle_in(book: &Book, of: impl Fn(&Slot) -> bool) -> u32 {
    book.slots.iter().filter(|slot| slot.linked && slot.state == State::Idle && of(slot)).count() as u32
}

fn walk(book: &Book, list: &List, lists: Lists) -> Result<HashSet<u32>, String> {
    let (mut seen, mut before, mut index) = (HashSet::new(), NIL, list.oldest);
    while index != NIL {
        let link = book.slots[index as usize].links[lists as usize];
        hold(link.older == before, || "a link back is wrong".into())?;
        hold(seen.insert(index), || "a list bites its tail".into())?;
        (before, index) = (index, link.newer);
    }
    hold(before == list.newest, || "a list has another end".into())?;
    hold(seen.len() == list.len as usize, || "a list is of another length".into())?;
    Ok(seen)
}

impl<P> Entry<P> {
    pub(super) fn handle(&self) -> Handle {
        self.permit().handle()
    }
}

impl<P: Payload> Machine<P> {
    /// The handle of some connection that the machine has.
    pub(super) fn some_handle(&self, choice: usize) -> Option<Handle> {
        let held: Vec<_> = self.payloads.iter().flatten().collect();
        held.get(choice % held.len().max(1)).map(|entry| entry.handle())
    }
}
