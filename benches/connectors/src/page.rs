//! The page that the measurements go to: `docs/connector-benchmarks.md`.

use std::fmt::Write;
use std::{fs, io, thread};

use crate::table::Table;

use crate::results::Results;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/connector-benchmarks.md");

const HEAD: &str = "# Benchmarks: connectors side by side with their peers

<!-- Written by `cargo bench -p clearpool-connector-benches`. Do not edit. -->

Clearpool's connectors and the clients and pools that people use for the same protocols, in one run on the same servers.
Redis and PostgreSQL are real servers on the same machine; HTTP and gRPC are served by hyper and tonic on a thread of the
same process. Nobody speaks TLS. Clearpool runs with all metrics on. All pools of databases lend their connections in
turn. A round runs each client once, in an order that chance gives: see the documentation of the crate in
`benches/connectors/`. The tables of clients tell what the better quarter of the rounds reached. The ratios are taken
within each round, since what else runs on the machine disturbs its neighbours alike; told is the median, and between what
bounds the middle half of the rounds lay.

*p50* and *p99* are of the whole call, the wait for a connection included. Where a client lets it be seen, *wait* and
*call* are told apart. *CPU* is what the process spent for each call: with HTTP and gRPC the server's part is in it.
*Jain* is how evenly the callers were served, 1 if all alike.

Where there is nothing to wait for and nothing to balance, a pool can only be in the way, so level is the best there is: at
least 0.95 of the best peer. With more callers than connections, or with one endpoint of three slow, Clearpool has to be
ahead. A peer that starves some of its callers (Jain's index below 0.9) is no measure for how long the others wait.

Where a target is missed. Where all callers ask without a pause and a peer serves them in order, as deadpool does, the
wait is what the server makes it, and no pool's is shorter: PostgreSQL with 64 callers. deadpool's manager for Redis asks
the server once more for each lease; deadpool does so when it lends, in the caller's own task, and Clearpool when a
connection comes back, in a task of the pool. A lone caller has its connection without that wait, and where the machine is
busy all the time the task costs what is seen here. Clearpool's own connector for Redis knows without asking.
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
