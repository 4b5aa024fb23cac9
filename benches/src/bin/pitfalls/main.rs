//! What broke in other pools, run against Clearpool, deadpool, bb8 and mobc through their public API.
//!
//! `cargo run --release -p clearpool-benches --bin pitfalls` runs every case against every pool,
//! prints the table and writes `docs/pitfalls.md`; `… --bin pitfalls -- T11` runs the cases whose
//! number begins so, and writes nothing.
//!
//! Each case and pool gets a process of its own: what hangs is ended after ten seconds, and what
//! aborts takes nothing else with it.

#![forbid(unsafe_code)]

mod cases;
mod child;
mod page;
mod pool;
mod regression;
mod seen;

use std::path::Path;
use std::process::ExitCode;

use cases::{CASES, POOLS};
use page::Row;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [child::FLAG, case, pool] => child::run(case, pool),
        [] => all(),
        [prefix] => some(prefix),
        _ => {
            eprintln!("usage: pitfalls [T<number>]");
            ExitCode::FAILURE
        }
    }
}

fn all() -> ExitCode {
    let lost: Vec<_> = CASES.iter().filter(|case| !regression::exists(ROOT, &case.test)).collect();
    for case in &lost {
        eprintln!("{}: no test {} in {}", case.number, case.test.name, case.test.file);
    }
    let page = page::page(ROOT, &rows(""));
    print!("{page}");
    let written = std::fs::write(Path::new(ROOT).join("docs/pitfalls.md"), page);
    if let Err(error) = &written {
        eprintln!("docs/pitfalls.md: {error}");
    }
    if lost.is_empty() && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn some(prefix: &str) -> ExitCode {
    print!("{}", page::table(&rows(prefix)));
    ExitCode::SUCCESS
}

fn rows(prefix: &str) -> Vec<Row> {
    let wanted = CASES.iter().enumerate().filter(|(_, case)| case.number.starts_with(prefix));
    wanted.map(|(index, case)| Row { case, seen: POOLS.map(|pool| child::watch(index, pool)) }).collect()
}
