//! Why the collector did not take something.

use std::fmt;
use std::time::Duration;

use hyper::StatusCode;

/// How much of a refusal's text is told.
const REASON: usize = 200;

/// Why a request was not taken.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There was no answer.
    Unreachable(String),
    /// It took too long.
    TooSlow(Duration),
    /// The collector said no: its status, whether it may say yes the next time, and its reason.
    Refused {
        /// The status, as a person reads it.
        status: String,
        /// Whether the same request may be taken the next time, as the OTLP specification has it.
        may_pass: bool,
        /// What the collector said about it.
        reason: String,
    },
}

impl Failure {
    pub(super) fn unreachable(error: impl fmt::Display) -> Failure {
        Failure::Unreachable(error.to_string())
    }

    /// An answer over HTTP that is no success.
    pub(super) fn refused(status: StatusCode, body: &[u8]) -> Failure {
        let may_pass = matches!(status.as_u16(), 429 | 502 | 503 | 504);
        Failure::Refused { status: status.to_string(), may_pass, reason: printable(body) }
    }

    /// Whether the same request may be taken the next time.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Failure::Unreachable(_) | Failure::TooSlow(_) => true,
            Failure::Refused { may_pass, .. } => *may_pass,
        }
    }
}

/// The beginning of a text, without what would upset a terminal.
pub(super) fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(REASON)])
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Failure::TooSlow(timeout) => write!(f, "it did not answer within {timeout:?}"),
            Failure::Refused { status, reason, .. } if reason.trim().is_empty() => write!(f, "it said {status}"),
            Failure::Refused { status, reason, .. } => write!(f, "it said {status}: {}", reason.trim()),
        }
    }
}
