//! Clearpool beside its peers: see the documentation of the crate.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use clearpool_benches::args::Args;
use clearpool_benches::page;
use clearpool_benches::reach;
use clearpool_benches::rounds::{Results, run_if_wanted};
use clearpool_benches::workload::{Crowd, Dead, Flavour, Idle, Uncontended, Waiters, Workers};

fn main() -> ExitCode {
    let args = Args::read();
    let all = measure(&args);
    let reached = reach::reach(&all);
    let table = reach::table(&reached);
    println!("## reach\n\n{}", table.as_markdown());
    // What is short or partial is for whoever runs it.
    if !args.is_full() {
        return ExitCode::SUCCESS;
    }
    page::write(&all, &table).expect("docs/benchmarks.md can be written");
    let missed = reach::missed(&reached);
    if missed > 0 {
        eprintln!("{missed} of {} targets missed", reached.len());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn measure(args: &Args) -> Vec<Results> {
    let mut all = Vec::new();
    let rounds = args.size(21, 5);
    let leases = args.leases.unwrap_or(args.size(400_000, 100_000));
    run_if_wanted(args, &Uncontended { leases }, rounds, &mut all);
    for tasks in [2, 64] {
        run_if_wanted(args, &Workers { tasks, leases: args.size(640_000, 128_000) }, rounds, &mut all);
    }
    for flavour in [Flavour::OneThread, Flavour::TwoWorkers] {
        let period = Duration::from_millis(args.size(300, 100));
        run_if_wanted(args, &Crowd { flavour, period }, rounds, &mut all);
    }
    run_if_wanted(args, &Waiters, args.size(11, 3), &mut all);
    run_if_wanted(args, &Idle, args.size(11, 3), &mut all);
    run_if_wanted(args, &Dead { period: Duration::from_millis(args.size(1000, 400)) }, args.size(7, 3), &mut all);
    all
}
