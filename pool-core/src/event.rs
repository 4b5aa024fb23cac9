//! What can happen in a pool.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    CloseReason, Endpoint, EndpointId, EntryId, ErrorClass, LeaseFacts, Outcome, Reason, Time, TraceContext, WaiterId,
};

/// Something that happened, and when.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub what: What,
}

impl Event {
    /// Something that happened at a moment.
    pub fn new(at: Time, what: What) -> Event {
        Event { at, what }
    }
}

/// The four roles a policy can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Which idle connection is handed out.
    Acquire,
    /// What becomes of a returned one.
    Release,
    /// Which idle ones must go.
    Evict,
    /// Which endpoint serves.
    Balance,
    /// Which endpoints rest.
    Health,
    /// Who of those who wait is next.
    Queue,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 6] = [Role::Acquire, Role::Release, Role::Evict, Role::Balance, Role::Health, Role::Queue];

    /// The role as a label, and as the key of the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Acquire => "acquire",
            Role::Release => "release",
            Role::Evict => "evict",
            Role::Balance => "balance",
            Role::Health => "health",
            Role::Queue => "queue",
        }
    }
}

/// How a policy went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PolicyFault {
    /// It panicked.
    Panic,
    /// It answered what was not on offer.
    Impossible,
}

impl PolicyFault {
    /// The fault as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            PolicyFault::Panic => "panic",
            PolicyFault::Impossible => "impossible",
        }
    }
}

/// Why an acquire was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The time to wait was over.
    Timeout,
    /// Dials fail, and nothing else could serve.
    Dial,
    /// All connections are in use, and the configuration says not to wait.
    Exhausted,
    /// Too many wait already.
    QueueFull,
    /// The queue policy turned it away.
    TurnedAway,
    /// There is no endpoint, or not the one asked for.
    NoEndpoint,
    /// The pool is closed or draining.
    Closed,
}

impl RefusalKind {
    /// Every kind.
    pub const ALL: [RefusalKind; 7] = [
        RefusalKind::Timeout,
        RefusalKind::Dial,
        RefusalKind::Exhausted,
        RefusalKind::QueueFull,
        RefusalKind::TurnedAway,
        RefusalKind::NoEndpoint,
        RefusalKind::Closed,
    ];

    /// The kind as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            RefusalKind::Timeout => "timeout",
            RefusalKind::Dial => "dial",
            RefusalKind::Exhausted => "exhausted",
            RefusalKind::QueueFull => "queue-full",
            RefusalKind::TurnedAway => "turned-away",
            RefusalKind::NoEndpoint => "no-endpoint",
            RefusalKind::Closed => "closed",
        }
    }
}

/// What can happen. Those marked *all* are told only when every event is asked for: in tests and
/// traces; a running pool has its counters for them.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named as everywhere")]
pub enum What {
    /// *all*: a lease was granted.
    Acquired { entry: EntryId, endpoint: Arc<Endpoint>, waited: Duration, waiter: Option<WaiterId>, choice: Reason },
    /// *all*: a policy decided. Told before what follows from it; a decision that was overruled is
    /// told as [`What::PolicyFaulted`] instead.
    Decided { role: Role, policy: &'static str, reason: Reason, entry: Option<EntryId>, endpoint: EndpointId },
    /// *all*: a caller began to wait.
    WaitStarted { waiter: WaiterId, endpoint: Option<Arc<Endpoint>> },
    /// *all*: a caller went away while it waited.
    WaitCancelled { waiter: WaiterId, waited: Duration },
    /// *all*: a lease ended.
    Released { entry: EntryId, endpoint: Arc<Endpoint>, outcome: Outcome, held_for: Duration },
    /// An acquire was refused.
    Refused { kind: RefusalKind, waiter: Option<WaiterId>, waited: Duration, context: Option<TraceContext> },
    /// A dial began.
    DialStarted { entry: EntryId, endpoint: Arc<Endpoint>, attempt: u32 },
    /// A dial succeeded.
    Dialed { entry: EntryId, endpoint: Arc<Endpoint>, took: Duration, context: Option<TraceContext> },
    /// A dial failed; there is no other at this endpoint before `retry_in` has passed.
    DialFailed {
        entry: EntryId,
        endpoint: Arc<Endpoint>,
        took: Duration,
        class: ErrorClass,
        error: Arc<str>,
        retry_in: Duration,
        context: Option<TraceContext>,
    },
    /// A dial was given up: not begun, since a return had served the caller; or begun for a caller
    /// that has gone.
    DialElided { entry: EntryId, endpoint: Arc<Endpoint> },
    /// An idle connection was checked; with an error, it is closed next.
    Checked { entry: EntryId, endpoint: Arc<Endpoint>, error: Option<Arc<str>>, took: Duration },
    /// A returned connection was reset; with an error, it is closed next.
    Reset { entry: EntryId, endpoint: Arc<Endpoint>, error: Option<Arc<str>>, took: Duration },
    /// A connection was taken out of service; it is closed next.
    Evicted {
        entry: EntryId,
        endpoint: Arc<Endpoint>,
        why: CloseReason,
        age: Duration,
        idle_for: Option<Duration>,
        uses: u32,
        last_lease: Option<TraceContext>,
    },
    /// A connection is closed and its place free.
    Closed { entry: EntryId, endpoint: Arc<Endpoint>, took: Duration },
    /// Enough dials of an endpoint failed in a row.
    BreakerOpened { endpoint: Arc<Endpoint>, failures: u32 },
    /// A dial of such an endpoint succeeded.
    BreakerClosed { endpoint: Arc<Endpoint> },
    /// A health policy lets an endpoint rest: it takes no load.
    EndpointRests { endpoint: Arc<Endpoint>, policy: &'static str, reason: Reason },
    /// An endpoint that rested takes load again.
    EndpointServes { endpoint: Arc<Endpoint>, policy: &'static str, reason: Reason },
    /// A policy went wrong and was overruled.
    PolicyFaulted { role: Role, policy: &'static str, fault: PolicyFault },
    /// An endpoint joined.
    EndpointJoined { endpoint: Arc<Endpoint> },
    /// An endpoint's weight or metadata changed.
    EndpointChanged { endpoint: Arc<Endpoint> },
    /// An endpoint left.
    EndpointLeft { endpoint: Arc<Endpoint> },
    /// A lease is held for longer than it should be.
    LeaseOverdue {
        entry: EntryId,
        endpoint: Arc<Endpoint>,
        held_for: Duration,
        site: Option<&'static Location<'static>>,
        context: Option<TraceContext>,
    },
    /// The source of endpoints could not be read; the pool keeps those it has.
    DiscoveryFailed { error: Arc<str> },
    /// Options or policies were changed on the live pool, for the so-many-th time.
    Reconfigured { generation: u64 },
    /// A new generation began: what is older is closed.
    Cleared,
    /// The pool gives no more leases.
    Draining,
    /// The last connection of a draining pool is closed.
    Drained,
}

/// A dial that ended, as its span tells it.
#[derive(Debug, Clone)]
pub struct DialReport<'a> {
    /// The connection that was to be.
    pub entry: EntryId,
    /// Where it leads.
    pub endpoint: &'a Arc<Endpoint>,
    /// When the dial began.
    pub started: Time,
    /// When it ended.
    pub ended: Time,
    /// Which attempt in a row at this endpoint: 0 after a success.
    pub attempt: u32,
    /// What went wrong, if it failed.
    pub error: Option<&'a str>,
    /// Whose trace asked for it.
    pub asked_by: Option<TraceContext>,
}

/// How a lease ended, before its connection goes back and it is known what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct LeaseEnd<'a> {
    /// What was known of it while it lasted.
    pub facts: &'a LeaseFacts,
    /// When it ended.
    pub ended: Time,
    /// How it went.
    pub outcome: Outcome,
}

/// A lease that ended, as its span tells it.
#[derive(Debug, Clone)]
pub struct LeaseReport {
    /// The connection.
    pub entry: EntryId,
    /// Where it leads.
    pub endpoint: Arc<Endpoint>,
    /// When acquire was called.
    pub asked: Time,
    /// When the lease was granted.
    pub granted: Time,
    /// When it ended.
    pub ended: Time,
    /// How it went.
    pub outcome: Outcome,
    /// How many leases the connection has served, this one included.
    pub uses: u32,
    /// When the connection's dial was done.
    pub born: Time,
    /// Whether the caller had to wait.
    pub waited: bool,
    /// Why this connection: the acquire policy's word.
    pub acquire_reason: Reason,
    /// Why this endpoint: the balance policy's word.
    pub balance_reason: Reason,
    /// What became of the connection: the release policy's word, or why it was closed.
    pub settle_reason: Reason,
    /// Why the connection is closed, if it is.
    pub closed: Option<CloseReason>,
    /// Where in the source the lease was acquired.
    pub site: Option<&'static Location<'static>>,
    /// Whose trace it belongs to.
    pub context: Option<TraceContext>,
    /// The span of the dial that made the connection, if the observer gave it one.
    pub dial: Option<TraceContext>,
}
