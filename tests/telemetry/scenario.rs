//! One busy pool, as a snapshot with known numbers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clearpool::telemetry::SnapshotSource;
use pool_core::catalog::Reading;
use pool_core::{
    CloseReason, Counters, Endpoint, EndpointSnapshot, Lifecycle, PolicyDecisions, PolicyFault, PolicyFaults,
    PolicyKinds, Protocol, Reason, RefusalKind, Role, Snapshot, Timings,
};

/// A pool that looks as the test says.
pub(crate) struct Source {
    name: String,
    snapshot: Mutex<Option<Snapshot>>,
}

impl Source {
    pub(crate) fn new(name: &str, snapshot: Snapshot) -> Arc<Source> {
        Arc::new(Source { name: name.to_owned(), snapshot: Mutex::new(Some(snapshot)) })
    }

    pub(crate) fn set(&self, snapshot: Option<Snapshot>) {
        *self.snapshot.lock().expect("no panic while locked") = snapshot;
    }

    pub(crate) fn reading(&self) -> Reading {
        Reading::new(self.name.as_str(), self.snapshot().expect("not gone"))
    }
}

impl SnapshotSource for Source {
    fn name(&self) -> &str {
        &self.name
    }

    fn snapshot(&self) -> Option<Snapshot> {
        self.snapshot.lock().expect("no panic while locked").clone()
    }
}

/// Two endpoints, waits from microseconds to seconds, refusals, closes, a fault.
pub(crate) fn busy() -> Snapshot {
    Snapshot {
        protocol: Protocol::NONE,
        uptime: Duration::from_secs(90),
        lifecycle: Lifecycle::Open,
        states: [1, 2, 5, 0, 0, 1],
        max_open: 10,
        max_idle: 6,
        min_idle: 2,
        wait_timeout: None,
        generation: 3,
        reconfigurations: 2,
        leases: 5,
        pending: 3,
        oldest_wait: Some(Duration::from_millis(1500)),
        oldest_lease: Some(Duration::from_secs(7)),
        refusals: vec![(RefusalKind::Timeout, 4), (RefusalKind::QueueFull, 2)],
        cancelled: 9,
        closes: vec![(CloseReason::BROKEN, 2), (CloseReason { policy: "ttl", reason: Reason::new("max-age") }, 11)],
        faults: vec![PolicyFaults { role: Role::Balance, policy: "odd", fault: PolicyFault::Impossible, count: 6 }],
        decisions: decisions(),
        sizing: None,
        overdue: 1,
        policies: PolicyKinds {
            acquire: "lifo",
            release: "keep",
            evict: vec!["ttl"],
            balance: "odd",
            health: None,
            queue: None,
        },
        endpoints: vec![endpoint("a:1", 5, 3000, 700), endpoint("b \"quoted\"\\:2", 1, 400, 40)],
        nuances: Default::default(),
        gone: (Counters::default(), Timings::default()),
    }
}

fn decisions() -> Vec<PolicyDecisions> {
    let decision = |role, policy, word, count| PolicyDecisions { role, policy, reason: Reason::new(word), count };
    vec![decision(Role::Acquire, "lifo", "newest", 3400), decision(Role::Balance, "odd", "turn", 3400)]
}

/// An endpoint that served `acquired` leases, of which `waited` had to wait.
pub(crate) fn endpoint(name: &str, weight: u32, acquired: u64, waited: u64) -> EndpointSnapshot {
    let mut counters = Counters::default();
    counters.acquired = acquired;
    counters.waited = waited;
    counters.released = acquired - 2;
    counters.dials = 40;
    counters.dial_failures = 3;
    counters.dials_elided = 5;
    counters.closed = 13;
    EndpointSnapshot {
        endpoint: Arc::new(Endpoint::new(name).weight(weight)),
        active: true,
        healthy: weight > 1,
        broken: false,
        resting: false,
        failures: u32::from(weight == 1),
        states: [0, 1, 2, 0, 0, 0],
        leases: 2,
        counters,
        timings: timings(acquired, waited),
        closes: vec![(CloseReason::BROKEN, 13)],
    }
}

fn timings(acquired: u64, waited: u64) -> Timings {
    let mut timings = Timings::default();
    for step in 0..waited {
        timings.wait.record(Duration::from_nanos(3_000 + step * step * 4_001));
    }
    for step in 0..acquired - 2 {
        timings.usage.record(Duration::from_micros(50 + step));
    }
    for step in 0..37 {
        timings.dial.record(Duration::from_millis(1 + step));
        timings.life.record(Duration::from_secs(7 * step));
    }
    timings
}
