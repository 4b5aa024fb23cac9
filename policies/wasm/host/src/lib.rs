//! Policies from WebAssembly modules that the configuration names.
#![forbid(unsafe_code)]

mod abi;
mod engine;
mod guest;
mod journal;
mod load;
mod log;
mod message;
mod options;
mod policy;
mod words;

pub use journal::{Note, Told, take_notes};
pub use options::{MemorySize, Runner, WasmOptions};
pub use policy::{WasmAcquire, WasmBalance, WasmEvict, WasmRelease};

use pool_core::Plugin;

/// The balance policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const BALANCE: Plugin = Plugin::balance::<WasmBalance>();
/// The acquire policy as a plugin.
pub const ACQUIRE: Plugin = Plugin::acquire::<WasmAcquire>();
/// The release policy as a plugin.
pub const RELEASE: Plugin = Plugin::release::<WasmRelease>();
/// The evict policy as a plugin.
pub const EVICT: Plugin = Plugin::evict::<WasmEvict>();
