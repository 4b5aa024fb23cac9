//! The page that the measurements go to: `docs/spike.md`.

use std::fmt::Write;
use std::{fs, io, thread};

use crate::rounds::Measured;
use crate::row::{Expected, Which};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spike.md");

const HEAD: &str = "# The spike, for real

<!-- Written by `cargo bench -p clearpool-spike`. Do not edit. -->

5 idle connections, at most 50, a dial takes 150 ms, the work 2 ms, and 50 callers come at once. The best possible is
50 × 2 ms / 5 = 20 ms without a new connection. It is the question that HikariCP's \"Welcome to the Jungle\" asks: does
whoever waits take what comes back, or wait for a dial of its own?

Each preset runs on tokio with the numbers of its case in [tests/traces/spike](../tests/traces/spike), which shows the same
under a virtual clock, step by step. deadpool and bb8 run as they come, with at most 50 and five that were leased before.
Dials and work are real sleeps. *Served* is from when the first asks until the last has given back.
";

const JUDGED: &str = "
A row is what was *observed* of the original, or *follows* from how it waits and dials where nobody has measured it; of ours
it is *the target*. It is reached if the medians of time and numbers lie in it. To the later time is added what the machine
adds: *five tickets* are a semaphore in place of a pool, which serves as fast as anything can, and";

/// What the machine adds to 20 ms, in milliseconds.
pub fn added(all: &[Measured]) -> f64 {
    let tickets = all.iter().find(|measured| measured.row.which == Which::Tickets);
    tickets.map_or(0.0, |tickets| (tickets.served() - 20.0).max(0.0))
}

/// The table.
pub fn table(all: &[Measured], added: f64) -> String {
    let mut text = "| pool | all served | in the worst round | new connections | closed | its row | | verdict |\n\
                    | --- | ---: | ---: | ---: | ---: | --- | --- | --- |\n"
        .to_owned();
    for measured in all {
        let (served, worst, closed) = (measured.served(), measured.worst(), measured.closed());
        let dials = match (measured.dials(), measured.most_dials()) {
            (dials, most) if most > dials => format!("{dials} (once {most})"),
            (dials, _) => dials.to_string(),
        };
        let (row, from) =
            measured.row.expected.as_ref().map_or((String::new(), ""), |expected| (in_words(expected), expected.from));
        let verdict = measured.passes(added).map_or("", |passes| if passes { "PASS" } else { "FAIL" });
        let name = measured.row.name;
        let _ = writeln!(
            text,
            "| {name} | {served:.1} ms | {worst:.1} ms | {dials} | {closed} | {row} | {from} | {verdict} |"
        );
    }
    text
}

fn in_words(expected: &Expected) -> String {
    let range = |least: String, most: String| if least == most { least } else { format!("{least} to {most}") };
    let served = range(expected.served.start().to_string(), expected.served.end().to_string());
    let dials = range(expected.dials.start().to_string(), expected.dials.end().to_string());
    let closed = if expected.closed > 0 { format!(", {} closed", expected.closed) } else { String::new() };
    format!("{served} ms, {dials} new{closed}")
}

/// Writes the page.
///
/// # Errors
/// If the file cannot be written.
pub fn write(all: &[Measured], added: f64) -> io::Result<()> {
    let rounds = all.first().map_or(0, |measured| measured.outcomes.len());
    let mut page = HEAD.to_owned();
    let _ = write!(page, "\nMachine: {}; medians over {rounds} rounds.\n\n{}", machine(), table(all, added));
    let _ = writeln!(page, "{JUDGED}\ntook {added:.1} ms more than 20.");
    fs::write(PATH, page)
}

fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split(": ").nth(1));
    format!("{cores} cores, {}", model.unwrap_or("of an unknown kind"))
}
