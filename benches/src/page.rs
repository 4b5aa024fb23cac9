//! The page that the measurements go to: `docs/benchmarks.md`.

use std::fmt::Write;
use std::{fs, io, thread};

use crate::rounds::Results;
use crate::table::Table;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");

const HEAD: &str = "# Benchmarks: side by side with the peers

<!-- Written by `cargo bench -p clearpool-benches`. Do not edit. -->

Clearpool, deadpool, bb8 and mobc in one process, on the same backend that does nothing. Rounds take turns, and what is
told are medians over rounds; behind each the ratio against deadpool, where above 1 is better. Clearpool runs with all
metrics on and exact timing. How, and why with a harness of our own: the documentation of the crate in `benches/`.
Against a real round trip the saved nanoseconds are little; what is felt are fairness, tails and dial storms.
";

/// Writes the page.
///
/// # Errors
/// If the file cannot be written.
pub fn write(all: &[Results], reached: &Table) -> io::Result<()> {
    let mut page = HEAD.to_owned();
    let _ = write!(page, "\nMachine: {}.\n\n## What was to be reached\n\n{}", machine(), reached.as_markdown());
    for results in all {
        let _ = write!(page, "\n{}", results.as_text());
    }
    fs::write(PATH, page)
}

fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split(": ").nth(1));
    format!("{cores} cores, {}", model.unwrap_or("of an unknown kind"))
}
