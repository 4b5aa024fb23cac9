//! What an acquire asks for, and what it gets.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use crate::{
    Endpoint, EndpointId, Entry, ErrorClass, Payload, Reason, RefusalKind, Share, Time, TraceContext, WaiterId,
};

/// What an acquire asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Want {
    /// This endpoint and no other.
    pub endpoint: Option<EndpointId>,
    /// A key for balance policies that hash.
    pub key: Option<u64>,
    /// When acquire was called.
    pub asked: Time,
    /// Until when it may take; [`Time::NEVER`] for no limit, `asked` for not at all.
    pub deadline: Time,
    /// Go to the head of the queue: it had been served, with a connection that was dead.
    pub again: bool,
    /// No connection that is idle: one that is dialed, or comes back meanwhile.
    pub fresh: bool,
    /// Where in the source acquire was called.
    pub site: Option<&'static Location<'static>>,
    /// Whose trace it belongs to.
    pub context: Option<TraceContext>,
}

/// The answer to an acquire.
pub enum Acquire<P: Payload> {
    /// Here it is.
    Granted(Grant<P>),
    /// The caller waits under this id; its waker is woken when there is an answer.
    Waiting(WaiterId),
    /// No.
    Refused(Box<Refusal<P::Fault>>),
}

/// A lease, as the machine gives it: a connection, or a part of one. Small, since it is moved about.
pub enum Grant<P: Payload> {
    /// A connection to oneself; [`Entry::facts`] tells of the lease.
    Entry(Box<Entry<P>>),
    /// A handle to a shared one.
    Share(Box<SharedLease<P>>),
}

impl<P: Payload> Grant<P> {
    /// Why and since when.
    pub fn facts(&self) -> &LeaseFacts {
        match self {
            Grant::Entry(entry) => entry.facts(),
            Grant::Share(lease) => &lease.facts,
        }
    }
}

/// One lease's part of a shared connection.
pub struct SharedLease<P: Payload> {
    /// A handle to the connection.
    pub payload: P::Shared,
    /// What is given back.
    pub share: Share,
    /// Where the connection leads.
    pub endpoint: Arc<Endpoint>,
    /// Why and since when.
    pub facts: LeaseFacts,
}

/// The facts of a lease that do not change while it lasts.
#[derive(Debug, Clone, Copy)]
pub struct LeaseFacts {
    /// When acquire was called.
    pub asked: Time,
    /// When the lease was granted.
    pub granted: Time,
    /// When the connection's dial was done.
    pub born: Time,
    /// How many leases the connection has served, this one included.
    pub uses: u32,
    /// Whether the caller had to wait.
    pub waited: bool,
    /// The acquire policy's word.
    pub acquire_reason: Reason,
    /// The balance policy's word.
    pub balance_reason: Reason,
    /// Where in the source acquire was called.
    pub site: Option<&'static Location<'static>>,
    /// Whose trace it belongs to.
    pub context: Option<TraceContext>,
}

impl LeaseFacts {
    /// Of no lease.
    pub(crate) const NONE: LeaseFacts = LeaseFacts {
        asked: Time::ZERO,
        granted: Time::ZERO,
        born: Time::ZERO,
        uses: 0,
        waited: false,
        acquire_reason: Reason::new(""),
        balance_reason: Reason::new(""),
        site: None,
        context: None,
    };
}

/// What one who waited is told.
pub type Answered<P> = Result<Grant<P>, Box<Refusal<<P as Payload>::Fault>>>;

/// Why an acquire was refused.
#[derive(Debug, Clone)]
pub struct Refusal<F> {
    /// Why.
    pub kind: RefusalKind,
    /// The policy that turned the caller away, if one did.
    pub by: Option<TurnedAway>,
    /// The last dial that failed, if one did.
    pub last_dial: Option<DialFault<F>>,
    /// How many endpoints there are.
    pub endpoints: usize,
    /// How many of them are not dialed since their dials fail, or rest.
    pub ejected: usize,
}

/// The policy that turned a caller away, and its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnedAway {
    /// The policy's kind.
    pub policy: &'static str,
    /// Why.
    pub reason: Reason,
}

/// A dial that failed.
#[derive(Debug, Clone)]
pub struct DialFault<F> {
    /// What went wrong.
    pub fault: F,
    /// Whether it may work another time.
    pub class: ErrorClass,
    /// Where it led.
    pub endpoint: Arc<Endpoint>,
    /// When it failed.
    pub at: Time,
}

/// A waiter's waker, or the answer that it will find.
pub(crate) enum Answer<P: Payload> {
    Waiting(Waker),
    Granted(Grant<P>),
    Refused(Box<Refusal<P::Fault>>),
}
