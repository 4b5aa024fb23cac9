//! Those who wait.

use std::time::Duration;

use crate::Time;

/// Those who wait for what is free now, as a queue policy sees them.
#[derive(Debug, Clone, Copy)]
pub struct QueueView {
    /// The present.
    pub(crate) now: Time,
    pub(crate) len: usize,
    pub(crate) oldest: Time,
    pub(crate) newest: Time,
}

impl QueueView {
    /// A queue on paper, for tests of policies: so many wait, the first since `oldest`, the last since `newest`.
    pub fn on_paper(now: Time, len: usize, oldest: Time, newest: Time) -> QueueView {
        QueueView { now, len, oldest, newest }
    }

    /// How many wait for it; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// How long the one has waited who came first.
    pub fn oldest_waited(&self) -> Duration {
        self.now.since(self.oldest)
    }

    /// How long the one has waited who came last.
    pub fn newest_waited(&self) -> Duration {
        self.now.since(self.newest)
    }
}
