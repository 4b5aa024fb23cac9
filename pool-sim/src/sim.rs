//! All that is around a machine.

mod look;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use pool_core::{
    Acquire, Change, Detail, Endpoint, Grant, Handle, Machine, Outcome, Plan, PoolOptions, Time, Want, Work,
};

use crate::agenda::Agenda;
use crate::callers::{Bell, Call, Caller, CallerId, State};
use crate::network::{Conn, Deadlines, Task, begin, dial};
use crate::record::Record;
use crate::script::Script;

/// So often the machine is woken at one moment by nothing that is right.
const MOST_ROUNDS: u32 = 10_000;

/// A machine and all around it: callers, driver, network, clock.
pub struct Sim {
    machine: Machine<Conn>,
    now: Time,
    script: Script,
    agenda: Agenda<Task>,
    callers: Vec<Caller>,
    /// Those who wait, in the order in which they asked.
    waiting: BTreeSet<CallerId>,
    /// Where the n-th connection leads.
    made: Vec<String>,
    dead: HashSet<u64>,
    /// By which the n-th connection can speak.
    handles: Vec<Handle>,
    record: Record,
}

impl Sim {
    /// A pool at time zero with these endpoints. Every event is kept.
    pub fn new<E: Into<Endpoint>>(plan: Plan, endpoints: impl IntoIterator<Item = E>) -> Sim {
        Sim::with_script(plan, endpoints, Script::default())
    }

    /// The same where the network is like that from the start: what is dialed ahead is dialed so too.
    pub fn with_script<E: Into<Endpoint>>(plan: Plan, endpoints: impl IntoIterator<Item = E>, script: Script) -> Sim {
        let mut machine = Machine::new(plan, Waker::noop().clone(), Time::ZERO);
        machine.set_detail(Detail::All);
        machine.set_endpoints(endpoints.into_iter().map(Into::into).collect(), Time::ZERO);
        let mut sim = Sim {
            machine,
            now: Time::ZERO,
            script,
            agenda: Agenda::new(),
            callers: Vec::new(),
            waiting: BTreeSet::new(),
            made: Vec::new(),
            dead: HashSet::new(),
            handles: Vec::new(),
            record: Record::default(),
        };
        sim.settle();
        sim
    }

    /// What the network does.
    pub fn script(&mut self) -> &mut Script {
        &mut self.script
    }

    /// The present.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Somebody asks for a connection, as the options say.
    pub fn acquire(&mut self) -> CallerId {
        self.acquire_with(&Call::default())
    }

    /// Somebody asks for a connection in a way of its own.
    pub fn acquire_with(&mut self, call: &Call) -> CallerId {
        let timeout = call.timeout.unwrap_or_else(|| self.machine.options().wait.timeout.get());
        // A name that is not there is an id that never was.
        let nowhere = pool_core::EndpointId::from_parts(u32::MAX, u32::MAX);
        let endpoint = call.endpoint.as_ref().map(|name| self.machine.endpoint_named(name).unwrap_or(nowhere));
        let deadline = self.now.after(timeout);
        let want = Want { endpoint, key: call.key, asked: self.now, deadline, fresh: call.fresh, ..Want::default() };
        self.callers.push(Caller { want, bell: Arc::default(), state: State::Gone, hold: call.hold, ended: None });
        let caller = self.callers.len() - 1;
        self.ask(caller, want);
        self.settle();
        caller
    }

    /// A caller gives back what it has.
    pub fn release(&mut self, caller: CallerId) {
        self.release_as(caller, Outcome::Ok);
    }

    /// A caller gives back what it has, and says how it went.
    pub fn release_as(&mut self, caller: CallerId, outcome: Outcome) {
        self.give_back(caller, outcome);
        self.settle();
    }

    fn give_back(&mut self, caller: CallerId, outcome: Outcome) {
        self.record.acting = Some(caller);
        match std::mem::replace(&mut self.callers[caller].state, State::Gone) {
            State::Holds(entry, _) => {
                self.machine.release(entry, outcome, self.script.needs_reset, self.now);
            }
            State::Shares(lease, _) => {
                self.machine.release_share(lease.share, outcome, self.now);
            }
            other => {
                self.callers[caller].state = other;
                return;
            }
        }
        self.callers[caller].ended = Some(self.now);
    }

    /// A caller goes away while it waits.
    pub fn cancel(&mut self, caller: CallerId) {
        if let State::Waiting(id) = self.callers[caller].state {
            self.callers[caller].state = State::Gone;
            self.machine.cancel(id, self.now);
        }
        self.settle();
    }

    /// The peer closes every connection to this endpoint. Found out when one is to be lent.
    pub fn cut(&mut self, endpoint: &str) {
        let there = self.made.iter().zip(1..).filter(|(name, _)| *name == endpoint);
        self.dead.extend(there.map(|(_, conn)| conn));
    }

    /// The peer closes this connection: the n-th that was made. Found out when it is to be lent.
    pub fn cut_one(&mut self, conn: u64) {
        self.dead.insert(conn);
    }

    /// The connections that were cut say so, as those do whose connector reads all the time.
    pub fn notice_cuts(&mut self) {
        let cut = self.dead.iter().filter_map(|conn| self.handles.get(*conn as usize - 1));
        cut.for_each(Handle::mark_dead);
        self.machine.tick(self.now);
        self.settle();
    }

    /// Lets time pass; what is due happens in its order.
    ///
    /// # Panics
    /// If the machine wants to be woken at one moment without end: a real driver would spin.
    pub fn advance(&mut self, by: Duration) {
        let until = self.now.after(by);
        let mut rounds = 0;
        loop {
            let next = self.agenda.next_at().min(self.machine.next_wake()).max(self.now);
            if next > until {
                break;
            }
            rounds = if next > self.now { 0 } else { rounds + 1 };
            assert!(rounds < MOST_ROUNDS, "woken {rounds} times at {:?}, the machine wants it again", self.now);
            self.now = next;
            self.happen();
            if next == until && self.agenda.next_at() > until && self.machine.next_wake() > until {
                break;
            }
        }
        self.now = until;
        self.happen();
    }

    /// Other endpoints.
    pub fn set_endpoints<E: Into<Endpoint>>(&mut self, endpoints: impl IntoIterator<Item = E>) {
        self.machine.set_endpoints(endpoints.into_iter().map(Into::into).collect(), self.now);
        self.settle();
    }

    /// Other options.
    pub fn set_options(&mut self, options: PoolOptions) {
        self.reconfigure(Change { options: Some(options), ..Change::default() });
    }

    /// Other options or policies.
    pub fn reconfigure(&mut self, change: Change) {
        self.machine.reconfigure(change, self.now);
        self.settle();
    }

    /// Does something else with the machine, then lets what follows happen.
    pub fn with_machine<R>(&mut self, call: impl FnOnce(&mut Machine<Conn>, Time) -> R) -> R {
        let result = call(&mut self.machine, self.now);
        self.settle();
        result
    }

    fn ask(&mut self, caller: CallerId, want: Want) {
        self.record.acting = Some(caller);
        let waker = Waker::from(Arc::<Bell>::clone(&self.callers[caller].bell));
        match self.machine.acquire(&want, &waker, self.now) {
            Acquire::Granted(grant) => self.take(caller, grant),
            Acquire::Waiting(id) => {
                self.waiting.insert(caller);
                self.record.waits(id, caller);
                self.callers[caller].state = State::Waiting(id);
            }
            Acquire::Refused(refusal) => self.callers[caller].state = State::Refused(refusal.kind),
        }
    }

    /// A caller gets a connection. One whose peer has gone is given back, and it asks again.
    fn take(&mut self, caller: CallerId, grant: Grant<Conn>) {
        let granted = grant.facts().granted;
        self.record.acting = Some(caller);
        let again = Want { again: true, ..self.callers[caller].want };
        match grant {
            Grant::Entry(entry) if self.dead.contains(&entry.payload.0) => {
                self.machine.release(entry, Outcome::Dead, false, self.now);
                self.ask(caller, again);
            }
            Grant::Share(lease) if self.dead.contains(&lease.payload.0) => {
                self.machine.release_share(lease.share, Outcome::Dead, self.now);
                self.ask(caller, again);
            }
            Grant::Entry(entry) => self.holds(caller, State::Holds(entry, granted)),
            Grant::Share(lease) => self.holds(caller, State::Shares(*lease, granted)),
        }
    }

    fn holds(&mut self, caller: CallerId, state: State) {
        self.callers[caller].state = state;
        if let Some(hold) = self.callers[caller].hold {
            self.agenda.plan(self.now.after(hold), Task::Returned(caller));
        }
    }

    /// Whatever is due now happens.
    fn happen(&mut self) {
        while self.machine.tick(self.now) {}
        while let Some(task) = self.agenda.take_due(self.now) {
            self.end(task);
            self.settle();
        }
        self.settle();
    }

    fn end(&mut self, task: Task) {
        let now = self.now;
        match task {
            Task::Dialed(ticket, capacity) => {
                self.made.push(ticket.endpoint().name().to_owned());
                let conn = Conn(self.made.len() as u64);
                self.handles.push(ticket.handle());
                self.record.made(ticket.id(), conn.0);
                self.machine.dialed(ticket, conn, capacity, now);
            }
            Task::DialFailed(ticket, fault, class) => self.machine.dial_failed(ticket, fault, fault.into(), class, now),
            Task::Again(ticket, left) => {
                let deadlines = self.deadlines();
                let (at, task) = dial(ticket, left, &mut self.script, deadlines, now);
                self.agenda.plan(at, task);
            }
            Task::Lost(ticket) => {
                drop(ticket);
                self.machine.tick(now);
            }
            Task::Checked(entry, ok) => {
                let ok = ok && !self.dead.contains(&entry.payload.0);
                self.machine.checked(entry, failed(ok), now);
            }
            Task::Reset(entry, ok) => self.machine.reset_done(entry, failed(ok), now),
            Task::Closed(permit) => self.machine.closed(permit, now),
            Task::Returned(caller) => self.give_back(caller, Outcome::Ok),
        }
    }

    /// How long each kind of task may take.
    fn deadlines(&self) -> Deadlines {
        let upkeep = &self.machine.options().upkeep;
        Deadlines {
            dial: self.machine.options().dial.timeout.get(),
            check: upkeep.check_timeout.get(),
            reset: upkeep.reset_timeout.get(),
            close: upkeep.close_timeout.get(),
            tries: self.machine.options().dial.attempts,
            pause: self.machine.options().dial.attempt_pause.get(),
        }
    }

    /// The driver takes all work, wakes who is to be woken; those look for their answers.
    fn settle(&mut self) {
        let deadlines = self.deadlines();
        let mut rounds = 0;
        loop {
            while let Some(work) = self.machine.take_work(self.now) {
                if let Work::Abandon(id) = work {
                    // Its ticket is dropped, which the machine draws in.
                    self.agenda.take_out(|task| task.dials(id));
                    self.machine.tick(self.now);
                    continue;
                }
                let (at, task) = begin(work, &mut self.script, deadlines, self.now);
                self.agenda.plan(at, task);
            }
            let effects = self.machine.take_effects();
            self.record.keep(effects.events);
            effects.wakes.wake();
            let quiet = !self.fetch_one() && self.agenda.next_at() > self.now && !self.machine.has_effects();
            if quiet && self.machine.next_wake() > self.now {
                return;
            }
            if quiet {
                rounds += 1;
                assert!(rounds < MOST_ROUNDS, "woken {rounds} times at {:?}, the machine wants it again", self.now);
                while self.machine.tick(self.now) {}
            }
            if let Some(task) = self.agenda.take_due(self.now) {
                self.end(task);
            }
        }
    }

    /// One who was woken fetches its answer. Says whether there was one.
    fn fetch_one(&mut self) -> bool {
        for caller in self.waiting.iter().copied().collect::<Vec<_>>() {
            let State::Waiting(id) = self.callers[caller].state else {
                self.waiting.remove(&caller);
                continue;
            };
            if !self.callers[caller].bell.rang() {
                continue;
            }
            let waker = Waker::from(Arc::<Bell>::clone(&self.callers[caller].bell));
            match self.machine.poll_wait(id, &waker, self.now) {
                Poll::Pending => continue,
                Poll::Ready(Ok(grant)) => self.take(caller, grant),
                Poll::Ready(Err(refusal)) => self.callers[caller].state = State::Refused(refusal.kind),
            }
            return true;
        }
        false
    }
}

fn failed(ok: bool) -> Option<Arc<str>> {
    (!ok).then(|| "as the script says".into())
}
