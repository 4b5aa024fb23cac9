//! A connection and its right to exist. Whoever holds the box says by that what state it is in.

use std::fmt;
use std::sync::Arc;

use crate::grant::LeaseFacts;
use crate::{Endpoint, EntryId, Permit, Time};

/// What is pooled, as the machine sees it: something opaque that it moves about.
pub trait Payload: Sized {
    /// Why a dial failed. Cloned under the lock for each caller that it answers: cheap, no user code.
    type Fault: Clone;

    /// A handle to a shared connection.
    type Shared;

    /// Another handle to a shared connection. Called under the pool's lock: cheap, no user code.
    /// Never called for an exclusive one.
    fn share(&self) -> Self::Shared;
}

/// A connection, its facts that never change, and its permit.
///
/// It is in one place at a time: in the machine while it is idle, in a lease, or in a task of the
/// pool. So it cannot be lent twice.
pub struct Entry<P> {
    /// The connection.
    pub payload: P,
    pub(crate) facts: LeaseFacts,
    endpoint: Arc<Endpoint>,
    created: Time,
    permit: Permit,
}

impl<P> Entry<P> {
    pub(crate) fn new(payload: P, endpoint: Arc<Endpoint>, created: Time, permit: Permit) -> Box<Entry<P>> {
        Box::new(Entry { payload, facts: LeaseFacts::NONE, endpoint, created, permit })
    }

    /// Its id.
    #[inline]
    pub fn id(&self) -> EntryId {
        self.permit.id()
    }

    /// Where it leads.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Of the lease that has it, or had it last.
    pub fn facts(&self) -> &LeaseFacts {
        &self.facts
    }

    /// When its dial was done.
    pub fn created(&self) -> Time {
        self.created
    }

    #[cfg(test)]
    pub(crate) fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The connection apart from its permit, to be closed. The permit goes back to the machine when
    /// that is done.
    pub fn into_parts(self) -> (P, Permit) {
        (self.payload, self.permit)
    }
}

impl<P> fmt::Debug for Entry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("id", &self.id()).field("endpoint", &self.endpoint.name()).finish()
    }
}
