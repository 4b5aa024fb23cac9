//! Where the demo is shown: a table that is drawn over in a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal, Write};

/// Where the demo is shown.
#[derive(Debug)]
pub(crate) struct Screen {
    live: bool,
    /// Lines of the table that is drawn over next.
    drawn: usize,
}

impl Screen {
    pub(crate) fn new(plain: bool) -> Screen {
        Screen { live: !plain && io::stdout().is_terminal(), drawn: 0 }
    }

    /// Whether a table is drawn over in place.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// A line that stays.
    pub(crate) fn say(&mut self, line: &str) {
        self.wipe();
        let _ = writeln!(io::stdout(), "{line}");
        let _ = io::stdout().flush();
    }

    /// A table in the place of the last one; where there is no terminal, below it.
    pub(crate) fn draw(&mut self, table: &str) {
        self.wipe();
        // A line that the terminal wraps would be two of its lines, and one would be left behind.
        let table = if self.live { cut(table, columns()) } else { table.to_owned() };
        let _ = write!(io::stdout(), "{table}");
        let _ = io::stdout().flush();
        if self.live {
            self.drawn = table.lines().count();
        }
    }

    fn wipe(&mut self) {
        if self.drawn > 0 {
            // Up to where the table began, and everything below it away.
            let _ = write!(io::stdout(), "\x1b[{}A\x1b[J", self.drawn);
            self.drawn = 0;
        }
    }
}

/// How wide the terminal is, as it says itself or its shell does.
fn columns() -> usize {
    let asked = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    asked.or_else(told).unwrap_or(usize::MAX)
}

/// The lines, each so short that it fits; some terminals wrap one that fits exactly.
fn cut(text: &str, columns: usize) -> String {
    let most = columns.saturating_sub(1).max(1);
    text.lines().flat_map(|line| line.chars().take(most).chain(['\n'])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wrapped() {
        assert_eq!(cut("  a  12.5 µs\n\nshort\n", 9), "  a  12.\n\nshort\n");
        assert_eq!(cut("as it is\n", usize::MAX), "as it is\n");
        assert_eq!(cut("ab\ncd\n", 0), "a\nc\n", "a terminal of no width has as many lines");
    }
}
