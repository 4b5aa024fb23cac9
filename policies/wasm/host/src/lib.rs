//! Policies from WebAssembly modules that the configuration names.
//!
//! ```toml
//! balance = { kind = "wasm", file = "policies/mine.wasm", fuel = 100000, max_memory = "4MiB" }
//! ```
//!
//! A core module decides, in any of four roles: it is shown flat records, and answers with a number. It has no files,
//! no network, no clock, a bound on its memory and fuel for each call; time and randomness are handed in, so that its
//! decisions can be replayed like everybody's. What it exports is checked when it is loaded, and anything wrong is told
//! at its key. Where it errs as it is asked, a safe default decides and it is counted; after `disable_after` faults in a
//! row it is not asked any more, and the reason of each decision is `wasm-disabled`.
//!
//! For policies that change more often than the application, or are written by those who do not build it. A native
//! policy is several times faster. A module is called under the pool's lock, so its fuel bounds how long that is held.
//!
//! Source: an interface of our own, in full in `docs/guides/wasm.md`; `pool-wasm-guest` speaks it for Rust. Run by
//! wasmi, or by wasmtime with the cargo feature of that name and `engine = "wasmtime"`.
//!
//! How faults are told: a policy can neither log nor count, since it is asked under the lock. So after a fault it
//! answers with no choice, by which the machine overrules it, counts it and tells of it, as it does with any policy.
//! What went wrong in detail is put aside for [`take_notes`].
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//! use pool_wasm::{WasmBalance, WasmOptions};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("round_robin.wasm");
//! # std::fs::write(&path, wat::parse_str(include_str!("../tests/wat/round_robin.wat"))?)?;
//! let mut policy = WasmBalance::new(&WasmOptions::new(path))?;
//! let mut paper = Paper::new();
//! let endpoints = ["a:1", "b:1"].map(|address| paper.endpoint(Endpoint::new(address)));
//! paper.with_cx(None, |paper, cx| {
//!     let view = paper.endpoints_view();
//!     assert_eq!(policy.pick(&view, cx).choice, Some(endpoints[0]));
//!     policy.served(endpoints[0], &view, cx);
//!     assert_eq!(policy.pick(&view, cx).choice, Some(endpoints[1]));
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
