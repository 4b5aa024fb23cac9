//! Connections on paper, and the tasks that make and unmake them.

use pool_core::{Capacity, EntryId, ErrorClass, Payload, Permit, Ticket, Time, Work};

use crate::callers::CallerId;
use crate::script::{DialEnd, Script};

/// A connection on paper: the n-th that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Conn(pub u64);

impl Payload for Conn {
    type Fault = &'static str;
    type Shared = Conn;

    fn share(&self) -> Conn {
        *self
    }
}

/// A task that ends later.
#[derive(Debug)]
pub(crate) enum Task {
    Dialed(Ticket, Capacity),
    DialFailed(Ticket, &'static str, pool_core::ErrorClass),
    Lost(Ticket),
    /// A dial is tried again, so often at most.
    Again(Ticket, u32),
    Checked(Box<pool_core::Entry<Conn>>, bool),
    Reset(Box<pool_core::Entry<Conn>>, bool),
    Closed(Permit),
    /// A caller that holds for so long gives back what it has.
    Returned(CallerId),
}

/// Which task a piece of work becomes, and when it ends.
pub(crate) fn begin(work: Work<Conn>, script: &mut Script, deadlines: Deadlines, now: Time) -> (Time, Task) {
    match work {
        Work::Dial(ticket) => dial(ticket, deadlines.tries, script, deadlines, now),
        Work::Check(entry) => {
            let (takes, ok) = script.check;
            (now.after(takes.min(deadlines.check)), Task::Checked(entry, ok && takes < deadlines.check))
        }
        Work::Reset(entry) => {
            let (takes, ok) = script.reset;
            (now.after(takes.min(deadlines.reset)), Task::Reset(entry, ok && takes < deadlines.reset))
        }
        Work::Abandon(_) => unreachable!("it is no task"),
        Work::Close(entry, _) => (now.after(script.close.min(deadlines.close)), Task::Closed(entry.into_parts().1)),
    }
}

/// How long each kind of task may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    pub(crate) dial: std::time::Duration,
    pub(crate) check: std::time::Duration,
    pub(crate) reset: std::time::Duration,
    pub(crate) close: std::time::Duration,
    /// How often one dial is tried, and the pause between.
    pub(crate) tries: u32,
    pub(crate) pause: std::time::Duration,
}

impl Task {
    /// Whether it is the dial of this connection.
    pub(crate) fn dials(&self, id: EntryId) -> bool {
        match self {
            Task::Dialed(ticket, _) | Task::DialFailed(ticket, ..) | Task::Lost(ticket) | Task::Again(ticket, _) => {
                ticket.id() == id
            }
            _ => false,
        }
    }
}

/// One try of a dial, of so many that are left: one that fails in a way that may pass is followed by
/// another after a pause, which finds the network as it is then.
pub(crate) fn dial(ticket: Ticket, left: u32, script: &mut Script, deadlines: Deadlines, now: Time) -> (Time, Task) {
    let dial = script.dial(ticket.endpoint().name());
    let late = dial.takes >= deadlines.dial;
    let ends = if late { DialEnd::Fails(ErrorClass::Transient) } else { dial.ends };
    let at = now.after(dial.takes.min(deadlines.dial));
    match ends {
        DialEnd::Ok(capacity) => (at, Task::Dialed(ticket, capacity)),
        DialEnd::Fails(ErrorClass::Transient) if left > 1 => (at.after(deadlines.pause), Task::Again(ticket, left - 1)),
        DialEnd::Fails(class) => (at, Task::DialFailed(ticket, if late { "took too long" } else { "refused" }, class)),
        DialEnd::Lost => (at, Task::Lost(ticket)),
    }
}
