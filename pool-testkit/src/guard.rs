//! Code of others, run so that its panic is a finding and not the end.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Verdict;

/// Runs a check; a panic in it is a counter-example.
pub(crate) fn guarded(check: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| Err(format!("it panicked: {}", message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "and said nothing"
    }
}
