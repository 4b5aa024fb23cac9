//! Those who wait are served in their turn; who has waited too long is turned away, unless nobody else waits.
//!
//! ```toml
//! queue = { kind = "{{project-name}}", patience = "1s" }
//! ```
//!
//! Use it where an answer that comes late is of no use: in an overload, the ones who are served are then those who
//! still want to be. Do not use it where everybody must be served in the end, however late.
//!
//! Source: yours to say. A rule that was published somewhere has its name and its place here.
//!
//! ```
//! use std::time::Duration;
//!
//! use pool_{{role}}_{{crate_name}}::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{QueuePolicy, Next, QueueView, Time};
//!
//! // A queue on paper: three wait, the first of them for two seconds.
//! let now = Time::ZERO.after(Duration::from_secs(2));
//! let queue = QueueView::on_paper(now, 3, Time::ZERO, now);
//!
//! let options = {{project-name | pascal_case}}Options::default();
//! let mut policy = {{project-name | pascal_case}}::new(&options)?;
//! let next = Paper::new().with_cx(None, |_, cx| policy.next(&queue, cx));
//! assert_eq!(next.choice, Some(Next::TurnAwayOldest));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::{{project-name | pascal_case}}Options;
pub use policy::{{project-name | pascal_case}};

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::queue::<{{project-name | pascal_case}}>();
