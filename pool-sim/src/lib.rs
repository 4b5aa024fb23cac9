//! Runs a machine without time or sockets.
//!
//! A [`Sim`] plays all that is around a machine: callers, the driver, the network, the clock. Time
//! passes only when it is told to, dials take what the [`Script`] says, and every event is kept, so
//! that a run is the same whenever it is repeated.
//!
//! ```
//! use std::time::Duration;
//! use pool_core::Plan;
//! use pool_sim::{Dial, Sim};
//!
//! let mut sim = Sim::new(Plan::default(), ["a"]);
//! sim.script().dials("a", Dial::ok(Duration::from_millis(5)));
//! let caller = sim.acquire();
//! assert!(sim.is_waiting(caller));
//! sim.advance(Duration::from_millis(5));
//! assert_eq!(sim.endpoint_of(caller), Some("a"));
//! ```

#![forbid(unsafe_code)]

mod agenda;
mod callers;
mod network;
mod record;
mod script;
mod sim;
mod timeline;

pub use callers::{Call, CallerId, Standing};
pub use network::Conn;
pub use script::{Dial, DialEnd, Script};
pub use sim::Sim;
pub use timeline::line;
