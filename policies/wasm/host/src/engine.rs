//! What runs a module: an interpreter, or a compiler. Either does the little that the host needs of it.

#[cfg(feature = "wasmtime")]
mod compiler;
mod interpreter;

use std::fmt;

use crate::Runner;
use crate::abi::Export;
use crate::log::Log;

/// What a module may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// Bytes of memory.
    pub(crate) memory: usize,
    /// Fuel for its start function.
    pub(crate) fuel: u64,
}

/// Elements of its tables: functions that are called by a number.
const TABLE: usize = 10_000;
/// Tables of a module.
const TABLES: usize = 4;

/// A module that was read and found to be one.
pub(crate) trait Module {
    /// What it has and wants.
    fn shape(&self) -> Shape;

    /// Makes an instance, and runs its start function.
    fn start(&self, allowance: Allowance) -> Result<Box<dyn Instance>, Trap>;
}

/// What a module has and wants. Types are as in `(i32, i32) -> i64`; what is no function says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Module, name, type.
    pub(crate) imports: Vec<(String, String, String)>,
    /// Name, type.
    pub(crate) exports: Vec<(String, String)>,
    /// The memory that it begins with, in bytes.
    pub(crate) memory: u64,
}

/// The type of an exported memory.
pub(crate) const A_MEMORY: &str = "a memory";

/// A module that runs.
pub(crate) trait Instance: Send {
    /// Whether it has this function, with the right signature.
    fn has(&self, export: Export) -> bool;

    /// The version that it speaks.
    fn abi(&mut self, fuel: u64) -> Result<i32, Trap>;

    /// Where a message of so many bytes may be written.
    fn buffer(&mut self, length: u32, fuel: u64) -> Result<u32, Trap>;

    /// Asks it.
    fn ask(&mut self, export: Export, message: u32, count: u32, fuel: u64) -> Result<i64, Trap>;

    /// Its memory; empty if it has none.
    fn memory(&mut self) -> &mut [u8];

    /// What it logged.
    fn log(&mut self) -> &mut Log;
}

/// A call that came to no end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trap {
    OutOfFuel,
    /// In the engine's words.
    Trapped(String),
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trap::OutOfFuel => f.write_str("it used up its fuel"),
            Trap::Trapped(why) => write!(f, "it trapped: {why}"),
        }
    }
}

/// Reads a module.
///
/// # Errors
/// If it is none, in the engine's words, or the engine is not part of this build.
pub(crate) fn read(runner: Runner, bytes: &[u8]) -> Result<Box<dyn Module>, NotRead> {
    match runner {
        Runner::Wasmi => interpreter::read(bytes),
        #[cfg(feature = "wasmtime")]
        Runner::Wasmtime => compiler::read(bytes),
        #[cfg(not(feature = "wasmtime"))]
        Runner::Wasmtime => Err(NotRead::NoEngine),
    }
}

/// Why a module could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// It is no module, or one that uses what is not allowed.
    Invalid(String),
    #[cfg_attr(feature = "wasmtime", expect(dead_code, reason = "all engines are there"))]
    NoEngine,
}

/// A function's type as text.
fn signature(parameters: impl IntoIterator<Item = String>, results: impl IntoIterator<Item = String>) -> String {
    let parameters: Vec<String> = parameters.into_iter().collect();
    let results: Vec<String> = results.into_iter().collect();
    match results.as_slice() {
        [one] => format!("({}) -> {one}", parameters.join(", ")),
        _ => format!("({}) -> ({})", parameters.join(", "), results.join(", ")),
    }
}
