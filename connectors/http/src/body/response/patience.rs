//! How long the next piece of a body is waited for.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

/// Patience that begins when a piece is asked for and is not there, and is lost after a time.
pub(super) struct Patience {
    within: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(super) fn of(within: Duration) -> Patience {
        Patience { within, waiting: None }
    }

    /// The piece that was waited for has come.
    pub(super) fn renew(&mut self) {
        self.waiting = None;
    }

    /// The piece is not there yet. Ready when it has been waited for too long, with the time.
    pub(super) fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<Duration> {
        let within = self.within;
        if within == Duration::MAX {
            return Poll::Pending;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        waiting.as_mut().poll(cx).map(|()| within)
    }
}
