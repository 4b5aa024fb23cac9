//! All that is around a machine.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use pool_core::{
    Acquire, Change, Detail, Endpoint, Event, Grant, Machine, Outcome, Plan, PoolOptions, Snapshot, Time, Want,
};

use crate::agenda::Agenda;
use crate::callers::{Bell, Call, Caller, CallerId, Standing, State};
use crate::network::{Conn, Deadlines, Task, begin};
use crate::script::Script;
use crate::timeline;

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
    events: Vec<Event>,
}

impl Sim {
    /// A pool at time zero with these endpoints. Every event is kept.
    pub fn new<E: Into<Endpoint>>(plan: Plan, endpoints: impl IntoIterator<Item = E>) -> Sim {
        let mut machine = Machine::new(plan, Waker::noop().clone(), Time::ZERO);
        machine.set_detail(Detail::All);
        machine.set_endpoints(endpoints.into_iter().map(Into::into).collect(), Time::ZERO);
        let mut sim = Sim {
            machine,
            now: Time::ZERO,
            script: Script::default(),
            agenda: Agenda::new(),
            callers: Vec::new(),
            waiting: BTreeSet::new(),
            made: Vec::new(),
            dead: HashSet::new(),
            events: Vec::new(),
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
        self.callers.push(Caller { want, bell: Arc::default(), state: State::Gone });
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
        match std::mem::replace(&mut self.callers[caller].state, State::Gone) {
            State::Holds(entry, _) => {
                self.machine.release(entry, outcome, false, self.now);
            }
            State::Shares(lease, _) => {
                self.machine.release_share(lease.share, outcome, self.now);
            }
            other => self.callers[caller].state = other,
        }
        self.settle();
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

    /// What has become of a caller.
    pub fn standing(&self, caller: CallerId) -> Standing {
        let caller = &self.callers[caller];
        let waited = |granted: Time| granted.since(caller.want.asked);
        match &caller.state {
            State::Waiting(_) => Standing::Waiting,
            State::Holds(entry, granted) => Standing::Holding(entry.payload, waited(*granted)),
            State::Shares(lease, granted) => Standing::Holding(lease.payload, waited(*granted)),
            State::Refused(kind) => Standing::Refused(*kind),
            State::Gone => Standing::Gone,
        }
    }

    /// Whether a caller waits.
    pub fn is_waiting(&self, caller: CallerId) -> bool {
        self.standing(caller) == Standing::Waiting
    }

    /// Which connection a caller holds: the n-th that was made.
    pub fn conn_of(&self, caller: CallerId) -> Option<u64> {
        match self.standing(caller) {
            Standing::Holding(Conn(conn), _) => Some(conn),
            _ => None,
        }
    }

    /// To which endpoint a caller's connection leads.
    pub fn endpoint_of(&self, caller: CallerId) -> Option<&str> {
        match &self.callers[caller].state {
            State::Holds(entry, _) => Some(entry.endpoint().name()),
            State::Shares(lease, _) => Some(lease.endpoint.name()),
            _ => None,
        }
    }

    /// What the pool looks like.
    pub fn snapshot(&self) -> Snapshot {
        let advice = self.machine.load(self.now).and_then(|load| load.weigh());
        let snapshot = self.machine.snapshot(self.now);
        Snapshot { sizing: advice.or(snapshot.sizing), ..snapshot }
    }

    /// Everything that happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Everything that happened, a line each.
    pub fn timeline(&self) -> String {
        self.events.iter().map(|event| timeline::line(event) + "\n").collect()
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
        let waker = Waker::from(Arc::<Bell>::clone(&self.callers[caller].bell));
        match self.machine.acquire(&want, &waker, self.now) {
            Acquire::Granted(grant) => self.take(caller, grant),
            Acquire::Waiting(id) => {
                self.waiting.insert(caller);
                self.callers[caller].state = State::Waiting(id);
            }
            Acquire::Refused(refusal) => self.callers[caller].state = State::Refused(refusal.kind),
        }
    }

    /// A caller gets a connection. One whose peer has gone is given back, and it asks again.
    fn take(&mut self, caller: CallerId, grant: Grant<Conn>) {
        let granted = grant.facts().granted;
        match grant {
            Grant::Entry(entry) if self.dead.contains(&entry.payload.0) => {
                self.machine.release(entry, Outcome::Dead, false, self.now);
                let want = Want { again: true, ..self.callers[caller].want };
                self.ask(caller, want);
            }
            Grant::Entry(entry) => self.callers[caller].state = State::Holds(entry, granted),
            Grant::Share(lease) => self.callers[caller].state = State::Shares(*lease, granted),
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
                self.machine.dialed(ticket, conn, capacity, now);
            }
            Task::DialFailed(ticket, fault, class) => self.machine.dial_failed(ticket, fault, fault.into(), class, now),
            Task::Lost(ticket) => {
                drop(ticket);
                self.machine.tick(now);
            }
            Task::Checked(entry, ok) => {
                let ok = ok && !self.dead.contains(&entry.payload.0);
                self.machine.checked(entry, ok, now);
            }
            Task::Reset(entry, ok) => self.machine.reset_done(entry, ok, now),
            Task::Closed(permit) => self.machine.closed(permit, now),
        }
    }

    /// The driver takes all work, wakes who is to be woken; those look for their answers.
    fn settle(&mut self) {
        let upkeep = &self.machine.options().upkeep;
        let deadlines = Deadlines {
            dial: self.machine.options().dial.timeout.get(),
            check: upkeep.check_timeout.get(),
            reset: upkeep.reset_timeout.get(),
            close: upkeep.close_timeout.get(),
        };
        loop {
            while let Some(work) = self.machine.take_work(self.now) {
                let (at, task) = begin(work, &mut self.script, deadlines, self.now);
                self.agenda.plan(at, task);
            }
            let effects = self.machine.take_effects();
            self.events.extend(effects.events.iter().cloned());
            effects.wakes.wake();
            if !self.fetch_one() && self.agenda.next_at() > self.now && !self.machine.has_effects() {
                return;
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
