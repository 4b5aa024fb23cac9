//! The tables.

use std::fmt::Write;

use crate::rounds::Results;
use crate::workload::{Better, Column};

/// A table of words.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The heads of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// As Markdown, which reads well on a terminal, too.
    pub fn as_markdown(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.head[column].chars().count(), 3]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut text = String::new();
        line(&mut text, &self.head, &widths);
        line(&mut text, &widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>(), &widths);
        self.rows.iter().for_each(|row| line(&mut text, row, &widths));
        text
    }
}

fn line(text: &mut String, cells: &[String], widths: &[usize]) {
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(text, "| {cell:width$} ");
    }
    text.push_str("|\n");
}

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
