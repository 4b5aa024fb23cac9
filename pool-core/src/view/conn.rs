//! One connection.

use std::time::Duration;

use crate::book::{Slot, State};
use crate::{EndpointId, EntryId, Time};

/// One connection, as a policy sees it.
#[derive(Debug, Clone, Copy)]
pub struct ConnView<'a> {
    pub(crate) slot: &'a Slot,
    pub(crate) id: EntryId,
    pub(crate) endpoint: EndpointId,
    pub(crate) now: Time,
}

impl ConnView<'_> {
    /// The connection.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// Where it leads.
    pub fn endpoint(&self) -> EndpointId {
        self.endpoint
    }

    /// When its dial was done.
    pub fn created(&self) -> Time {
        self.slot.created
    }

    /// How long ago its dial was done.
    pub fn age(&self) -> Duration {
        self.now.since(self.slot.created)
    }

    /// When it was released last; if it was never leased, when it was ready. Now, as long as a lease has it: it is not
    /// idle.
    pub fn idle_since(&self) -> Time {
        match self.slot.state {
            // A dial is shown when it is done.
            State::Leased | State::Dialing => self.now,
            _ => self.slot.since,
        }
    }

    /// How long it has been idle.
    pub fn idle_for(&self) -> Duration {
        self.now.since(self.idle_since())
    }

    /// How many leases it has served, one that runs included.
    pub fn uses(&self) -> u32 {
        self.slot.uses
    }

    /// A random number in `[0, 1)`, drawn at birth and kept until it is closed.
    pub fn draw(&self) -> f64 {
        self.slot.draw
    }

    /// Leases on it now, if it is shared; else 0.
    pub fn shares(&self) -> u32 {
        self.slot.shares.map_or(0, |shares| shares.used)
    }

    /// How many leases it can serve at once: 1 if it is exclusive.
    pub fn capacity(&self) -> u32 {
        self.slot.shares.map_or(1, |shares| shares.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Paper;
    use crate::{Endpoint, Outcome};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_leased_is_not_idle() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let conn = paper.idle(a, paper.now());
        paper.advance(SECOND);
        assert_eq!(paper.conn_view(conn).idle_for(), SECOND);
        paper.lease(conn);
        paper.advance(2 * SECOND);
        let (view, lease) = (paper.conn_view(conn), paper.lease_view(conn, Outcome::Ok));
        assert_eq!((view.idle_since(), view.idle_for()), (paper.now(), Duration::ZERO));
        assert_eq!(lease.held_for(), 2 * SECOND);
        paper.release(conn);
        paper.advance(3 * SECOND);
        assert_eq!(paper.conn_view(conn).idle_for(), 3 * SECOND);
    }
}
