//! What telemetry costs a lease, in five settings from none at all to a span for every lease; and
//! that with a dead collector memory stays bounded.
//!
//! `cargo bench -p clearpool-telemetry-cost` measures and writes `docs/telemetry-cost.md`, and exits
//! with 1 if a target is missed; with `-- --quick` it takes a few seconds, writes nothing and judges
//! nothing. It is a crate of its own, since it needs the exporters, and the comparison with other
//! pools is built without them.
//!
//! # How
//!
//! One task on one thread acquires, touches and releases, in bursts of a thousand; counted is the CPU time
//! of that thread, which exporters and neighbours have no part in. Each round runs all settings, in an
//! order that rotates; what is told are medians over rounds, and the differences are medians of the
//! differences within a round. After each burst the exporter is given time to send what it has, so
//! that no span is turned away for want of room, which would be cheaper.

#![forbid(unsafe_code)]

pub mod collector;
pub mod memory;
pub mod page;
pub mod rounds;
pub mod setting;
