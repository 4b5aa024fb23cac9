//! The plugins that come with Clearpool: the one place where the root package names them.
//!
//! Each is behind a cargo feature of its own, on by default. A feature decides what can be named
//! in a configuration, never what runs.

use crate::App;
use crate::app::DefaultKinds;

/// The connectors that come with Clearpool, for whoever asks [`Pools::get`](crate::Pools::get) for a
/// pool of one.
pub mod connector {
    #[cfg(feature = "connector-tcp")]
    pub use pool_connector_tcp::{TcpConnection, TcpConnector, TcpError};
}

/// What a pool does that names no policy.
pub(crate) fn default_kinds() -> DefaultKinds {
    DefaultKinds {
        acquire: "lifo",
        release: "keep",
        // Turn by turn where all weights are the same, and by weight where they are not.
        balance: "smooth-weighted",
        evict: vec!["ttl", "idle-timeout"],
    }
}

macro_rules! list {
    ($($feature:literal $method:ident $plugin:path;)*) => {
        /// Adds them all.
        pub(crate) fn add_to(app: App) -> App {
            $(#[cfg(feature = $feature)]
            let app = app.$method($plugin);)*
            app
        }
    };
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
    "connector-tcp" connector pool_connector_tcp::PLUGIN;
    "discovery-file" discovery pool_discovery_file::PLUGIN;
}
