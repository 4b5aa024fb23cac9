//! What a pool looks like at one moment.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    CloseReason, Counters, Endpoint, EntryId, Nuances, PolicyFault, Protocol, Reason, RefusalKind, Role, Sizing, State,
    Timings, TraceContext,
};

/// What a pool looks like at one moment: everything that metrics are made of.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What is spoken over its connections.
    pub protocol: Protocol,
    /// How long ago the pool was built.
    pub uptime: Duration,
    /// Whether it is open, draining or closed.
    pub lifecycle: Lifecycle,
    /// Connections by state, in the order of [`State::ALL`].
    pub states: [u32; State::ALL.len()],
    /// The limit on all connections.
    pub max_open: u32,
    /// The limit on idle ones.
    pub max_idle: u32,
    /// As many are kept ready.
    pub min_idle: u32,
    /// How long a caller may wait; `None`: for ever.
    pub wait_timeout: Option<Duration>,
    /// How often the pool was cleared: connections of an older generation are closed.
    pub generation: u32,
    /// How often options or policies were changed.
    pub reconfigurations: u64,
    /// Leases at this moment: exclusive ones, and shares of shared connections.
    pub leases: u32,
    /// Callers that wait.
    pub pending: u32,
    /// How long the first of them has waited.
    pub oldest_wait: Option<Duration>,
    /// How long the oldest lease has been held.
    pub oldest_lease: Option<Duration>,
    /// Acquires that were refused, by kind.
    pub refusals: Vec<(RefusalKind, u64)>,
    /// Callers that went away while they waited.
    pub cancelled: u64,
    /// Connections closed, by reason.
    pub closes: Vec<(CloseReason, u64)>,
    /// Policies overruled.
    pub faults: Vec<PolicyFaults>,
    /// What the policies decided, by the reason given.
    pub decisions: Vec<PolicyDecisions>,
    /// The size that the load of the last minutes needs; `None` while there is too little to go by.
    pub sizing: Option<Sizing>,
    /// Leases found overdue.
    pub overdue: u64,
    /// The kinds of the policies.
    pub policies: PolicyKinds,
    /// The endpoints, in the order of discovery; those that left and still have connections last.
    pub endpoints: Vec<EndpointSnapshot>,
    /// What only the statistics of other pools tell apart: see [`Snapshot::stats_as`].
    pub nuances: Nuances,
    /// What was counted at endpoints that are gone.
    pub gone: (Counters, Timings),
}

/// A pool and everybody in it, all of the same moment: the lists are as long as the numbers say.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Census {
    /// What the pool looks like.
    pub snapshot: Snapshot,
    /// Who holds what.
    pub leases: Vec<Holding>,
    /// Who waits, the longest first.
    pub waiting: Vec<Waiting>,
}

impl Census {
    /// What was seen of a pool, at one moment if it is to be true.
    pub fn new(snapshot: Snapshot, leases: Vec<Holding>, waiting: Vec<Waiting>) -> Census {
        Census { snapshot, leases, waiting }
    }
}

/// What a pool looks like at one moment, in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Whether it is open, draining or closed.
    pub lifecycle: Lifecycle,
    /// Connections by state, in the order of [`State::ALL`].
    pub states: [u32; State::ALL.len()],
    /// The limit on all connections.
    pub max_open: u32,
    /// Leases at this moment.
    pub leases: u32,
    /// Callers that wait.
    pub pending: u32,
}

/// One endpoint at one moment.
#[derive(Debug, Clone)]
pub struct EndpointSnapshot {
    /// What discovery says of it.
    pub endpoint: Arc<Endpoint>,
    /// Whether discovery still names it.
    pub active: bool,
    /// Whether it may be dialed: its last dial did not fail, or its back-off has passed.
    pub healthy: bool,
    /// Whether its breaker is open.
    pub broken: bool,
    /// Whether the health policy lets it rest.
    pub resting: bool,
    /// Failed dials since the last success.
    pub failures: u32,
    /// Connections by state, in the order of [`State::ALL`].
    pub states: [u32; State::ALL.len()],
    /// Leases at this moment.
    pub leases: u32,
    /// What was counted.
    pub counters: Counters,
    /// How long things took.
    pub timings: Timings,
    /// Connections closed, by reason.
    pub closes: Vec<(CloseReason, u64)>,
}

/// How often a policy decided for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyDecisions {
    /// Its role.
    pub role: Role,
    /// Its kind.
    pub policy: &'static str,
    /// The reason that it gave.
    pub reason: Reason,
    /// How often.
    pub count: u64,
}

/// How often a policy was overruled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyFaults {
    /// Its role.
    pub role: Role,
    /// Its kind.
    pub policy: &'static str,
    /// What it did.
    pub fault: PolicyFault,
    /// How often.
    pub count: u64,
}

/// The kinds of a pool's policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyKinds {
    /// Of the acquire policy.
    pub acquire: &'static str,
    /// Of the release policy.
    pub release: &'static str,
    /// Of the evict policies.
    pub evict: Vec<&'static str>,
    /// Of the balance policy.
    pub balance: &'static str,
    /// Of the health policy, if it has one.
    pub health: Option<&'static str>,
    /// Of the queue policy, if it has one.
    pub queue: Option<&'static str>,
}

/// Whether a pool gives leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifecycle {
    /// It does.
    Open,
    /// No more, and it waits for those that are out.
    Draining,
    /// No more.
    Closed,
}

/// One lease at one moment: who holds what.
#[derive(Debug, Clone)]
pub struct Holding {
    /// The connection.
    pub entry: EntryId,
    /// Where it leads.
    pub endpoint: Arc<Endpoint>,
    /// How long the lease has been held.
    pub held_for: Duration,
    /// How old the connection is.
    pub age: Duration,
    /// How many leases it has served, this one included.
    pub uses: u32,
    /// How many leases share it now: 1 if it is exclusive.
    pub shares: u32,
    /// Where in the source the lease was acquired.
    pub site: Option<&'static Location<'static>>,
    /// Whose trace it belongs to.
    pub context: Option<TraceContext>,
}

/// One caller at one moment: who waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The one endpoint that it waits for; `None`: any will do.
    pub endpoint: Option<Arc<Endpoint>>,
    /// How long it has waited.
    pub waited: Duration,
    /// Where in the source it asked.
    pub site: Option<&'static Location<'static>>,
    /// Whose trace it belongs to.
    pub context: Option<TraceContext>,
}

impl Snapshot {
    /// How many connections are in this state.
    pub fn count(&self, state: State) -> u32 {
        self.states[state as usize]
    }

    /// All connections, in whatever state.
    pub fn open(&self) -> u32 {
        self.states.iter().sum()
    }

    /// What was counted over all endpoints, those that are gone included.
    pub fn counters(&self) -> Counters {
        let mut sum = self.gone.0;
        for endpoint in &self.endpoints {
            sum.absorb(&endpoint.counters);
        }
        sum
    }

    /// How long things took over all endpoints, those that are gone included.
    pub fn timings(&self) -> Timings {
        let mut sum = self.gone.1.clone();
        for endpoint in &self.endpoints {
            sum.absorb(&endpoint.timings);
        }
        sum
    }

    /// How often acquires were refused in this way.
    pub fn refused(&self, kind: RefusalKind) -> u64 {
        self.refusals.iter().find(|(other, _)| *other == kind).map_or(0, |(_, count)| *count)
    }
}

impl EndpointSnapshot {
    /// How many connections are in this state.
    pub fn count(&self, state: State) -> u32 {
        self.states[state as usize]
    }
}
