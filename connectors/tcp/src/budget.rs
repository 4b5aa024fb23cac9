//! The time that a connection may take, and how it is shared out.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::TcpError;

/// The time that a connection may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    total: Duration,
    end: Option<Instant>,
}

impl Budget {
    pub(crate) fn of(total: Duration) -> Budget {
        Budget { total, end: Instant::now().checked_add(total) }
    }

    /// An even part of what is left, if there are so many to share it.
    pub(crate) fn share(self, among: usize) -> Budget {
        match self.end {
            Some(end) if among > 1 => Budget::of(end.duration_since(Instant::now()) / among as u32),
            _ => self,
        }
    }

    /// Does something within what is left.
    pub(crate) async fn whole<T>(
        self,
        address: &impl ToString,
        doing: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, TcpError> {
        let Some(end) = self.end else { return Ok(work.await) };
        let late = |_| TcpError::Timeout { address: address.to_string(), doing, after: self.total };
        timeout_at(end, work).await.map_err(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shared_out_evenly_and_the_last_has_all_that_is_left() {
        let budget = Budget::of(Duration::from_secs(60));
        let third = budget.share(3).total;
        assert!(third <= Duration::from_secs(20) && third > Duration::from_secs(15), "{third:?}");
        assert_eq!(budget.share(1).end, budget.end);
        assert_eq!(Budget::of(Duration::MAX).share(3).end, None);
    }
}
