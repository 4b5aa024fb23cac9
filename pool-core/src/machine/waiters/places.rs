//! The table of those who wait.

use std::panic::Location;

use crate::grant::Answer;
use crate::machine::deadlines::{Node, Nodes};
use crate::{Payload, Time, TraceContext};

/// No place.
pub(super) const NIL: u32 = u32::MAX;
/// In place of an endpoint: it waits for a dial of its own.
pub(super) const OWN: u32 = u32::MAX - 1;
/// So many places are made at once.
pub(super) const CHUNK: usize = 64;

/// One place in the table of waiters. It is written on one core and read on another, so its order is
/// fixed: what a hand-off touches is in the first of its two cache lines.
#[repr(C, align(64))]
pub(super) struct Waiter<P: Payload> {
    pub(super) generation: u32,
    /// In the queue; of a place that is free, the next free one.
    pub(super) next: u32,
    pub(super) prev: u32,
    /// The endpoint that it waits for; `NIL`: any; `OWN`: its own dial.
    pub(super) bound: u32,
    pub(super) answer: Option<Answer<P>>,
    pub(super) asked: Time,
    pub(super) deadline: Node,
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) key: Option<u64>,
    pub(super) turn: i64,
    pub(super) queued: bool,
    /// It takes nothing that is idle.
    pub(super) fresh: bool,
    /// There was room for a connection of its own when it came.
    pub(super) roomy: bool,
    /// The endpoint that it waits for was picked for it, and is not what it asked for.
    pub(super) picked: bool,
    pub(super) context: Option<TraceContext>,
    /// The connection that is being dialed for it; `NIL`: none.
    pub(super) dial: u32,
}

/// The places, in chunks: growing moves nobody, and no memory is kept for twice as many.
pub(super) struct Places<P: Payload>(pub(super) Vec<Box<[Waiter<P>]>>);

impl<P: Payload> Places<P> {
    #[inline(always)]
    pub(super) fn at(&self, index: u32) -> &Waiter<P> {
        &self.0[index as usize / CHUNK][index as usize % CHUNK]
    }

    #[inline(always)]
    pub(super) fn at_mut(&mut self, index: u32) -> &mut Waiter<P> {
        &mut self.0[index as usize / CHUNK][index as usize % CHUNK]
    }
}

impl<P: Payload> Nodes for Places<P> {
    #[inline(always)]
    fn node(&self, waiter: u32) -> &Node {
        &self.at(waiter).deadline
    }

    #[inline(always)]
    fn node_mut(&mut self, waiter: u32) -> &mut Node {
        &mut self.at_mut(waiter).deadline
    }
}

impl<P: Payload> Default for Places<P> {
    fn default() -> Places<P> {
        Places(Vec::new())
    }
}

impl<P: Payload> Waiter<P> {
    pub(super) fn vacant(next: u32) -> Waiter<P> {
        Waiter {
            generation: 0,
            next,
            prev: NIL,
            bound: NIL,
            answer: None,
            asked: Time::ZERO,
            deadline: Node::ABSENT,
            site: None,
            key: None,
            turn: 0,
            queued: false,
            fresh: false,
            roomy: false,
            picked: false,
            context: None,
            dial: NIL,
        }
    }
}
