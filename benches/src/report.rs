//! What was measured, as tables.

use crate::rounds::Results;
use crate::table::Table;
use crate::workload::{Better, Column};

const BASE: &str = "deadpool";

impl Results {
    /// As text for the terminal.
    pub fn as_text(&self) -> String {
        format!("## {}\n\n{}\n\n{}", self.name, self.about, self.table().as_markdown())
    }

    /// One row for each pool; beside each value the ratio against deadpool, where above 1 is better.
    pub fn table(&self) -> Table {
        let head = std::iter::once("pool".to_owned()).chain(self.columns.iter().map(|c| c.title.to_owned()));
        let rows = self.rows.iter().map(|(name, values)| {
            let cells = self.columns.iter().enumerate().map(|(place, column)| match values {
                None => "–".to_owned(),
                Some(values) => self.cell(name, column, values[place]),
            });
            std::iter::once((*name).to_owned()).chain(cells).collect()
        });
        Table { head: head.collect(), rows: rows.collect() }
    }

    fn cell(&self, pool: &str, column: &Column, value: f64) -> String {
        let shown = format!("{value:.*}", column.digits);
        match self.ratio(pool, column.title) {
            Some(ratio) if pool != BASE => format!("{shown} ({ratio:.2}x)"),
            _ => shown,
        }
    }

    /// How many times better than deadpool a pool is.
    pub fn ratio(&self, pool: &str, column: &str) -> Option<f64> {
        let (mine, base) = (self.of(pool, column)?, self.of(BASE, column)?);
        let better = self.columns.iter().find(|c| c.title == column)?.better?;
        let ratio = match better {
            Better::Less => base / mine,
            Better::More => mine / base,
        };
        ratio.is_finite().then_some(ratio)
    }
}
