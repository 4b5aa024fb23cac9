//! Attributes: what tells one series, span or notice from another.

use std::borrow::Cow;

use crate::{ErrorClass, Outcome, PolicyFault, RefusalKind, Role, State};

/// What an attribute's value can be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Values {
    /// One of these words, and no other.
    OneOf(Vec<&'static str>),
    /// A name whose number is bounded by what is said here.
    BoundedBy(&'static str),
    /// A number or a text without bound: for spans and notices, never for a metric.
    Free(&'static str),
}

macro_rules! attributes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $key:literal / $label:literal: $values:expr;)*) => {
        /// What tells one series, span or notice from another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Attribute {
            $($(#[doc = $meaning])+ $name,)*
        }

        impl Attribute {
            /// Every attribute.
            pub const ALL: &'static [Attribute] = &[$(Attribute::$name),*];

            /// Its name on spans and notices.
            pub const fn key(self) -> &'static str {
                match self { $(Attribute::$name => $key,)* }
            }

            /// Its name on metrics: short, since it is typed into queries. Those of the conventions have their full
            /// name, in which Prometheus has `_` for each dot.
            pub const fn label(self) -> &'static str {
                match self { $(Attribute::$name => $label,)* }
            }

            /// What it means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Attribute::$name => concat!($($meaning),+).trim_ascii(),)* }
            }

            /// What its value can be.
            pub fn values(self) -> Values {
                match self { $(Attribute::$name => $values,)* }
            }
        }
    };
}

attributes! {
    /// The pool.
    Pool = "pool.name" / "pool": Values::BoundedBy("the pools of the application");
    /// The endpoint's name: its id, or its address where it has none, without what may hold a password.
    Endpoint = "pool.endpoint" / "endpoint":
        Values::BoundedBy("the endpoints that discovery names, and those that left and still have connections");
    /// What a connection is doing; `used` is leased.
    State = "pool.connection.state" / "state": Values::OneOf(State::ALL.map(State::as_str).to_vec());
    /// Whether a connection was ready, or the caller had to wait for one.
    Path = "pool.path" / "path": Values::OneOf(vec![Attribute::READY, Attribute::WAITED]);
    /// Why an acquire was refused.
    Refusal = "pool.refusal" / "reason": Values::OneOf(RefusalKind::ALL.map(RefusalKind::as_str).to_vec());
    /// The kind of the policy; `pool` where the pool itself decided.
    Policy = "pool.policy" / "policy": Values::BoundedBy("the kinds of policy that the application has, and `pool`");
    /// The policy's word for its decision.
    Reason = "pool.reason" / "reason": Values::BoundedBy("the static words in the source of the policies and the pool");
    /// The policy's role.
    Role = "pool.role" / "role": Values::OneOf(Role::ALL.map(Role::as_str).to_vec());
    /// What a policy did wrong.
    Fault = "pool.fault" / "fault":
        Values::OneOf(vec![PolicyFault::Panic.as_str(), PolicyFault::Impossible.as_str()]);
    /// Whether an endpoint may serve: `backing-off` after a failed dial, `broken` after several in a row, `resting` by
    /// the health policy's word.
    EndpointStatus = "pool.endpoint.status" / "status":
        Values::OneOf(vec![Attribute::HEALTHY, Attribute::BACKING_OFF, Attribute::BROKEN, Attribute::RESTING]);
    /// Whether the pool gives leases.
    PoolStatus = "pool.status" / "status":
        Values::OneOf(vec![Attribute::OPEN, Attribute::DRAINING, Attribute::CLOSED]);
    /// What a number of connections is needed for: `average` to carry the load, `wait` to keep waits below the target.
    Target = "pool.target" / "target": Values::OneOf(vec![Attribute::AVERAGE, Attribute::WAIT]);
    /// What is sent to the collector.
    Signal = "export.signal" / "signal": Values::OneOf(vec![Attribute::METRICS, Attribute::TRACES]);
    /// Whether the collector took it.
    Delivery = "export.delivery" / "delivery": Values::OneOf(vec![Attribute::DELIVERED, Attribute::LOST]);
    /// How a lease went, as its holder told it; `lost`, on metrics only: its holder is gone and told nothing.
    Outcome = "pool.outcome" / "outcome":
        Values::OneOf(Outcome::ALL.iter().map(|outcome| outcome.as_str()).chain([Attribute::LOST]).collect());
    /// The connection's id within its pool.
    Connection = "pool.connection" / "connection": Values::Free("text, such as `c3.0`");
    /// How many leases the connection has served, this one included.
    Uses = "pool.uses" / "uses": Values::Free("integer");
    /// How old the connection was.
    Age = "pool.age" / "age": Values::Free("seconds");
    /// For how long the connection was idle.
    IdleFor = "pool.idle_for" / "idle_for": Values::Free("seconds");
    /// How long the caller waited.
    Waited = "pool.waited" / "waited": Values::Free("seconds");
    /// How long the lease was held.
    HeldFor = "pool.held_for" / "held_for": Values::Free("seconds");
    /// How long it took.
    Took = "pool.took" / "took": Values::Free("seconds");
    /// The acquire policy's word for its choice of the connection.
    AcquireReason = "pool.acquire.reason" / "acquire_reason":
        Values::BoundedBy("the static words in the source of the acquire policies");
    /// The balance policy's word for its choice of the endpoint.
    BalanceReason = "pool.balance.reason" / "balance_reason":
        Values::BoundedBy("the static words in the source of the balance policies");
    /// The release policy's word for what became of the connection, or why it was closed.
    SettleReason = "pool.settle.reason" / "settle_reason":
        Values::BoundedBy("the static words in the source of the release policies and the pool");
    /// Why the span was sent: the first of the gate's conditions that held.
    SentBecause = "pool.sent_because" / "sent_because": Values::OneOf(Attribute::GATES.to_vec());
    /// Which dial in a row at this endpoint; 0 after a success.
    Attempt = "pool.attempt" / "attempt": Values::Free("integer");
    /// How many dials failed in a row.
    Failures = "pool.failures" / "failures": Values::Free("integer");
    /// After what pause the endpoint is dialed again.
    RetryIn = "pool.retry_in" / "retry_in": Values::Free("seconds");
    /// Whether another try may help.
    ErrorClass = "pool.error.class" / "error_class":
        Values::OneOf(vec![ErrorClass::Transient.as_str(), ErrorClass::Permanent.as_str()]);
    /// What went wrong, in the connector's words.
    Error = "pool.error" / "error": Values::Free("text");
    /// How many notices like this one were left out since the last one told.
    Suppressed = "pool.suppressed" / "suppressed": Values::Free("integer");
    /// The file of the call to acquire; OpenTelemetry's own name for it.
    CodeFile = "code.file.path" / "code_file": Values::Free("path");
    /// The line of the call to acquire; OpenTelemetry's own name for it.
    CodeLine = "code.line.number" / "code_line": Values::Free("integer");
    /// The server that the endpoint's address leads to; OpenTelemetry's own name for it.
    ServerAddress = "server.address" / "server.address":
        Values::BoundedBy("the endpoints that discovery names, and those that left and still have connections");
    /// Its port; OpenTelemetry's own name for it.
    ServerPort = "server.port" / "server.port": Values::BoundedBy("the ports of the endpoints");
    /// What is spoken, by the connector's word, such as `http` or `redis`; OpenTelemetry's own name for it.
    NetworkProtocol = "network.protocol.name" / "network.protocol.name":
        Values::BoundedBy("the connectors that the application has");
    /// Which database it is, by the connector's word; OpenTelemetry's own name for it.
    DbSystem = "db.system.name" / "db.system.name": Values::BoundedBy("the connectors that the application has");
    /// By which system procedures are called, by the connector's word; OpenTelemetry's own name for it.
    RpcSystem = "rpc.system.name" / "rpc.system.name": Values::BoundedBy("the connectors that the application has");
    /// The pool, as OpenTelemetry's metrics of database clients have it.
    DbPool = "db.client.connection.pool.name" / "db.client.connection.pool.name":
        Values::BoundedBy("the pools of the application");
    /// Whether connections are idle or not, as OpenTelemetry's metrics of database clients have it.
    DbState = "db.client.connection.state" / "db.client.connection.state":
        Values::OneOf(vec![Attribute::IDLE, Attribute::USED]);
    /// Whether connections are idle or not, as OpenTelemetry's metrics of HTTP clients have it.
    HttpState = "http.connection.state" / "http.connection.state":
        Values::OneOf(vec![Attribute::IDLE, Attribute::ACTIVE]);
    /// The target of a gRPC channel, as gRPC's own metrics have it: the pool.
    GrpcTarget = "grpc.target" / "grpc.target": Values::BoundedBy("the pools of the application");
    /// How often options, policies or configured endpoints of the pool had been changed while it lived: the pool's
    /// `clearpool.pool.reconfigurations` at that moment.
    ConfigGeneration = "pool.config.generation" / "config_generation": Values::Free("integer");
    /// Whether what was last asked for is in force: `refused`, nothing of it is; `restart-needed`, all but the telemetry's
    /// own options.
    ConfigStatus = "pool.config.status" / "status":
        Values::OneOf(vec![Attribute::IN_FORCE, Attribute::RESTART_NEEDED, Attribute::REFUSED]);
    /// What came of a reload.
    ConfigResult = "pool.config.result" / "result":
        Values::OneOf(vec![Attribute::CHANGED, Attribute::UNCHANGED, Attribute::REFUSED]);
    /// What was changed, a line each.
    ConfigChanges = "pool.config.changes" / "changes": Values::Free("text");
    /// Why the configuration was read again: its file had changed, a hang-up was signalled, or the program asked.
    Trigger = "pool.config.trigger" / "trigger":
        Values::OneOf(vec![Attribute::FILE, Attribute::SIGNAL, Attribute::CALL]);
    /// The trace of the caller, in hexadecimal.
    Trace = "pool.trace_id" / "trace_id": Values::Free("32 hexadecimal digits");
}

impl Attribute {
    /// Its name on Prometheus' metrics: as on all metrics, with `_` for each dot of a convention's name.
    pub fn prometheus(self) -> Cow<'static, str> {
        let label = self.label();
        if label.contains('.') { Cow::Owned(label.replace('.', "_")) } else { Cow::Borrowed(label) }
    }
}

#[allow(missing_docs, reason = "words of the catalog, explained by their attributes")]
impl Attribute {
    pub const READY: &'static str = "ready";
    pub const WAITED: &'static str = "waited";
    pub const HEALTHY: &'static str = "healthy";
    pub const BACKING_OFF: &'static str = "backing-off";
    /// Of an endpoint that rests, by the health policy's word.
    pub const RESTING: &'static str = "resting";
    pub const BROKEN: &'static str = "broken";
    pub const OPEN: &'static str = "open";
    pub const DRAINING: &'static str = "draining";
    pub const CLOSED: &'static str = "closed";
    pub const AVERAGE: &'static str = "average";
    pub const WAIT: &'static str = "wait";
    pub const METRICS: &'static str = "metrics";
    pub const TRACES: &'static str = "traces";
    pub const DELIVERED: &'static str = "delivered";
    pub const LOST: &'static str = "lost";
    pub const IDLE: &'static str = State::Idle.as_str();
    pub const USED: &'static str = State::Leased.as_str();
    pub const ACTIVE: &'static str = "active";

    pub const IN_FORCE: &'static str = "in-force";
    pub const RESTART_NEEDED: &'static str = "restart-needed";
    pub const REFUSED: &'static str = "refused";
    pub const CHANGED: &'static str = "changed";
    pub const UNCHANGED: &'static str = "unchanged";
    pub const FILE: &'static str = "file";
    pub const SIGNAL: &'static str = "signal";
    pub const CALL: &'static str = "call";

    /// Why a span was sent, in the order in which the conditions are looked at.
    pub const GATES: &'static [&'static str] =
        &["parent-sampled", "all", "no-parent", "ratio", "slow-wait", "failed", "overstayed", "evicted"];
}
