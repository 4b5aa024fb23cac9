//! Endpoints from a file that is watched.
//!
//! A file whose name ends in `.toml` holds
//!
//! ```toml
//! endpoints = [
//!     { address = "10.0.0.1:7001", weight = 5 },
//!     { address = "10.0.0.2:7001", id = "b", metadata = { zone = "eu-1" } },
//! ]
//! ```
//!
//! and any other one endpoint per line, `#` beginning a comment:
//!
//! ```text
//! 10.0.0.1:7001  5
//! 10.0.0.2:7001     # weight 1
//! ```
//!
//! Its *content* is looked at again and again, so that it does not matter how it changes: rewritten,
//! renamed into its place, or by a symbolic link that is turned, as Kubernetes does. A file that is
//! broken or gone is told of once and changes nothing.

#![forbid(unsafe_code)]

mod format;
mod options;
mod plugin;
mod watch;

pub use options::FileOptions;
pub use plugin::PLUGIN;
pub use watch::FileDiscovery;
