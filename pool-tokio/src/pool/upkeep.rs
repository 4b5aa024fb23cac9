//! What an application may ask of a pool's connections: to be there before they are needed, or
//! to go.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use pool_core::{Connector, Endpoint, EntryId, Lifecycle, State};

use super::Pool;
use crate::error::WarmError;

/// An idle connection, as `retain` shows it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ConnFacts<'a> {
    /// Its id.
    pub id: EntryId,
    /// Where it leads.
    pub endpoint: &'a Endpoint,
    /// How long ago its dial was done.
    pub age: Duration,
}

impl<C: Connector> Pool<C> {
    /// Dials until so many connections are open, and waits for that.
    ///
    /// # Errors
    /// If a dial fails, the limits allow fewer, or the pool is closed: how many are open, and why.
    pub async fn warm(&self, connections: u32) -> Result<(), WarmError<C::Error>> {
        let shared = &self.shared;
        let faults = shared.faults.lock().count;
        shared.visit(|machine| machine.warm(connections, shared.clock.now()));
        loop {
            let mut dialed = std::pin::pin!(shared.dialed.notified());
            dialed.as_mut().enable();
            // Whoever waits looks for a driver: that of before may be gone with its runtime.
            shared.attend();
            let standing = shared.standing();
            let dialing = standing.states[State::Dialing as usize];
            let open = standing.states.iter().sum::<u32>() - dialing - standing.states[State::Closing as usize];
            if open >= connections {
                return Ok(());
            }
            let failed = shared.faults.lock().count > faults;
            if dialing == 0 || failed {
                // A dial that failed before is the reason too while its endpoint is left alone for it.
                let left_alone = || self.snapshot().endpoints.iter().any(|at| at.active && !at.healthy);
                let told = failed || (standing.lifecycle == Lifecycle::Open && left_alone());
                let dial = shared.faults.lock().last.clone().filter(|_| told);
                let pool = std::sync::Arc::clone(&shared.name);
                return Err(WarmError { pool, wanted: connections, open, max_open: standing.max_open, dial });
            }
            dialed.await;
        }
    }

    /// Closes every idle connection that `keep` does not want; how many. Leased ones are not asked
    /// about. Runs outside the pool's lock: a connection is out of the pool only while it is looked
    /// at, and `keep` may use the pool.
    ///
    /// # Panics
    /// If `keep` does; the connection that it looked at is closed then.
    pub fn retain(&self, mut keep: impl FnMut(&mut C::Connection, &ConnFacts<'_>) -> bool) -> usize {
        let shared = &self.shared;
        let before = shared.clock.now();
        let mut closed = 0;
        while let Some(mut entry) = shared.visit(|machine| machine.take_idle(before, shared.clock.now())) {
            let (id, age, endpoint) =
                (entry.id(), before.since(entry.created()), std::sync::Arc::clone(entry.endpoint()));
            let facts = ConnFacts { id, endpoint: &endpoint, age };
            let wanted = catch_unwind(AssertUnwindSafe(|| match entry.payload.alone() {
                Some(connection) => keep(connection, &facts),
                None => true,
            }));
            let stays = matches!(wanted, Ok(true));
            shared.visit(|machine| machine.retained(entry, stays, shared.clock.now()));
            closed += usize::from(!stays);
            if let Err(panic) = wanted {
                resume_unwind(panic);
            }
        }
        closed
    }
}
