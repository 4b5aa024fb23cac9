//! How much a module may log.

use pool_core::Time;

/// A longer line is cut.
pub(crate) const LONGEST: usize = 256;
/// What a line costs besides the instructions that make it: as much as a few hundred of them.
pub(crate) const FUEL: u64 = 500;
/// So many lines in one call.
const PER_CALL: usize = 8;
/// So many in one second of the pool's time.
const PER_SECOND: u32 = 20;

/// The lines of a call that are to be told, and how many are not.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<String>,
    cut: u64,
    second: u64,
    in_second: u32,
}

impl Log {
    /// A call begins.
    #[inline]
    pub(crate) fn begin(&mut self, now: Time) {
        let second = now.as_nanos() / 1_000_000_000;
        if second != self.second {
            (self.second, self.in_second) = (second, 0);
        }
    }

    /// A line, at most [`LONGEST`] bytes.
    pub(crate) fn line(&mut self, bytes: &[u8]) {
        if self.lines.len() >= PER_CALL || self.in_second >= PER_SECOND {
            self.cut += 1;
            return;
        }
        self.in_second += 1;
        // A control character could forge another line, or colour a terminal.
        let line = String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(line);
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.cut == 0
    }

    /// The lines of the call, and how many were more than it may log.
    pub(crate) fn take(&mut self) -> (Vec<String>, u64) {
        (std::mem::take(&mut self.lines), std::mem::take(&mut self.cut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(log: &mut Log, second: u64, lines: usize) -> (usize, u64) {
        log.begin(Time::from_nanos(second * 1_000_000_000));
        (0..lines).for_each(|_| log.line(b"x"));
        let (kept, cut) = log.take();
        (kept.len(), cut)
    }

    #[test]
    fn neither_a_call_nor_a_second_has_more_lines_than_it_may() {
        let mut log = Log::default();
        assert_eq!(logged(&mut log, 0, 100), (8, 92));
        assert_eq!(logged(&mut log, 0, 8), (8, 0));
        assert_eq!(logged(&mut log, 0, 8), (4, 4));
        assert_eq!(logged(&mut log, 1, 8), (8, 0));
    }

    #[test]
    fn a_line_stays_one_line() {
        let mut log = Log::default();
        log.line(b"a\nb\x1b[31m\xff");
        assert_eq!(log.take().0, ["a b [31m\u{fffd}"]);
    }
}
