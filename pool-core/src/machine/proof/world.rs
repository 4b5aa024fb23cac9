//! All that is around a machine: callers, tasks, the clock, and a simple account of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use super::Planted;
use super::scenes::{self, Scene};
use crate::machine::{Detail, Machine};
use crate::{
    Acquire, CloseReason, Endpoint, EndpointId, Entry, EntryId, Grant, Payload, Random, Reason, RefusalKind, Role,
    Share, Ticket, Time, WaiterId, Want, What, Work,
};

/// A connection on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conn(pub(super) u64);

impl Payload for Conn {
    type Fault = &'static str;
    type Shared = u64;

    fn share(&self) -> u64 {
        self.0
    }
}

/// Whether a waiter was woken.
#[derive(Debug, Default)]
pub(super) struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// How often each decision was made.
pub(super) type Tally = BTreeMap<(Role, &'static str, Reason), u64>;

/// One who waits.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) id: WaiterId,
    pub(super) bound: Option<EndpointId>,
    pub(super) deadline: Time,
    pub(super) turn: i64,
    /// Whether it had been granted a dead one.
    pub(super) again: bool,
    /// Whether it takes nothing idle.
    pub(super) fresh: bool,
    pub(super) bell: Arc<Bell>,
}

/// A machine and all around it.
pub(super) struct World {
    pub(super) machine: Machine<Conn>,
    pub(super) scene: Scene,
    pub(super) now: Time,
    pub(super) random: Random,
    pub(super) tickets: Vec<Ticket>,
    #[expect(clippy::vec_box, reason = "an entry is handed about in its box")]
    pub(super) leases: Vec<Box<Entry<Conn>>>,
    pub(super) shares: Vec<Share>,
    pub(super) work: Vec<Work<Conn>>,
    pub(super) callers: Vec<Caller>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) turn: (i64, i64),
    pub(super) conns: u64,
    /// What was open before the last step, over all and at each endpoint.
    pub(super) open_before: (u32, HashMap<usize, u32>),
    pub(super) granted: Vec<(i64, EntryId)>,
    /// What was in the lists before the last step, and whether it was idle: a shared one with free shares
    /// may be in use.
    pub(super) listed_before: HashMap<EntryId, bool>,
    /// What those were given who take nothing idle.
    pub(super) granted_fresh: Vec<EntryId>,
    /// Whether the last step let time pass.
    pub(super) time_passed: bool,
    pub(super) complaint: Option<String>,
    /// What events told of the policies' decisions.
    pub(super) decided: Tally,
    /// What events told of connections that went, by the reason.
    pub(super) evicted: BTreeMap<CloseReason, u64>,
    /// Those that went and of whose close nothing was told yet.
    pub(super) going: HashSet<EntryId>,
}

impl World {
    pub(super) fn new(shape: u64, planted: Planted) -> World {
        World::telling(shape, planted, if shape.is_multiple_of(2) { Detail::All } else { Detail::Off })
    }

    pub(super) fn telling(shape: u64, planted: Planted, detail: Detail) -> World {
        let mut random = Random::with_seed(shape);
        let scene = scenes::scene(&mut random);
        let endpoints = scene.endpoints.clone();
        let mut machine = Machine::new(scenes::plan(&scene, shape), Waker::noop().clone(), Time::ZERO);
        machine.planted = planted;
        machine.set_detail(detail);
        machine.set_endpoints(endpoints.clone(), Time::ZERO);
        let mut world = World {
            machine,
            scene,
            now: Time::ZERO,
            random,
            tickets: Vec::new(),
            leases: Vec::new(),
            shares: Vec::new(),
            work: Vec::new(),
            callers: Vec::new(),
            endpoints,
            turn: (0, 0),
            conns: 0,
            open_before: (0, HashMap::new()),
            granted: Vec::new(),
            listed_before: HashMap::new(),
            granted_fresh: Vec::new(),
            time_passed: false,
            complaint: None,
            decided: Tally::new(),
            evicted: BTreeMap::new(),
            going: HashSet::new(),
        };
        world.settle();
        world
    }

    /// Lets the driver take all work, wakes who is to be woken, and fetches the answers.
    pub(super) fn settle(&mut self) {
        while let Some(work) = self.machine.take_work(self.now) {
            match work {
                Work::Dial(ticket) => self.tickets.push(ticket),
                Work::Abandon(id) => self.abandon(id),
                work => self.work.push(work),
            }
        }
        self.wake();
        self.fetch();
    }

    /// A dial is given up; or it was done just before.
    fn abandon(&mut self, id: EntryId) {
        if self.random.below(2) == 0 {
            self.tickets.retain(|ticket| ticket.id() != id);
            self.machine.tick(self.now);
        }
    }

    pub(super) fn wake(&mut self) {
        if self.machine.has_effects() {
            let effects = self.machine.take_effects();
            effects.events.iter().for_each(|event| self.hear(&event.what));
            effects.wakes.wake();
        }
    }

    fn hear(&mut self, what: &What) {
        match *what {
            What::Decided { role, policy, reason, .. } => {
                *self.decided.entry((role, policy, reason)).or_default() += 1;
            }
            What::Evicted { entry, why, .. } => {
                *self.evicted.entry(why).or_default() += 1;
                if !self.going.insert(entry) {
                    self.complaint = Some(format!("{entry} goes twice"));
                }
            }
            What::Closed { entry, .. } if !self.going.remove(&entry) => {
                self.complaint = Some(format!("{entry} is closed, and nothing was told of why"));
            }
            _ => {}
        }
    }

    fn fetch(&mut self) {
        for caller in std::mem::take(&mut self.callers) {
            let was_woken = caller.bell.0.swap(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&caller.bell));
            match self.machine.poll_wait(caller.id, &waker, self.now) {
                Poll::Pending => self.callers.push(caller),
                Poll::Ready(_) if !was_woken => {
                    self.complaint = Some(format!("{} has an answer and was not woken", caller.id));
                }
                Poll::Ready(Ok(grant)) => self.take(grant, Some(caller.turn), caller.fresh),
                Poll::Ready(Err(refusal)) => {
                    let early = refusal.kind == RefusalKind::Timeout && self.now < caller.deadline;
                    if early {
                        self.complaint = Some(format!("{} timed out before its time", caller.id));
                    }
                }
            }
        }
    }

    pub(super) fn take(&mut self, grant: Grant<Conn>, turn: Option<i64>, fresh: bool) {
        let id = match &grant {
            Grant::Entry(entry) => entry.id(),
            Grant::Share(lease) => lease.share.id(),
        };
        if fresh {
            self.granted_fresh.push(id);
        }
        if let Some(turn) = turn {
            self.granted.push((turn, id));
        }
        match grant {
            Grant::Entry(entry) => self.leases.push(entry),
            Grant::Share(lease) => self.shares.push(lease.share),
        }
    }

    pub(super) fn acquire(&mut self, bound: Option<EndpointId>, timeout: Duration, again: bool, fresh: bool) {
        let deadline = self.now.after(timeout);
        let want = Want { endpoint: bound, asked: self.now, deadline, again, fresh, ..Want::default() };
        let bell = Arc::new(Bell::default());
        match self.machine.acquire(&want, &Waker::from(Arc::clone(&bell)), self.now) {
            // Whoever need not wait comes after all who do, but for one that comes back.
            Acquire::Granted(grant) => self.take(grant, (!again).then_some(i64::MAX), fresh),
            Acquire::Refused(_) => {}
            Acquire::Waiting(id) => {
                let to_head = again && self.scene.fifo();
                let turn = if to_head {
                    self.turn.0 -= 1;
                    self.turn.0
                } else {
                    self.turn.1 += 1;
                    self.turn.1
                };
                self.callers.push(Caller { id, bound, deadline, turn, again, fresh, bell });
            }
        }
    }

    /// Everyone gives back what they have, all work is done, the pool drains: nothing is left.
    pub(super) fn wind_up(&mut self) -> Result<(), String> {
        if let Some(caller) = self.callers.pop() {
            self.machine.cancel(caller.id, self.now);
        }
        self.end();
        for _ in 0..64 {
            self.give_all_back();
            self.settle();
            self.audit()?;
            if self.machine.is_drained() {
                break;
            }
        }
        let snapshot = self.machine.snapshot(self.now);
        let counters = snapshot.counters();
        if !self.machine.is_drained() {
            return Err(format!("{} connections are open after a drain", snapshot.open()));
        }
        if counters.acquired != counters.released {
            return Err(format!("{} acquired, {} released", counters.acquired, counters.released));
        }
        if snapshot.pending != 0 {
            return Err(format!("{} still wait", snapshot.pending));
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.conns.is_multiple_of(2) {
            self.machine.drain(self.now);
        } else {
            self.machine.close(self.now);
        }
    }

    fn give_all_back(&mut self) {
        for entry in std::mem::take(&mut self.leases) {
            self.machine.release(entry, crate::Outcome::Ok, false, self.now);
        }
        for share in std::mem::take(&mut self.shares) {
            self.machine.release_share(share, crate::Outcome::Ok, self.now);
        }
        for ticket in std::mem::take(&mut self.tickets) {
            self.machine.dial_failed(ticket, "end", "end".into(), crate::ErrorClass::Transient, self.now);
        }
        for work in std::mem::take(&mut self.work) {
            self.finish(work, true);
        }
    }

    /// A task ends.
    pub(super) fn finish(&mut self, work: Work<Conn>, ok: bool) {
        match work {
            Work::Dial(ticket) => self.tickets.push(ticket),
            Work::Check(entry) => self.machine.checked(entry, failed(ok), self.now),
            Work::Reset(entry) => self.machine.reset_done(entry, failed(ok), self.now),
            Work::Close(entry, _) => self.machine.closed(entry.into_parts().1, self.now),
            Work::Abandon(id) => self.abandon(id),
        }
    }
}

fn failed(ok: bool) -> Option<Arc<str>> {
    (!ok).then(|| "by chance".into())
}
