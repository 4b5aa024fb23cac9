//! Recording rules: the measures that alerts and long looks back need, worked out once.

use pool_core::catalog::{Attribute, Metric};

use crate::measure::EVERY;
use crate::promql::label::{EACH_ENDPOINT, EACH_POOL};
use crate::promql::{Label, Query};

macro_rules! recorded {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $name:literal, $labels:expr, $query:expr;)*) => {
        /// What is recorded. Names are as Prometheus advises: what a series is of, what it is worked out
        /// from, and how.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Recorded {
            $($(#[doc = $meaning])+ $variant,)*
        }

        impl Recorded {
            /// Everything that is recorded.
            pub const ALL: &'static [Recorded] = &[$(Recorded::$variant),*];

            /// The name of the series.
            pub const fn name(self) -> &'static str {
                match self { $(Recorded::$variant => $name,)* }
            }

            /// What it means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Recorded::$variant => concat!($($meaning),+).trim_ascii(),)* }
            }

            /// Its labels.
            pub const fn labels(self) -> &'static [Label] {
                match self { $(Recorded::$variant => $labels,)* }
            }

            /// What it is worked out from.
            pub fn query(self) -> Query {
                match self { $(Recorded::$variant => $query,)* }
            }
        }
    };
}

recorded! {
    /// The share of the connections there may be that is used.
    Used = "pool:clearpool_connections_used:ratio", EACH_POOL, EVERY.used_share(EACH_POOL);
    /// One while callers wait and every connection there may be is used, else zero.
    Saturated = "pool:clearpool_saturated:bool", EACH_POOL, EVERY.saturated();
    /// Leases granted, a second.
    Leases = "pool:clearpool_acquires:rate5m", EACH_POOL, EVERY.leases(EACH_POOL);
    /// The share of the leases that found a connection ready.
    FoundReady = "pool:clearpool_acquires_ready:ratio_rate5m", EACH_POOL, EVERY.ready_share(EACH_POOL);
    /// The share of the acquires that was refused.
    Refused = "pool:clearpool_refusals:ratio_rate5m", EACH_POOL, EVERY.refused_share(EACH_POOL);
    /// The wait that one caller in a hundred exceeds, in seconds.
    Wait = "pool:clearpool_wait_seconds:p99_5m", EACH_POOL, EVERY.quantile(0.99, EACH_POOL, Metric::WaitTime);
    /// The same as a share of the wait time-out.
    WaitOfTimeout = "pool:clearpool_wait_timeout:ratio_p99_5m", EACH_POOL, EVERY.wait_share(0.99, EACH_POOL);
    /// The hold that one lease in a hundred exceeds, in seconds.
    Use = "pool:clearpool_use_seconds:p99_5m", EACH_POOL, EVERY.quantile(0.99, EACH_POOL, Metric::UseTime);
    /// Dials for each lease.
    DialsPerLease = "pool:clearpool_dials:per_lease_rate5m", EACH_POOL, EVERY.dials_per_lease(EACH_POOL);
    /// The size that the pool needs, as a share of the one it has.
    Needed = "pool:clearpool_connections_needed:ratio", EACH_POOL, EVERY.needed_share();
    /// The share of its pool's leases that an endpoint serves.
    Share = "endpoint:clearpool_acquires:share_rate5m", EACH_ENDPOINT, EVERY.share(EACH_POOL);
    /// The share that it should serve by its weight.
    WeightShare = "endpoint:clearpool_weight:share", EACH_ENDPOINT, EVERY.weight_share(EACH_POOL);
    /// One while the endpoint's dials fail again and again, else zero.
    Sick = "endpoint:clearpool_sick:bool", EACH_ENDPOINT, EVERY.endpoints(EACH_ENDPOINT, Attribute::BROKEN);
}
