//! Every usable connection is kept.
//!
//! ```toml
//! release = { kind = "keep" }
//! ```
//!
//! Broken connections and those past a limit or a deadline are closed by the pool before any release
//! policy is asked; this one has no wish of its own. The usual choice.
//!
//! Source: what every pool does by default.
//!
//! ```
//! use pool_core::{ReleasePolicy, ReleaseRule};
//! use pool_release_keep::Keep;
//!
//! assert!(matches!(Keep.rule(), Some(ReleaseRule::Keep(_))));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::KeepOptions;
pub use policy::Keep;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::release::<Keep>();
