//! What can be seen of a simulation: callers, connections, events.

use std::time::Duration;

use pool_core::{EntryId, Event, Snapshot, Time};

use super::Sim;
use crate::callers::{CallerId, Standing, State};
use crate::network::{Conn, Task};
use crate::timeline;

impl Sim {
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

    /// How long a caller took from asking until it gave back what it had got. `None` while that is not
    /// over, or if it never got anything.
    pub fn took(&self, caller: CallerId) -> Option<Duration> {
        let caller = &self.callers[caller];
        caller.ended.map(|ended| ended.since(caller.want.asked))
    }

    /// Those who give back by themselves what they get, in the order in which they asked.
    pub fn crowd(&self) -> impl Iterator<Item = CallerId> {
        self.callers.iter().enumerate().filter(|(_, caller)| caller.hold.is_some()).map(|(caller, _)| caller)
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

    /// The connections that are being checked or reset, by number.
    pub fn in_upkeep(&self) -> Vec<u64> {
        let conns = self.agenda.items().filter_map(|task| match task {
            Task::Checked(entry, _) | Task::Reset(entry, _) => Some(entry.payload.0),
            _ => None,
        });
        let mut conns: Vec<u64> = conns.collect();
        conns.sort_unstable();
        conns
    }

    /// What the pool looks like.
    pub fn snapshot(&self) -> Snapshot {
        let advice = self.machine.load(self.now).and_then(|load| load.weigh());
        let snapshot = self.machine.snapshot(self.now);
        Snapshot { sizing: advice.or(snapshot.sizing), ..snapshot }
    }

    /// Everything that happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.record.events
    }

    /// Which caller the n-th event is about, from 0; `None` if it is about none.
    pub fn caller_of(&self, event: usize) -> Option<CallerId> {
        self.record.caller_of(event)
    }

    /// Which connection an id stands for: the n-th that was made. `None` if its dial never succeeded.
    pub fn number_of(&self, entry: EntryId) -> Option<u64> {
        self.record.number_of(entry)
    }

    /// How many connections were made.
    pub fn made(&self) -> u64 {
        self.made.len() as u64
    }

    /// Everything that happened, a line each.
    pub fn timeline(&self) -> String {
        self.record.events.iter().map(|event| timeline::line(event) + "\n").collect()
    }
}
