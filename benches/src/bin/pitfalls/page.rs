//! `docs/pitfalls.md`.

use std::fmt::Write;
use std::path::Path;

use crate::cases::{Case, POOLS};
use crate::seen::Seen;

/// One case, and what it saw of each pool.
pub(crate) struct Row {
    pub(crate) case: &'static Case,
    pub(crate) seen: [Seen; POOLS.len()],
}

/// The whole page.
pub(crate) fn page(root: &str, rows: &[Row]) -> String {
    let lock = std::fs::read_to_string(Path::new(root).join("Cargo.lock")).unwrap_or_default();
    let version = |package| version(&lock, package).unwrap_or("of unknown version");
    format!(
        "# Pitfalls: what broke in other pools, and what this one does\n\n\
         <!-- Written by `cargo run --release -p clearpool-benches --bin pitfalls`. Do not edit. -->\n\n\
         Each line is a mistake that bit users of some pool. `cargo run --release -p clearpool-benches --bin pitfalls` runs \
         it against Clearpool {}, deadpool {}, bb8 {} and mobc {}, all on the same connector in memory that fails as it \
         is told, and writes this table. Each case and pool runs in a process of its own and is ended after ten seconds.\n\n\
         \"Fails\" is what this program saw in its last run, with the number that it saw, and no more than that: a pool may \
         mean to work so, and to say so. \"–\": the pool has nothing of the kind, or forbids it in its documentation. Where a pool \
         has time-outs for dials and checks, they are set; where it has a check at each acquire, it is off unless the case is \
         about checks; queues are in the order that they come with. deadpool's idle time-out is the loop over `retain` from its \
         documentation.\n\n\
         The numbers are those in the names of our tests, which link to their files. Those that are not here are \
         tested for Clearpool alone; most are about what none of the others has (endpoints, resets, asynchronous closes, a clock \
         that can be turned).\n\n{}",
        version("clearpool"),
        version("deadpool"),
        version("bb8"),
        version("mobc"),
        table(rows)
    )
}

/// The table alone.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = format!("| number | what must hold | {} | our test |\n", POOLS.join(" | "));
    table += "| --- | --- | --- | --- | --- | --- | --- |\n";
    for Row { case, seen } in rows {
        let seen = seen.each_ref().map(ToString::to_string).join(" | ");
        let test = format!("[`{}`](../{})", case.test.name, case.test.file);
        writeln!(table, "| {} | {} | {seen} | {test} |", case.number, case.must).expect("a string takes all");
    }
    table
}

/// The version of a package in a lock file.
fn version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let head = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) = lock.split_once(&head)?;
    rest.split('"').next()
}

#[test]
fn the_versions_are_those_of_the_lock_file() {
    let lock = "[[package]]\nname = \"bb8-x\"\nversion = \"1\"\n\n[[package]]\nname = \"bb8\"\nversion = \"0.9.1\"\n";
    assert_eq!(version(lock, "bb8"), Some("0.9.1"));
    assert_eq!(version(lock, "mobc"), None);
}
