//! Clearpool's connectors beside their peers: see the documentation of the crate.

#![forbid(unsafe_code)]

mod database;
mod grpc;
mod http;
mod measured;
mod pools;
mod postgres;
mod redis;
mod slow;

use std::process::ExitCode;

use clearpool_connector_benches::args::Args;
use clearpool_connector_benches::{page, reach};

use crate::measured::Measured;

fn main() -> ExitCode {
    let args = Args::read();
    let mut measured = Measured::new(args.clone());
    http::measure(&mut measured);
    grpc::measure(&mut measured);
    redis::measure(&mut measured);
    postgres::measure(&mut measured);

    let reached: Vec<_> = measured.all.iter().flat_map(reach::reach).collect();
    let table = reach::table(&reached);
    println!("## reach\n\n{}", table.as_markdown());
    // What is short or partial is for whoever runs it.
    if !args.is_full() {
        return ExitCode::SUCCESS;
    }
    page::write(&measured.all, &table).expect("docs/connector-benchmarks.md can be written");
    let missed = reach::missed(&reached);
    if missed > 0 {
        eprintln!("{missed} of {} targets missed", reached.len());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
