//! A connection on loan.

mod ending;
mod give_back;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use pool_core::{Connector, Endpoint, EntryId, Grant, LeaseFacts, Outcome, Settled, SharedLease};
use tokio::sync::oneshot;

pub(crate) use self::ending::tell_first;
use self::give_back::{final_outcome, give_back, give_back_unheard, release_own};
use crate::calm::calm;
use crate::payload::Pooled;
use crate::shared::Shared;

/// A connection on loan: given back when it is dropped, anywhere and without waiting.
///
/// Dropped on a thread that panics, the connection is closed: nobody knows what state it is in.
pub struct Lease<C: Connector> {
    grant: Option<Grant<Pooled<C>>>,
}

/// The connection of a grant was dead before it was used; it has been given back.
pub(crate) struct Dead {
    /// Whether it was dialed while the caller waited.
    pub(crate) fresh: bool,
    /// Where it led.
    pub(crate) endpoint: Arc<Endpoint>,
}

/// Where the holder says how it went: with the connection, as its pool is, so that a lease is two
/// words and cheap to move.
#[inline(always)]
fn said<C: Connector>(grant: &mut Grant<Pooled<C>>) -> &mut Outcome {
    match grant {
        Grant::Entry(entry) => &mut entry.payload.said,
        Grant::Share(lease) => &mut lease.payload.said,
    }
}

const WHOLE: &str = "a lease has its connection until it is dropped";

impl<C: Connector> Lease<C> {
    /// A lease of what was granted, if it still looks alive.
    #[inline(always)]
    pub(crate) fn begin(shared: &Arc<Shared<C>>, mut grant: Grant<Pooled<C>>) -> Result<Lease<C>, Dead> {
        let open = match &mut grant {
            Grant::Entry(entry) => entry.payload.is_open(),
            Grant::Share(lease) => make_handle(shared, lease),
        };
        if open { Ok(Lease { grant: Some(grant) }) } else { Err(Dead::give_back(shared, grant)) }
    }

    /// Says how it went, for whoever gives the connection back: an outcome that is not reusable
    /// closes it. Default [`Outcome::Ok`].
    pub fn outcome(&mut self, outcome: Outcome) {
        if let Some(grant) = &mut self.grant {
            *said(grant) = outcome;
        }
    }

    /// Gives the connection back to be closed.
    pub fn discard(mut self) {
        self.outcome(Outcome::Discarded);
    }

    /// Takes the connection out of the pool: it is the caller's now, and its place is free. Of a
    /// shared connection only this lease's handle is taken out.
    pub fn detach(mut self) -> C::Connection {
        let Some(mut grant) = self.grant.take() else { unreachable!("{WHOLE}") };
        let connection = match &mut grant {
            Grant::Entry(entry) => entry.payload.take(),
            Grant::Share(lease) => lease.payload.handle.take(),
        };
        give_back(grant, Outcome::Detached);
        connection.unwrap_or_else(|| unreachable!("{WHOLE}"))
    }

    /// Gives the connection back, and waits until its reset or close is done where the connector
    /// or the outcome asks for one. What became of it.
    ///
    /// The lease has ended when this is called; dropping the future only stops the waiting.
    pub fn release(mut self) -> impl Future<Output = Settled> + Send + use<C> {
        let Some(mut grant) = self.grant.take() else { unreachable!("{WHOLE}") };
        let outcome = final_outcome(&mut grant);
        let (settled, done) = match grant {
            Grant::Entry(entry) => release_own(entry, outcome),
            grant => (give_back(grant, outcome), None),
        };
        async move {
            if let Some(done) = done {
                // The other end is dropped when it is done, or lost with its runtime.
                let _: Result<(), oneshot::error::RecvError> = done.await;
            }
            settled
        }
    }

    /// The id of the connection.
    pub fn id(&self) -> EntryId {
        match self.grant() {
            Grant::Entry(entry) => entry.id(),
            Grant::Share(lease) => lease.share.id(),
        }
    }

    /// Where the connection leads.
    pub fn endpoint(&self) -> &Endpoint {
        match self.grant() {
            Grant::Entry(entry) => entry.endpoint(),
            Grant::Share(lease) => &lease.endpoint,
        }
    }

    /// How long ago the connection's dial was done.
    pub fn age(&self) -> Duration {
        self.pool().clock.now().since(self.facts().born)
    }

    /// How many leases the connection has served, this one included.
    pub fn uses(&self) -> u32 {
        self.facts().uses
    }

    /// Whether the connection was in the pool before this lease: it has served others, or lay idle
    /// since its dial, so that its peer may have closed it meanwhile. Not if it comes straight from
    /// its dial: then there is no reason why it should be bad.
    pub fn is_reused(&self) -> bool {
        let facts = self.facts();
        facts.uses > 1 || !facts.waited
    }

    /// How long the caller had to wait for it.
    pub fn waited(&self) -> Duration {
        self.facts().granted.since(self.facts().asked)
    }

    /// How long it is held.
    pub fn held_for(&self) -> Duration {
        self.pool().clock.now().since(self.facts().granted)
    }

    /// Why this connection and why this endpoint, and the moments of this lease.
    pub fn facts(&self) -> &LeaseFacts {
        self.grant().facts()
    }

    /// As [`Lease::outcome`], unless the holder has said something.
    pub(crate) fn presume(&mut self, outcome: Outcome) {
        if let Some(said) = self.grant.as_mut().map(said)
            && *said == Outcome::Ok
        {
            *said = outcome;
        }
    }

    /// Whether the connection still looks open, by the connector's word.
    pub(crate) fn looks_open(&mut self) -> bool {
        match &mut self.grant {
            Some(Grant::Entry(entry)) => entry.payload.is_open(),
            Some(Grant::Share(lease)) => {
                let pool = Arc::clone(&lease.payload.pool);
                let handle = lease.payload.handle.as_mut();
                handle.is_some_and(|handle| calm(|| pool.connector.is_open(handle)).unwrap_or(false))
            }
            None => false,
        }
    }

    fn pool(&self) -> &Shared<C> {
        match self.grant() {
            Grant::Entry(entry) => &entry.payload.pool,
            Grant::Share(lease) => &lease.payload.pool,
        }
    }

    #[inline]
    fn grant(&self) -> &Grant<Pooled<C>> {
        match &self.grant {
            Some(grant) => grant,
            None => unreachable!("{WHOLE}"),
        }
    }
}

/// Makes the lease's own handle to a shared connection. Whether there is one and it looks alive.
fn make_handle<C: Connector>(shared: &Shared<C>, lease: &mut SharedLease<Pooled<C>>) -> bool {
    // Let go at once: when nobody shares the connection, it must be the machine's alone.
    let Some(source) = lease.payload.source.take() else { return false };
    lease.payload.handle = calm(|| shared.connector.share(&source.lock())).flatten();
    drop(source);
    match &mut lease.payload.handle {
        Some(connection) => calm(|| shared.connector.is_open(connection)).unwrap_or(false),
        None => false,
    }
}

impl Dead {
    #[cold]
    fn give_back<C: Connector>(shared: &Arc<Shared<C>>, grant: Grant<Pooled<C>>) -> Dead {
        let facts = grant.facts();
        let fresh = facts.waited && facts.born >= facts.asked;
        let now = shared.clock.now();
        let endpoint = match grant {
            Grant::Entry(entry) => {
                let endpoint = Arc::clone(entry.endpoint());
                shared.visit(|machine| machine.release(entry, Outcome::Dead, false, now));
                endpoint
            }
            Grant::Share(lease) => {
                let SharedLease { payload, share, endpoint, .. } = *lease;
                calm(|| drop(payload));
                shared.visit(|machine| machine.release_share(share, Outcome::Dead, now));
                endpoint
            }
        };
        Dead { fresh, endpoint }
    }
}

impl<C: Connector> Deref for Lease<C> {
    type Target = C::Connection;

    #[inline]
    fn deref(&self) -> &C::Connection {
        let connection = match &self.grant {
            Some(Grant::Entry(entry)) => entry.payload.own(),
            Some(Grant::Share(lease)) => lease.payload.handle.as_ref(),
            None => None,
        };
        match connection {
            Some(connection) => connection,
            None => unreachable!("{WHOLE}"),
        }
    }
}

impl<C: Connector> DerefMut for Lease<C> {
    #[inline]
    fn deref_mut(&mut self) -> &mut C::Connection {
        let connection = match &mut self.grant {
            Some(Grant::Entry(entry)) => entry.payload.alone(),
            Some(Grant::Share(lease)) => lease.payload.handle.as_mut(),
            None => None,
        };
        match connection {
            Some(connection) => connection,
            None => unreachable!("{WHOLE}"),
        }
    }
}

impl<C: Connector> Drop for Lease<C> {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut grant) = self.grant.take() {
            let outcome = final_outcome(&mut grant);
            give_back_unheard(grant, outcome);
        }
    }
}

impl<C: Connector> fmt::Debug for Lease<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let site = self.facts().site.map_or_else(String::new, ToString::to_string);
        f.debug_struct("Lease")
            .field("pool", &self.pool().name)
            .field("id", &self.id())
            .field("endpoint", &self.endpoint().name())
            .field("site", &format_args!("{site}"))
            .finish_non_exhaustive()
    }
}
