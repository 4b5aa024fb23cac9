//! The module as a policy, one for each role.

mod acquire;
mod balance;
mod evict;
mod release;

pub use acquire::WasmAcquire;
pub use balance::WasmBalance;
pub use evict::WasmEvict;
pub use release::WasmRelease;

/// The kind under which a configuration names it, in every role.
const KIND: &str = "wasm";
const EXAMPLE: &str = "kind = \"wasm\"\nfile = \"policies/mine.wasm\"\nfuel = 100000\nmax_memory = \"4MiB\"\n";

/// So many connections are shown at most, from the end where a choice is likely.
const MOST_SHOWN: usize = 1024;
