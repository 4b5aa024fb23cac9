//! Whose trace a lease belongs to.

use std::fmt;

/// The identity of a span, as W3C Trace Context has it: enough to be a parent or a link, without
/// keeping the span alive.
// Aligned, so that it is copied in whole words: it goes through many hands in few nanoseconds, and a
// word that was written in two overlapping parts has to wait for both.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(align(8))]
pub struct TraceContext {
    /// The trace, 16 bytes.
    pub trace_id: [u8; 16],
    /// The span, 8 bytes.
    pub span_id: [u8; 8],
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (u128::from_be_bytes(self.trace_id), u64::from_be_bytes(self.span_id));
        write!(f, "{trace:032x}-{span:016x}-{:02x}", u8::from(self.sampled))
    }
}
