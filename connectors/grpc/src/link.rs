//! What is known of a connection, by all who have to do with it.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use pool_core::Handle;

/// Streams that HTTP/2 can number: nothing allows more.
const MOST_STREAMS: usize = (1 << 31) - 1;

/// What is known of a connection, by its task, its health's task and its users.
#[derive(Debug)]
pub(crate) struct Link {
    handle: Handle,
    state: AtomicU8,
    /// Why it is not ready any more.
    why: Mutex<String>,
    /// How many calls it takes at once.
    limit: AtomicU32,
    /// The limit that the pool was told when it asked.
    told: AtomicU32,
    /// The option.
    most: u32,
    /// How many streams the server allows, and how many of them are not for calls.
    streams: AtomicU32,
    reserved: AtomicU32,
}

const READY: u8 = 0;
const DRAINING: u8 = 1;
const CLOSED: u8 = 2;

impl Link {
    /// One that takes at most so many calls.
    pub(crate) fn new(handle: Handle, most: Option<u32>) -> Link {
        Link {
            handle,
            state: AtomicU8::new(READY),
            why: Mutex::default(),
            limit: AtomicU32::new(0),
            told: AtomicU32::new(0),
            most: most.unwrap_or(u32::MAX),
            streams: AtomicU32::new(0),
            reserved: AtomicU32::new(0),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.state.load(Ordering::Acquire) == READY
    }

    /// Why it is not ready.
    pub(crate) fn why(&self) -> String {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many calls it takes at once.
    pub(crate) fn limit(&self) -> u32 {
        self.limit.load(Ordering::Acquire)
    }

    /// The same, for a pool that asks.
    pub(crate) fn tell_limit(&self) -> u32 {
        let limit = self.limit();
        self.told.store(limit, Ordering::Release);
        limit
    }

    /// The server allows so many streams. The pool hears of it if that is news.
    pub(crate) fn allow(&self, streams: usize) {
        let streams = u32::try_from(streams.min(MOST_STREAMS)).unwrap_or(u32::MAX);
        if self.streams.swap(streams, Ordering::AcqRel) != streams {
            self.weigh();
        }
    }

    /// Keeps one stream for something that is no call; not the only one.
    pub(crate) fn reserve(&self) -> bool {
        if self.streams.load(Ordering::Acquire) < 2 {
            return false;
        }
        self.reserved.store(1, Ordering::Release);
        self.weigh();
        true
    }

    fn weigh(&self) {
        let streams = self.streams.load(Ordering::Acquire);
        let limit = streams.saturating_sub(self.reserved.load(Ordering::Acquire)).min(self.most);
        if self.limit.swap(limit, Ordering::AcqRel) != limit {
            self.handle.set_capacity(limit);
        }
    }

    /// Says the limit again if it has changed since the pool asked: a word that comes between the pool's question and
    /// its noting of the answer is lost.
    pub(crate) fn repeat_limit(&self) {
        let limit = self.limit();
        if self.told.load(Ordering::Relaxed) != limit {
            self.told.store(limit, Ordering::Relaxed);
            self.handle.set_capacity(limit);
        }
    }

    /// No more calls; those that run go on.
    pub(crate) fn drain(&self, why: String) {
        self.leave(DRAINING, why);
    }

    /// It is over.
    pub(crate) fn close(&self, why: String) {
        self.leave(CLOSED, why);
    }

    fn leave(&self, to: u8, why: String) {
        let mut said = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_empty() {
            *said = why;
        }
        drop(said);
        self.state.fetch_max(to, Ordering::AcqRel);
        self.handle.mark_dead();
    }
}
