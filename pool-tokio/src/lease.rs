//! A connection on loan.

mod give_back;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{Connector, Endpoint, Entry, EntryId, Grant, Held, LeaseFacts, Outcome, Settled, Share, TraceContext};
use tokio::sync::oneshot;

use crate::calm::calm;
use crate::payload::Pooled;
use crate::shared::Shared;

/// A connection on loan: given back when it is dropped, anywhere and without waiting.
///
/// Dropped on a thread that panics, the connection is closed: nobody knows what state it is in.
pub struct Lease<C: Connector> {
    body: Option<Body<C>>,
    shared: Arc<Shared<C>>,
    facts: LeaseFacts,
    site: &'static Location<'static>,
    context: Option<TraceContext>,
    outcome: Outcome,
}

enum Body<C: Connector> {
    /// The connection itself, and its right to exist.
    Own(Box<Entry<Pooled<C>>>),
    /// A handle to a shared one.
    Part(Box<Part<C>>),
}

/// A handle to a shared connection. Fields are dropped in order: the share last.
struct Part<C: Connector> {
    connection: C::Connection,
    endpoint: Arc<Endpoint>,
    dial: Option<Arc<TraceContext>>,
    share: Share,
}

/// The connection of a grant was dead before it was used; it has been given back.
pub(crate) struct Dead {
    /// Whether it was dialed while the caller waited.
    pub(crate) fresh: bool,
    /// Where it led.
    pub(crate) endpoint: Arc<Endpoint>,
}

impl Dead {
    fn of(facts: &LeaseFacts, endpoint: Arc<Endpoint>) -> Dead {
        Dead { fresh: facts.waited && facts.born >= facts.asked, endpoint }
    }
}

impl<C: Connector> Lease<C> {
    /// A lease of what was granted, if it still looks alive.
    #[inline(always)]
    pub(crate) fn begin(
        shared: &Arc<Shared<C>>,
        grant: Grant<Pooled<C>>,
        site: &'static Location<'static>,
        context: Option<TraceContext>,
    ) -> Result<Lease<C>, Dead> {
        let Grant { held, facts } = grant;
        let body = match held {
            Held::Entry(mut entry) => {
                let open = match entry.payload.alone() {
                    Some(connection) => calm(|| shared.connector.is_open(connection)).unwrap_or(false),
                    None => false,
                };
                if !open {
                    let endpoint = Arc::clone(entry.endpoint());
                    shared.visit(|machine| machine.release(entry, Outcome::Dead, false, shared.clock.now()));
                    return Err(Dead::of(&facts, endpoint));
                }
                Body::Own(entry)
            }
            Held::Share(lease) => Body::Part(Part::begin(shared, lease, &facts)?),
        };
        Ok(Lease { body: Some(body), shared: Arc::clone(shared), facts, site, context, outcome: Outcome::Ok })
    }

    /// Says how it went, for whoever gives the connection back: an outcome that is not reusable
    /// closes it. Default [`Outcome::Ok`].
    pub fn outcome(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// Gives the connection back to be closed.
    pub fn discard(mut self) {
        self.outcome = Outcome::Discarded;
    }

    /// Takes the connection out of the pool: it is the caller's now, and its place is free.
    pub fn detach(mut self) -> C::Connection {
        match self.body.take() {
            Some(Body::Own(mut entry)) => {
                let connection = entry.payload.take();
                self.give_back(Body::Own(entry), Outcome::Detached);
                connection.unwrap_or_else(|| unreachable!("an exclusive lease has its connection"))
            }
            Some(Body::Part(part)) => {
                let (connection, rest) = (*part).split();
                self.give_back_part(rest, Outcome::Detached);
                connection
            }
            None => unreachable!("a lease has its connection until it is dropped"),
        }
    }

    /// Gives the connection back, and waits until its reset or close is done where the connector
    /// or the outcome asks for one. What became of it.
    ///
    /// The lease has ended when this is called; dropping the future only stops the waiting.
    pub fn release(mut self) -> impl Future<Output = Settled> + Send + use<C> {
        let outcome = self.final_outcome();
        let (settled, done) = match self.body.take() {
            Some(Body::Own(entry)) => self.release_own(entry, outcome),
            Some(Body::Part(part)) => (self.give_back(Body::Part(part), outcome), None),
            None => unreachable!("a lease has its connection until it is dropped"),
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
        match self.body() {
            Body::Own(entry) => entry.id(),
            Body::Part(part) => part.share.id(),
        }
    }

    /// Where the connection leads.
    pub fn endpoint(&self) -> &Endpoint {
        self.endpoint_arc()
    }

    /// How long ago the connection's dial began.
    pub fn age(&self) -> Duration {
        self.shared.clock.now().since(self.facts.born)
    }

    /// How many leases the connection has served, this one included.
    pub fn uses(&self) -> u32 {
        self.facts.uses
    }

    /// How long the caller had to wait for it.
    pub fn waited(&self) -> Duration {
        self.facts.granted.since(self.facts.asked)
    }

    /// How long it is held.
    pub fn held_for(&self) -> Duration {
        self.shared.clock.now().since(self.facts.granted)
    }

    /// Why this connection and why this endpoint, and the moments of this lease.
    pub fn facts(&self) -> &LeaseFacts {
        &self.facts
    }

    #[inline]
    fn body(&self) -> &Body<C> {
        match &self.body {
            Some(body) => body,
            None => unreachable!("a lease has its connection until it is dropped"),
        }
    }

    fn endpoint_arc(&self) -> &Arc<Endpoint> {
        match self.body() {
            Body::Own(entry) => entry.endpoint(),
            Body::Part(part) => &part.endpoint,
        }
    }
}

impl<C: Connector> Part<C> {
    fn begin(
        shared: &Arc<Shared<C>>,
        lease: pool_core::SharedLease<Pooled<C>>,
        facts: &LeaseFacts,
    ) -> Result<Box<Part<C>>, Dead> {
        let pool_core::SharedLease { payload, share, endpoint } = lease;
        let handle = payload.conn.as_ref().and_then(|conn| calm(|| shared.connector.share(&conn.lock())).flatten());
        if let Some(mut connection) = handle {
            if calm(|| shared.connector.is_open(&mut connection)).unwrap_or(false) {
                return Ok(Box::new(Part { connection, endpoint, dial: payload.dial, share }));
            }
            calm(|| drop(connection));
        }
        // The machine closes it when nobody shares it any more: the reference must be gone by then.
        drop(payload);
        shared.visit(|machine| machine.release_share(share, Outcome::Dead, shared.clock.now()));
        Err(Dead::of(facts, endpoint))
    }
}

impl<C: Connector> Deref for Lease<C> {
    type Target = C::Connection;

    #[inline]
    fn deref(&self) -> &C::Connection {
        match self.body() {
            Body::Own(entry) => match entry.payload.own() {
                Some(connection) => connection,
                None => unreachable!("an exclusive lease has its connection"),
            },
            Body::Part(part) => &part.connection,
        }
    }
}

impl<C: Connector> DerefMut for Lease<C> {
    #[inline]
    fn deref_mut(&mut self) -> &mut C::Connection {
        match &mut self.body {
            Some(Body::Own(entry)) => match entry.payload.alone() {
                Some(connection) => connection,
                None => unreachable!("an exclusive lease has its connection"),
            },
            Some(Body::Part(part)) => &mut part.connection,
            None => unreachable!("a lease has its connection until it is dropped"),
        }
    }
}

impl<C: Connector> Drop for Lease<C> {
    #[inline]
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            let outcome = self.final_outcome();
            self.give_back(body, outcome);
        }
    }
}

impl<C: Connector> fmt::Debug for Lease<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("pool", &self.shared.name)
            .field("id", &self.id())
            .field("endpoint", &self.endpoint().name())
            .field("site", &format_args!("{}", self.site))
            .finish_non_exhaustive()
    }
}
