//! The plugins that come with Clearpool: the one place where the root package names them.
//!
//! Each is behind a cargo feature of its own, on by default. A feature decides what can be named
//! in a configuration, never what runs.

use crate::App;
use crate::app::DefaultKinds;

/// The connectors that come with Clearpool, for whoever asks [`Pools::get`](crate::Pools::get) for a
/// pool of one.
///
/// Each of protocols is here with its most used types, and whole as a module: `connector::redis`.
pub mod connector {
    #[cfg(feature = "connector-bb8")]
    pub use pool_connector_bb8::{self as bb8, Bb8Connector};
    #[cfg(feature = "connector-deadpool")]
    pub use pool_connector_deadpool::{self as deadpool, DeadpoolConnector};
    #[cfg(feature = "connector-grpc")]
    pub use pool_connector_grpc::{self as grpc, GrpcChannel, GrpcConnector, GrpcPool};
    #[cfg(feature = "connector-http")]
    pub use pool_connector_http::{self as http, HttpConnector, HttpPool};
    #[cfg(feature = "connector-postgres")]
    pub use pool_connector_postgres::{self as postgres, PostgresConnection, PostgresConnector};
    #[cfg(feature = "connector-redis")]
    pub use pool_connector_redis::{self as redis, RedisConnection, RedisConnector};
    #[cfg(feature = "connector-tcp")]
    pub use pool_connector_tcp::{self as tcp, TcpConnection, TcpConnector, TcpError};
}

/// The sources of endpoints that come with Clearpool, for whoever builds a pool by code.
pub mod source {
    #[cfg(feature = "discovery-consul")]
    pub use pool_discovery_consul as consul;
    #[cfg(feature = "discovery-dns")]
    pub use pool_discovery_dns as dns;
    #[cfg(feature = "discovery-file")]
    pub use pool_discovery_file as file;
}

/// What a pool does that names no policy.
pub(crate) fn default_kinds() -> DefaultKinds {
    DefaultKinds {
        connector: "tcp",
        acquire: "lifo",
        release: "keep",
        // Turn by turn where all weights are the same, and by weight where they are not.
        balance: "smooth-weighted",
        evict: vec!["ttl", "idle-timeout"],
    }
}

/// What plugins said or did wrong since the last call, that they could not tell themselves: they are asked under a
/// pool's lock.
pub(crate) fn asides() -> Vec<String> {
    #[cfg(feature = "wasm")]
    let said = pool_wasm::take_notes().iter().map(ToString::to_string).collect();
    #[cfg(not(feature = "wasm"))]
    let said = Vec::new();
    said
}

macro_rules! list {
    ($($feature:literal $method:ident $plugin:path;)*) => {
        /// Adds them all.
        pub(crate) fn add_to(app: App) -> App {
            $(#[cfg(feature = $feature)]
            let app = app.$method($plugin);)*
            app
        }

        /// Which cargo features are not part of this build.
        const ABSENT: &[Option<&str>] = &[$(if cfg!(feature = $feature) { None } else { Some($feature) }),*];
    };
}

/// The cargo feature that would bring what a table of this key calls so, if it is not part of this build.
pub(crate) fn absent_feature(key: &str, kind: &str) -> Option<&'static str> {
    let usual = format!("{key}-{kind}");
    let is_wasm = kind == "wasm" && ["acquire", "balance", "evict", "release"].contains(&key);
    ABSENT.iter().flatten().copied().find(|feature| *feature == usual || (is_wasm && *feature == kind))
}

list! {
    "acquire-lifo" policy pool_acquire_lifo::PLUGIN;
    "acquire-fifo" policy pool_acquire_fifo::PLUGIN;
    "release-keep" policy pool_release_keep::PLUGIN;
    "release-max-uses" policy pool_release_max_uses::PLUGIN;
    "evict-ttl" policy pool_evict_ttl::PLUGIN;
    "evict-idle-timeout" policy pool_evict_idle_timeout::PLUGIN;
    "evict-lru" policy pool_evict_lru::PLUGIN;
    "balance-round-robin" policy pool_balance_round_robin::PLUGIN;
    "balance-smooth-weighted" policy pool_balance_smooth_weighted::PLUGIN;
    "balance-random" policy pool_balance_random::PLUGIN;
    "acquire-least-used" policy pool_acquire_least_used::PLUGIN;
    "acquire-random" policy pool_acquire_random::PLUGIN;
    "release-proven-reuse" policy pool_release_proven_reuse::PLUGIN;
    "evict-adaptive-idle" policy pool_evict_adaptive_idle::PLUGIN;
    "evict-lfu" policy pool_evict_lfu::PLUGIN;
    "evict-reopen" policy pool_evict_reopen::PLUGIN;
    "balance-least-loaded" policy pool_balance_least_loaded::PLUGIN;
    "balance-maglev" policy pool_balance_maglev::PLUGIN;
    "balance-p2c" policy pool_balance_p2c::PLUGIN;
    "balance-peak-ewma" policy pool_balance_peak_ewma::PLUGIN;
    "balance-rendezvous-subset" policy pool_balance_rendezvous_subset::PLUGIN;
    "balance-ring-hash" policy pool_balance_ring_hash::PLUGIN;
    "balance-static-stride" policy pool_balance_static_stride::PLUGIN;
    "balance-weighted-least-request" policy pool_balance_weighted_least_request::PLUGIN;
    "health-outlier-ejection" policy pool_health_outlier_ejection::PLUGIN;
    "queue-adaptive-lifo" policy pool_queue_adaptive_lifo::PLUGIN;
    "queue-codel" policy pool_queue_codel::PLUGIN;
    "wasm" policy pool_wasm::BALANCE;
    "wasm" policy pool_wasm::ACQUIRE;
    "wasm" policy pool_wasm::RELEASE;
    "wasm" policy pool_wasm::EVICT;
    "connector-tcp" connector pool_connector_tcp::PLUGIN;
    "connector-http" connector pool_connector_http::PLUGIN;
    "connector-grpc" connector pool_connector_grpc::PLUGIN;
    "connector-redis" connector pool_connector_redis::PLUGIN;
    "connector-postgres" connector pool_connector_postgres::PLUGIN;
    "discovery-file" discovery pool_discovery_file::PLUGIN;
    "discovery-consul" discovery pool_discovery_consul::PLUGIN;
    "discovery-dns" discovery pool_discovery_dns::PLUGIN;
    "connector-http" discovery pool_connector_http::ON_DEMAND;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_build_has_not_is_named_by_its_feature() {
        let wasm = (!cfg!(feature = "wasm")).then_some("wasm");
        assert_eq!(absent_feature("balance", "wasm"), wasm);
        assert_eq!(absent_feature("queue", "wasm"), None);
        assert_eq!(absent_feature("balance", "nothing"), None);
        let p2c = (!cfg!(feature = "balance-p2c")).then_some("balance-p2c");
        assert_eq!(absent_feature("balance", "p2c"), p2c);
    }
}
