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
