//! What has to be reached, and whether it is.

use crate::results::{Column, Ratio, Results};
use crate::table::Table;
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
        if let Some(ratio) = results.ours(*column) {
            found.push(judge(&format!("{}: {}", results.name, column.title()), *least, &ratio));
        }
    }
    for (row, ratio) in results.adapted(Column::Rate) {
        let what = format!("{}: {} of {}", results.name, Column::Rate.title(), row.name);
        found.push(judge(&what, LEVEL, &ratio));
    }
    found
}

fn judge(what: &str, least: f64, ratio: &Ratio<'_>) -> Reach {
    Reach {
        target: format!("{what} at least {least} times as good as of {}", ratio.peer.name),
        measured: format!("{:.2}x ({:.2} to {:.2})", ratio.median, ratio.low, ratio.high),
        passed: ratio.median >= least,
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
