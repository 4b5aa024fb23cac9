//! Endpoints from Consul: the healthy instances of a service, as they come and go.
//!
//! The agent is asked by *blocking queries*: it answers when something has changed, so that a change is known
//! within a moment and nothing is asked for in between. An answer is compared with the last one, since it may come
//! without any change; and where answers come too fast, they are asked for more slowly.
//!
//! **When Consul is not there**, nothing changes: the pool keeps the endpoints that it has, is told once what is
//! wrong, and hears of the next set as soon as there is one.
//!
//! **When no instance is healthy**, those that were stay, unless they are registered no longer: see
//! [`ConsulOptions::keep_last`]. And an empty set counts only when it has stood for a while: see
//! [`ConsulOptions::empty_after`].

#![forbid(unsafe_code)]

mod agent;
mod answer;
mod discovery;
mod instance;
mod line;
mod options;
mod pace;
mod plugin;
mod query;
mod refusal;
mod token;
mod verdict;

pub use discovery::ConsulDiscovery;
pub use options::{Consistency, ConsulOptions, Health};
pub use plugin::PLUGIN;
