//! What has to be reached, and whether it is.

use crate::rounds::Results;
use crate::table::Table;

const OURS: &str = "clearpool";

/// One target, and what was measured.
#[derive(Debug, Clone)]
pub struct Reach {
    /// What has to be reached.
    pub target: String,
    /// What was.
    pub measured: String,
    /// Whether it is enough.
    pub passed: bool,
}

/// Every target whose workload was run.
pub fn reach(all: &[Results]) -> Vec<Reach> {
    let mut found = Vec::new();
    for results in all {
        match results.name {
            "uncontended" => found.extend(at_least(results, "ns per lease", 2.5)),
            "workers-64" => found.extend(at_least(results, "ns per lease", 2.5)),
            "crowd-two-workers" | "crowd-current-thread" => {
                found.extend(at_least(results, "M leases/s", 1.2));
                found.extend(at_least(results, "p99 µs", 1.0));
                found.extend(at_least(results, "max µs", 1.0));
                found.extend(above(results, "Jain", 0.99));
            }
            "waiters" => found.extend(at_least(results, "bytes per waiter", 2.0)),
            "dead" => {
                found.extend(at_most(results, "dials/s", 100.0));
                found.extend(at_most(results, "p99 µs", 1000.0));
                found.extend(at_most(results, "first error of all µs", 1000.0));
            }
            _ => {}
        }
    }
    found
}

/// So many times better than deadpool.
fn at_least(results: &Results, column: &str, times: f64) -> Option<Reach> {
    let ratio = results.ratio(OURS, column)?;
    let (ours, theirs) = (results.of(OURS, column)?, results.of("deadpool", column)?);
    let target = match times {
        1.0 => format!("{}: {column} no worse than deadpool's", results.name),
        _ => format!("{}: {column} at least {times} times better than deadpool's", results.name),
    };
    let measured = format!("{ratio:.2}x ({ours:.2} against {theirs:.2})");
    Some(Reach { target, measured, passed: ratio >= times })
}

fn at_most(results: &Results, column: &str, most: f64) -> Option<Reach> {
    let ours = results.of(OURS, column)?;
    let target = format!("{}: {column} at most {most}", results.name);
    Some(Reach { target, measured: format!("{ours:.1}"), passed: ours <= most })
}

fn above(results: &Results, column: &str, least: f64) -> Option<Reach> {
    let ours = results.of(OURS, column)?;
    let target = format!("{}: {column} above {least}", results.name);
    Some(Reach { target, measured: format!("{ours:.4}"), passed: ours > least })
}

/// How many targets were missed.
pub fn missed(reached: &[Reach]) -> usize {
    reached.iter().filter(|reach| !reach.passed).count()
}

/// The targets as a table.
pub fn table(reached: &[Reach]) -> Table {
    let row = |reach: &Reach| {
        let verdict = if reach.passed { "PASS" } else { "FAIL" };
        vec![reach.target.clone(), reach.measured.clone(), verdict.to_owned()]
    };
    Table {
        head: ["target", "measured", "verdict"].map(str::to_owned).to_vec(),
        rows: reached.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_that_is_not_reached_is_missed() {
        let reach = |passed| Reach { target: "fast".into(), measured: "1".into(), passed };
        assert_eq!(missed(&[reach(true), reach(false), reach(false)]), 2);
        assert_eq!(missed(&[reach(true)]), 0);
    }
}
