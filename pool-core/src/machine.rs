//! A pool as a state machine.
//!
//! Every call is handed the present. What has to be done outside comes out as [`Work`], one piece
//! at a time by [`Machine::take_work`]; what has to be done at once, when the lock is open again,
//! as [`Effects`]: wakers, a word to the driver, events. No call runs or drops anything of the
//! connector's: entries leave by `Work::Close`. Policies do run inside, under `catch_unwind`.

mod acquire;
mod answer;
mod balancing;
mod breaker;
mod close;
mod deadlines;
mod debts;
mod decisions;
mod dial;
mod discipline;
mod endpoints;
mod expiry;
mod extra;
mod fill;
mod health;
mod holders;
mod lifecycle;
mod marks;
mod nuances;
mod opener;
mod own_dial;
mod pace;
mod policy;
mod pruning;
mod pump;
mod quick;
mod reaper;
mod release;
mod report;
mod shared;
mod sizing;
mod succession;
mod supply;
mod tick;
mod turn;
mod upkeep;
mod waiters;

#[cfg(test)]
mod proof;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::Waker;

use self::fill::Fill;
use self::holders::Holders;
use self::pace::Pace;
use self::policy::Judge;
use self::pruning::Pruning;
use self::reaper::Reaper;
use self::sizing::Measured;
use self::waiters::Waiters;
use crate::book::{Book, NIL};
use crate::grant::DialFault;
use crate::returns::Returns;
use crate::work::{Effects, Work};
use crate::{
    CloseReason, Endpoint, Entry, Event, Lifecycle, Nuances, Payload, Plan, PolicyFaults, PoolOptions, Random, Reason,
    RefusalKind, Time, WaitOrder, What,
};

/// How many idle connections the reaper looks at, and how many waiters time out, per lock hold.
const REAP_SLICE: usize = 64;
const TIMEOUT_SLICE: usize = 256;

/// A pool as a state machine. In this order: every hand-off writes the first cache lines, and
/// another core may write them next; what follows is mostly read.
#[repr(C)]
pub struct Machine<P: Payload> {
    /// Whether there are effects to be taken.
    stirred: bool,
    effects: Effects<P>,
    waiters: Waiters<P>,
    book: Book,
    payloads: Vec<Option<Box<Entry<P>>>>,
    next_reap: Time,
    /// From when on those who ask are looked at: see `sizing`.
    next_look: Time,
    /// When the driver was told to come back.
    told_wake: Time,
    reap_from: u32,
    /// Whether one that is expired stays for the floor of `min_idle`.
    floored: bool,

    lifecycle: Lifecycle,
    detail: Detail,
    /// Whether the short cut may be taken: see `quick`.
    ordinary: bool,
    patient: bool,
    /// Raised when the evict policies change: deadlines are computed anew.
    policies_version: u32,
    /// Raised by `clear`: what is older is closed.
    era: u32,
    returns: Arc<Returns>,
    judge: Judge,
    options: PoolOptions,
    random: Random,
    work: VecDeque<Work<P>>,
    next_overdue: Time,
    /// When `tick` was called last.
    ticked: Time,
    /// Whether a source of endpoints has not spoken yet.
    expecting: bool,
    /// So many connections are wanted open: by `warm`.
    warm_target: u32,
    fill: Fill,
    /// How many are to be dialed in the place of others that were closed: at the endpoints, all in all.
    owed: u32,
    reaper: Reaper,
    pruning: Pruning,
    /// Whether those who wait are being served, and whether that freed a place.
    pumping: bool,
    freed: bool,
    /// Whether a place has become free: then the opener dials for those who wait.
    vacated: bool,
    pace: Pace,
    /// No dial begins before this.
    rests_until: Time,
    /// When the health policy is to be asked.
    next_review: Time,
    /// The order that the queue policy wants now, if there is one.
    order: Option<WaitOrder>,
    /// How many leases the last shared connection could serve.
    last_capacity: u32,

    /// Who has shares of shared connections.
    holders: Holders,
    last_dial: Option<DialFault<P::Fault>>,
    refusals: [u64; RefusalKind::ALL.len()],
    cancelled: u64,
    overdue: u64,
    reconfigurations: u64,
    measured: Measured,
    nuances: Nuances,
    faults: Vec<PolicyFaults>,
    #[cfg(test)]
    pub(crate) planted: proof::Planted,
    #[cfg(test)]
    pub(crate) quick: [u64; 4],
}

/// What became of a returned connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The release policy's word, or why it is closed.
    pub reason: Reason,
    /// Why it is closed, if it is.
    pub closed: Option<CloseReason>,
}

/// Which events come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// None.
    Off,
    /// Dials, evictions, refusals and what else is rare or bad.
    #[default]
    Notable,
    /// Every acquire, wait and release too.
    All,
}

impl<P: Payload> Machine<P> {
    /// A pool without endpoints. `driver` is woken when something comes back without the lock: a
    /// lost permit, a word from a connection.
    pub fn new(plan: Plan, driver: Waker, now: Time) -> Machine<P> {
        let mut machine = Machine {
            book: Book::default(),
            payloads: Vec::new(),
            waiters: Waiters::default(),
            judge: Judge::new(plan.policies),
            options: plan.options,
            returns: Returns::new(driver),
            random: Random::with_seed(plan.seed),
            lifecycle: Lifecycle::Open,
            detail: Detail::Notable,
            ordinary: false,
            patient: false,
            stirred: false,
            effects: Effects::none(),
            work: VecDeque::new(),
            era: 0,
            policies_version: 0,
            next_reap: Time::NEVER,
            next_look: Time::ZERO,
            reap_from: NIL,
            floored: false,
            next_overdue: Time::NEVER,
            ticked: now,
            told_wake: now,
            expecting: false,
            warm_target: 0,
            fill: Fill::default(),
            owed: 0,
            reaper: Reaper::new(now),
            pruning: Pruning::default(),
            pumping: false,
            freed: false,
            vacated: true,
            pace: Pace::default(),
            rests_until: Time::ZERO,
            next_review: Time::NEVER,
            order: None,
            last_capacity: 1,
            holders: Holders::default(),
            last_dial: None,
            refusals: [0; RefusalKind::ALL.len()],
            cancelled: 0,
            overdue: 0,
            reconfigurations: 0,
            measured: Measured::default(),
            nuances: Nuances::default(),
            faults: Vec::new(),
            #[cfg(test)]
            planted: proof::Planted::default(),
            #[cfg(test)]
            quick: [0; 4],
        };
        machine.waiters.seed(plan.seed);
        machine.plan_fill(now);
        machine.plan_pruning(now);
        machine.begin_queue();
        machine.note_ordinary();
        machine
    }

    /// Which events come out. Default [`Detail::Notable`].
    pub fn set_detail(&mut self, detail: Detail) {
        self.detail = detail;
        self.judge.decisions.tell(detail == Detail::All);
        self.note_ordinary();
    }

    /// The options in force.
    pub fn options(&self) -> &PoolOptions {
        &self.options
    }

    /// Whether [`Machine::take_effects`] has anything to give: a cheap question.
    #[inline]
    pub fn has_effects(&self) -> bool {
        self.stirred || !self.judge.faulted.is_empty()
    }

    /// The waker of one caller, if waking it is all that is to be done: the usual effect, on the
    /// shortest way. Else `None`, and nothing is taken.
    #[inline]
    pub fn take_lone_waker(&mut self) -> Option<Waker> {
        if !self.judge.faulted.is_empty() {
            return None;
        }
        let waker = self.effects.take_lone_waker()?;
        self.stirred = false;
        Some(waker)
    }

    /// What is to be done when the lock is open again.
    pub fn take_effects(&mut self) -> Effects<P> {
        self.stirred = false;
        self.tell_decisions();
        self.note_faults();
        std::mem::take(&mut self.effects)
    }

    /// The next piece of work, until there is none. A dial that nobody needs any more is not begun.
    pub fn take_work(&mut self, now: Time) -> Option<Work<P>> {
        while let Some(work) = self.next_work() {
            match work {
                Work::Dial(ticket) if self.dial_is_needless(&ticket) => self.elide(ticket, now),
                Work::Dial(ticket) => return Some(Work::Dial(self.start_dial(ticket, now))),
                work => return Some(work),
            }
        }
        None
    }

    /// Hands work to the driver.
    fn queue(&mut self, work: Work<P>) {
        self.work.push_back(work);
        self.ring();
    }

    /// The driver has something to do.
    fn ring(&mut self) {
        self.effects.driver = true;
        self.stirred = true;
    }

    /// The driver has to come at this moment.
    #[inline]
    fn wake_by(&mut self, at: Time) {
        if at < self.told_wake {
            self.told_wake = at;
            self.ring();
        }
    }

    /// Drops an error when the lock is open again.
    fn debris(&mut self, fault: Option<P::Fault>) {
        self.stirred |= fault.is_some();
        self.effects.debris.extend(fault);
    }

    fn wake(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.effects.wakes.push(waker);
            self.stirred = true;
        }
    }

    /// Tells of something notable.
    fn tell(&mut self, now: Time, what: impl FnOnce(&Machine<P>) -> What) {
        if self.detail >= Detail::Notable {
            self.say(now, what);
        }
    }

    /// Tells of something that happens all the time.
    #[inline]
    fn tell_all(&mut self, now: Time, what: impl FnOnce(&Machine<P>) -> What) {
        if self.detail == Detail::All {
            self.say(now, what);
        }
    }

    #[cold]
    fn say(&mut self, now: Time, what: impl FnOnce(&Machine<P>) -> What) {
        let what = what(self);
        self.tell_decisions();
        self.effects.events.push(Event { at: now, what });
        self.stirred = true;
    }

    /// What was decided is told before what follows from it.
    fn tell_decisions(&mut self) {
        self.effects.events.extend(self.judge.decisions.take_events());
    }

    /// Counts the policies that just went wrong. They are told of with the effects.
    fn note_faults(&mut self) {
        for (at, role, policy, fault) in std::mem::take(&mut self.judge.faulted) {
            let known = self.faults.iter_mut().find(|f| (f.role, f.policy, f.fault) == (role, policy, fault));
            match known {
                Some(known) => known.count += 1,
                None => self.faults.push(PolicyFaults { role, policy, fault, count: 1 }),
            }
            if self.detail >= Detail::Notable {
                self.effects.events.push(Event { at, what: What::PolicyFaulted { role, policy, fault } });
            }
        }
    }

    #[inline]
    fn endpoint_of(&self, index: u32) -> &Arc<Endpoint> {
        &self.book.endpoints[self.book.slots[index as usize].endpoint as usize].spec
    }
}

impl<P: Payload> fmt::Debug for Machine<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("lifecycle", &self.lifecycle)
            .field("states", &self.book.counts)
            .field("waiting", &self.waiters.queued())
            .finish_non_exhaustive()
    }
}
