//! A table of words.

use std::fmt::Write;

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
