//! Metrics: what is counted and measured.

use super::{Attribute, Convention, Unit};

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Grows only; starts at zero when its pool is built.
    Counter,
    /// Goes up and down, and a sum over several makes sense.
    UpDown,
    /// Goes up and down, and a sum makes none.
    Gauge,
    /// Durations in buckets.
    Histogram,
}

impl Kind {
    /// The kind as a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::UpDown => "up-down counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// What a metric is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A pool's snapshot.
    Pool,
    /// The configurations that pools were made from, and their reloads.
    Configuration,
    /// The exporters themselves.
    Telemetry,
    /// The snapshot of a pool of which this convention tells.
    Convention(Convention),
}

/// The bounds of the classic buckets of all times, in seconds: 10 µs to 10 s, and what is longer.
///
/// The machine counts in finer buckets, eight to a doubling, which classic ones are summed from. A
/// bound can lie inside such a bucket, and the whole bucket is counted above it then: a duration up
/// to 9 % below a bound may be counted as above, never the other way.
pub const TIME_BOUNDS: &[f64] = &[
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The bounds of the classic buckets of lifetimes, in seconds: those that OpenTelemetry advises for
/// `http.client.connection.duration`, and on to an hour.
pub const LIFETIME_BOUNDS: &[f64] =
    &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0];

macro_rules! metrics {
    (
        ours {
            $($(#[doc = $meaning:literal])+ $name:ident = $full:literal, $kind:ident, $unit:expr, $source:ident,
            [$($attribute:ident),*];)*
        }
        conventional {
            $($(#[doc = $their_meaning:literal])+ $theirs:ident = $their_full:literal, $their_kind:ident,
            $their_unit:expr, $convention:ident, [$($their_attribute:ident),*];)*
        }
    ) => {
        /// Everything that is counted or measured.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Metric {
            $($(#[doc = $meaning])+ $name,)*
            $($(#[doc = $their_meaning])+ $theirs,)*
        }

        impl Metric {
            /// Every metric of ours, in the order in which they are exported.
            pub const ALL: &'static [Metric] = &[$(Metric::$name),*];

            /// What is told besides, by the names of conventions, if that is asked for.
            pub const CONVENTIONAL: &'static [Metric] = &[$(Metric::$theirs),*];

            /// Its name, as OpenTelemetry wants it.
            pub const fn name(self) -> &'static str {
                match self { $(Metric::$name => $full,)* $(Metric::$theirs => $their_full,)* }
            }

            /// What kind of number it is.
            pub const fn kind(self) -> Kind {
                match self { $(Metric::$name => Kind::$kind,)* $(Metric::$theirs => Kind::$their_kind,)* }
            }

            /// What it is measured in.
            pub const fn unit(self) -> Unit {
                match self { $(Metric::$name => $unit,)* $(Metric::$theirs => $their_unit,)* }
            }

            /// What it is read from.
            pub const fn source(self) -> Source {
                match self {
                    $(Metric::$name => Source::$source,)*
                    $(Metric::$theirs => Source::Convention(Convention::$convention),)*
                }
            }

            /// What tells its series apart, in the order in which samples have them.
            pub const fn attributes(self) -> &'static [Attribute] {
                match self {
                    $(Metric::$name => &[$(Attribute::$attribute),*],)*
                    $(Metric::$theirs => &[$(Attribute::$their_attribute),*],)*
                }
            }

            /// What it means, in a sentence or two.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Metric::$name => concat!($($meaning),+).trim_ascii(),)*
                    $(Metric::$theirs => concat!($($their_meaning),+).trim_ascii(),)*
                }
            }
        }
    };
}

metrics! {
    ours {
        /// Connections, by what they are doing. Every state is told, also at zero; their sum is what `max` limits.
        ConnectionCount = "clearpool.connection.count", UpDown, Unit::Of("connection"), Pool, [Pool, Endpoint, State];
        /// The most connections there may be, in whatever state.
        ConnectionMax = "clearpool.connection.max", UpDown, Unit::Of("connection"), Pool, [Pool];
        /// The most idle connections there may be.
        ConnectionIdleMax = "clearpool.connection.idle.max", UpDown, Unit::Of("connection"), Pool, [Pool];
        /// As many connections are kept ready.
        ConnectionIdleMin = "clearpool.connection.idle.min", UpDown, Unit::Of("connection"), Pool, [Pool];
        /// Callers that wait for a connection. Above zero with all connections used: the pool is saturated.
        PendingRequests = "clearpool.connection.pending_requests", UpDown, Unit::Of("request"), Pool, [Pool];
        /// Leases at this moment; of a shared connection, each of its shares.
        LeaseCount = "clearpool.lease.count", UpDown, Unit::Of("lease"), Pool, [Pool, Endpoint];
        /// How long the oldest lease has been held; zero if there is none. If it only grows, somebody keeps one.
        LeaseOldest = "clearpool.lease.oldest", Gauge, Unit::Seconds, Pool, [Pool];
        /// The connections that the pool needs for the load of the last minutes: `average` to carry it at all, `wait` so
        /// that the 99th percentile of the wait stays below the target. No series while there is too little to go by.
        ConnectionNeeded = "clearpool.connection.needed", Gauge, Unit::Of("connection"), Pool, [Pool, Target];
        /// How long the first waiting caller has waited; zero if none waits.
        WaitOldest = "clearpool.wait.oldest", Gauge, Unit::Seconds, Pool, [Pool];
        /// How long a caller may wait, as configured; +Inf if there is no limit, and null in JSON.
        WaitTimeout = "clearpool.wait.timeout", Gauge, Unit::Seconds, Pool, [Pool];
        /// Endpoints, by whether they may be dialed: one for the status it has, zero for the others.
        EndpointStatus = "clearpool.endpoint.status", UpDown, Unit::Of("endpoint"), Pool, [Pool, Endpoint, EndpointStatus];
        /// The share of the load that the endpoint should get, relative to the others; zero once it left.
        EndpointWeight = "clearpool.endpoint.weight", Gauge, Unit::Of("weight"), Pool, [Pool, Endpoint];
        /// Pools, by whether they give leases: one for the status it has, zero for the others.
        PoolStatus = "clearpool.pool.status", UpDown, Unit::Of("pool"), Pool, [Pool, PoolStatus];
        /// How long ago the pool was built.
        PoolUptime = "clearpool.pool.uptime", Gauge, Unit::Seconds, Pool, [Pool];
        /// The generation of the pool: zero at first, raised by each `clear`, which closes what is older.
        PoolGeneration = "clearpool.pool.generation", Gauge, Unit::Of("generation"), Pool, [Pool];
        /// How often options, policies or configured endpoints were changed on the live pool: the generation of its
        /// configuration, which its spans carry as `pool.config.generation`.
        Reconfigurations = "clearpool.pool.reconfigurations", Counter, Unit::Of("reload"), Pool, [Pool];
        /// Leases granted.
        Acquires = "clearpool.acquires", Counter, Unit::Of("lease"), Pool, [Pool, Endpoint, Path];
        /// Leases that ended, by how they went.
        Releases = "clearpool.releases", Counter, Unit::Of("lease"), Pool, [Pool, Endpoint, Outcome];
        /// Acquires that were refused. Every reason is told, also at zero.
        Refusals = "clearpool.refusals", Counter, Unit::Of("request"), Pool, [Pool, Refusal];
        /// Callers that went away while they waited.
        Cancellations = "clearpool.cancellations", Counter, Unit::Of("request"), Pool, [Pool];
        /// Leases that were found to be held for longer than `overdue_after`.
        OverdueLeases = "clearpool.overdue_leases", Counter, Unit::Of("lease"), Pool, [Pool];
        /// Dials begun.
        Dials = "clearpool.dials", Counter, Unit::Of("dial"), Pool, [Pool, Endpoint];
        /// Dials that failed.
        DialFailures = "clearpool.dial.failures", Counter, Unit::Of("dial"), Pool, [Pool, Endpoint];
        /// Dials given up: not begun, since a connection came back first, or begun for a caller that has gone.
        DialElisions = "clearpool.dial.elisions", Counter, Unit::Of("dial"), Pool, [Pool, Endpoint];
        /// Connections taken out of service, by who decided it and why: counted at the decision. The pool's
        /// own reasons are told also at zero.
        Closes = "clearpool.closes", Counter, Unit::Of("connection"), Pool, [Pool, Policy, Reason];
        /// Connections closed, by endpoint: counted when the close is done and the place free.
        EndpointCloses = "clearpool.endpoint.closes", Counter, Unit::Of("connection"), Pool, [Pool, Endpoint];
        /// Decisions of the policies, by the reason given. A pool has at most 256 such series; what is beyond them is
        /// counted under the reason `other`.
        PolicyDecisions = "clearpool.policy.decisions", Counter, Unit::Of("decision"), Pool, [Pool, Role, Policy, Reason];
        /// Decisions of a policy that were overruled, since it panicked or answered what was not on offer.
        PolicyFaults = "clearpool.policy.faults", Counter, Unit::Of("fault"), Pool, [Pool, Role, Policy, Fault];
        /// How long callers waited for the leases that were granted; one that was served at once counts as zero.
        WaitTime = "clearpool.wait.time", Histogram, Unit::Seconds, Pool, [Pool, Endpoint];
        /// How long leases were held.
        UseTime = "clearpool.use.time", Histogram, Unit::Seconds, Pool, [Pool, Endpoint];
        /// How long the dials took that succeeded.
        DialTime = "clearpool.dial.time", Histogram, Unit::Seconds, Pool, [Pool, Endpoint];
        /// How old connections were when they were taken out of service.
        ConnectionLifetime = "clearpool.connection.lifetime", Histogram, Unit::Seconds, Pool, [Pool, Endpoint];
        /// Reloads of the configuration, by what came of them.
        Reloads = "clearpool.config.reloads", Counter, Unit::Of("reload"), Configuration, [ConfigResult];
        /// Configurations that pools were made from, by whether what was last asked for is in force: not, if a reload was
        /// refused and the pools run with what they had.
        ConfigStatus = "clearpool.config.status", UpDown, Unit::Of("configuration"), Configuration, [ConfigStatus];
        /// Exports to the collector, by whether it took them.
        TelemetryExports = "clearpool.telemetry.exports", Counter, Unit::Of("export"), Telemetry, [Signal, Delivery];
        /// Spans that ended, by whether the collector took them; those still on the way are in neither.
        TelemetrySpans = "clearpool.telemetry.spans", Counter, Unit::Of("span"), Telemetry, [Delivery];
    }

    // Meanings and units as in OpenTelemetry's semantic conventions 1.38 and in gRPC's proposal A94.
    conventional {
        /// Connections of the pool, by whether they are idle; what is checked or reset counts as used.
        DbCount = "db.client.connection.count", UpDown, Unit::Of("connection"), Database, [DbPool, DbState];
        /// The most idle connections there may be.
        DbIdleMax = "db.client.connection.idle.max", UpDown, Unit::Of("connection"), Database, [DbPool];
        /// As many idle connections are kept ready.
        DbIdleMin = "db.client.connection.idle.min", UpDown, Unit::Of("connection"), Database, [DbPool];
        /// The most connections there may be.
        DbMax = "db.client.connection.max", UpDown, Unit::Of("connection"), Database, [DbPool];
        /// Callers that wait for a connection.
        DbPending = "db.client.connection.pending_requests", UpDown, Unit::Of("request"), Database, [DbPool];
        /// Callers whose time to wait was over.
        DbTimeouts = "db.client.connection.timeouts", Counter, Unit::Of("timeout"), Database, [DbPool];
        /// How long the dials took that succeeded.
        DbCreateTime = "db.client.connection.create_time", Histogram, Unit::Seconds, Database, [DbPool];
        /// How long callers waited for the leases that were granted.
        DbWaitTime = "db.client.connection.wait_time", Histogram, Unit::Seconds, Database, [DbPool];
        /// How long leases were held.
        DbUseTime = "db.client.connection.use_time", Histogram, Unit::Seconds, Database, [DbPool];
        /// Connections to a server, by whether they have a request.
        HttpOpen = "http.client.open_connections", UpDown, Unit::Of("connection"), Http,
            [ServerAddress, ServerPort, HttpState];
        /// How old the connections to a server were when they were closed.
        HttpDuration = "http.client.connection.duration", Histogram, Unit::Seconds, Http, [ServerAddress, ServerPort];
        /// Connections that are open.
        GrpcOpen = "grpc.subchannel.open_connections", UpDown, Unit::Of("connection"), Grpc, [GrpcTarget];
        /// Dials that succeeded.
        GrpcSucceeded = "grpc.subchannel.connection_attempts_succeeded", Counter, Unit::Of("attempt"), Grpc, [GrpcTarget];
        /// Dials that failed.
        GrpcFailed = "grpc.subchannel.connection_attempts_failed", Counter, Unit::Of("attempt"), Grpc, [GrpcTarget];
        /// Connections that were closed, by whichever side.
        GrpcDisconnections = "grpc.subchannel.disconnections", Counter, Unit::Of("disconnection"), Grpc, [GrpcTarget];
    }
}

impl Metric {
    /// Every metric, those of the conventions last.
    pub fn every() -> impl Iterator<Item = Metric> {
        Metric::ALL.iter().chain(Metric::CONVENTIONAL).copied()
    }

    /// The bounds of its classic buckets, in its unit; empty if it is no histogram.
    pub const fn bounds(self) -> &'static [f64] {
        match self.kind() {
            Kind::Histogram if self.is_of_lifetimes() => LIFETIME_BOUNDS,
            Kind::Histogram => TIME_BOUNDS,
            _ => &[],
        }
    }

    const fn is_of_lifetimes(self) -> bool {
        matches!(self, Metric::ConnectionLifetime | Metric::HttpDuration)
    }

    /// The name of its family in Prometheus, without unit and without `_total`: what
    /// OpenMetrics' clients are given beside the unit.
    pub fn family(self) -> String {
        self.name().replace('.', "_")
    }

    /// The name that is typed into a Prometheus query: with the unit's suffix, and `_total` for a
    /// counter. A histogram's series have `_bucket`, `_sum` or `_count` behind it.
    ///
    /// Follows OpenTelemetry's rules of compatibility with Prometheus, so that the scrape endpoint
    /// and a collector's translation of OTLP have the same names.
    pub fn prometheus(self) -> String {
        let mut name = self.family();
        if let Some(suffix) = self.unit().suffix() {
            name.push('_');
            name.push_str(suffix);
        }
        if self.kind() == Kind::Counter {
            name.push_str("_total");
        }
        name
    }
}
