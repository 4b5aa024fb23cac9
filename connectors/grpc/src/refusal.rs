//! What a caller is told for whom there is no connection.

use std::sync::Arc;

use pool_tokio::{AcquireError, Phase};
use tonic::{Code, Status};

use crate::GrpcError;

/// A status with the whole message of the pool, and its error as the source. `by_call`: the time to wait was that of
/// the call.
pub(crate) fn status(error: AcquireError<GrpcError>, by_call: bool) -> Status {
    let code = match &error {
        AcquireError::Timeout { .. } if by_call => Code::DeadlineExceeded,
        // All that there is is busy: another call too many would not make it better.
        AcquireError::Timeout { phase: Phase::Waiting, .. }
        | AcquireError::Exhausted { .. }
        | AcquireError::Rejected { .. } => Code::ResourceExhausted,
        _ => Code::Unavailable,
    };
    let mut status = Status::new(code, error.to_string());
    status.set_source(Arc::new(error));
    status
}
