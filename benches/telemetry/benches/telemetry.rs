//! What telemetry costs a lease: see the documentation of the crate.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clearpool_telemetry_cost::rounds::{Size, measure};
use clearpool_telemetry_cost::{memory, page};

const USAGE: &str = "cargo bench -p clearpool-telemetry-cost -- [--quick] [--only LETTER]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (quick, only) = match words.as_slice() {
        [] => (false, None),
        ["--quick"] => (true, None),
        ["--only", letter] => (false, Some(format!("({letter})"))),
        _ => {
            eprintln!("usage: {USAGE}");
            return ExitCode::from(2);
        }
    };
    let size = if quick { Size { rounds: 5, bursts: 8 } } else { Size { rounds: 41, bursts: 24 } };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let rows = runtime.block_on(measure(size, only.as_deref()));
    println!("{}", page::costs(&rows));
    if only.is_some() {
        return ExitCode::SUCCESS;
    }
    let reached = page::reach(&rows);
    println!("{}", page::targets(&reached));
    let held = runtime.block_on(memory::measure(if quick { 100_000 } else { 1_000_000 }));
    println!("{}", page::memory(&held));
    // What is short is for whoever runs it.
    if quick {
        return ExitCode::SUCCESS;
    }
    page::write(&rows, &reached, &held).expect("docs/telemetry-cost.md can be written");
    if reached.iter().all(|reach| reach.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
