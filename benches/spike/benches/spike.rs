//! The spike for real: see the documentation of the crate.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clearpool_spike::rounds::measure;
use clearpool_spike::{page, row};

const USAGE: &str = "cargo bench -p clearpool-spike -- [--quick]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let quick = match words.as_slice() {
        [] => false,
        ["--quick"] => true,
        _ => {
            eprintln!("usage: {USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let all = runtime.expect("a runtime").block_on(measure(row::rows(), if quick { 1 } else { 15 }));
    let added = page::added(&all);
    println!("{}", page::table(&all, added));
    // What is short is for whoever runs it.
    if quick {
        return ExitCode::SUCCESS;
    }
    page::write(&all, added).expect("docs/spike.md can be written");
    let missed = all.iter().filter(|measured| measured.passes(added) == Some(false)).count();
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
