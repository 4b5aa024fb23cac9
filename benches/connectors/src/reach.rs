//! What has to be reached, and whether it is.

use crate::table::Table;

use crate::results::{Column, Results, Row};
use crate::workload::Target;

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

/// No slower than this is as fast.
const LEVEL: f64 = 0.95;

/// Ahead is more than a measurement's error.
const AHEAD: f64 = 1.05;

/// Every target of a workload.
pub fn reach(results: &Results) -> Vec<Reach> {
    let targets: &[(Column, f64)] = match results.target {
        Target::Level => &[(Column::Rate, LEVEL), (Column::WholeP50, LEVEL), (Column::WholeP99, LEVEL)],
        Target::Waiting => &[(Column::Rate, LEVEL), (Column::WholeP99, AHEAD)],
        Target::Balancing => &[(Column::Rate, AHEAD)],
    };
    let mut found = Vec::new();
    for (column, least) in targets {
        if let Some((ratio, mine, peer)) = results.ours(*column) {
            found.push(judge(&format!("{}: {}", results.name, column.title()), *column, *least, (ratio, mine, peer)));
        }
    }
    for (row, ratio, mine, peer) in results.adapted(Column::Rate) {
        let what = format!("{}: {} of {}", results.name, Column::Rate.title(), row.name);
        found.push(judge(&what, Column::Rate, LEVEL, (ratio, mine, peer)));
    }
    found
}

fn judge(what: &str, column: Column, least: f64, (ratio, mine, peer): (f64, f64, &Row)) -> Reach {
    let theirs = peer.of(column).unwrap_or(f64::NAN);
    Reach {
        target: format!("{what} at least {least} times as good as of {}", peer.name),
        measured: format!("{ratio:.2}x ({mine:.0} against {theirs:.0})"),
        passed: ratio >= least,
    }
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
