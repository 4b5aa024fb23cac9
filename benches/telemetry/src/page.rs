//! The page that the measurements go to: `docs/telemetry-cost.md`.

use std::fmt::Write;
use std::{fs, io, thread};

use crate::memory::Held;
use crate::rounds::{Row, difference, median};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/telemetry-cost.md");

const HEAD: &str = "# What telemetry costs

<!-- Written by `cargo bench -p clearpool-telemetry-cost`. Do not edit. -->

One task on one thread acquires and releases; told is the CPU time of that thread for one lease. All settings take turns
round by round, on one machine that others may use as well; what is told are medians over rounds, and each difference is
the median of the differences within a round. What a lease tells is put aside by its thread; spans are made of it and
sent by the telemetry's own threads, whose time is not in the table. So it is with a collector; an application that gives
a provider of its own has its spans made where the lease ends, and pays for that there.
";

/// What has to be reached, and whether it is.
#[derive(Debug, Clone)]
pub struct Reach {
    target: &'static str,
    measured: f64,
    /// Whether it is enough.
    pub passed: bool,
}

/// The targets.
pub fn reach(rows: &[Row]) -> Vec<Reach> {
    let [a, b, c, _, e] = rows else { return Vec::new() };
    let at_most = |target, measured: f64, most: f64| Reach { target, measured, passed: measured <= most };
    vec![
        at_most("(b) at most 10 ns over (a)", difference(b, a), 10.0),
        at_most("(c) at most 10 ns over (b)", difference(c, b), 10.0),
        at_most("(e) at most 600 ns", median(e.rounds.clone()), 600.0),
    ]
}

/// The table of costs.
pub fn costs(rows: &[Row]) -> String {
    let mut text = "| setting | ns per lease | over (a) |\n| --- | ---: | ---: |\n".to_owned();
    for row in rows {
        let over = rows.first().map_or(0.0, |first| difference(row, first));
        let _ = writeln!(text, "| {} | {:.1} | {over:.1} |", row.name, median(row.rounds.clone()));
    }
    text
}

/// The table of targets.
pub fn targets(reached: &[Reach]) -> String {
    let mut text = "| target | measured | verdict |\n| --- | ---: | --- |\n".to_owned();
    for reach in reached {
        let verdict = if reach.passed { "PASS" } else { "FAIL" };
        let _ = writeln!(text, "| {} | {:.1} ns | {verdict} |", reach.target, reach.measured);
    }
    text
}

/// The table of memory.
pub fn memory(held: &[Held]) -> String {
    let mut text = "| the collector | leases, each with a span | memory before | after a tenth | after all | \
                    ns per lease | told as not delivered |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for held in held {
        let [before, early, after] = held.resident.map(|kib| format!("{:.1} MiB", kib as f64 / 1024.0));
        let (collector, leases, lease, undelivered) = (held.collector, held.leases, held.lease, held.undelivered);
        let _ = writeln!(
            text,
            "| {collector} | {leases} | {before} | {early} | {after} | {lease:.0} | {undelivered} spans |"
        );
    }
    text
}

/// Writes the page.
///
/// # Errors
/// If the file cannot be written.
pub fn write(rows: &[Row], reached: &[Reach], held: &[Held]) -> io::Result<()> {
    let mut page = HEAD.to_owned();
    let _ = write!(page, "\nMachine: {}.\n\n{}\n{}", machine(), costs(rows), targets(reached));
    let _ = write!(
        page,
        "\n## A dead collector\n\nNothing waits for the collector. Spans that it does not take are kept up to 2048, \
         then dropped, and counted.\n\n{}",
        memory(held)
    );
    fs::write(PATH, page)
}

fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split(": ").nth(1));
    format!("{cores} cores, {}", model.unwrap_or("of an unknown kind"))
}
