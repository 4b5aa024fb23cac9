//! Whose trace a lease belongs to.

use std::fmt;

/// The identity of a span, as W3C Trace Context has it: enough to be a parent or a link, without
/// keeping the span alive.
// Laid out without padding, and the byte that says whether there is one at the end: it goes through
// many hands in few nanoseconds, and what is copied in overlapping parts has to wait at each of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C)]
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
