//! What is known of a connection, by all who have to do with it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pool_core::Handle;

/// Streams that HTTP/2 can number: nothing allows more.
const MOST_STREAMS: u32 = (1 << 31) - 1;

/// What is known of a connection, by its task, its health's task and its users.
#[derive(Debug)]
pub(crate) struct Link {
    handle: Handle,
    ready: AtomicBool,
    /// How many calls it takes at once: what comes of its streams.
    limit: AtomicU32,
    /// The option.
    most: u32,
    words: Mutex<Words>,
}

#[derive(Debug, Default)]
struct Words {
    /// How many streams the server allows.
    streams: u32,
    /// How many of them are not for calls.
    reserved: u32,
    /// Why it is not ready any more.
    why: Option<String>,
}

impl Link {
    /// One that takes at most so many calls.
    pub(crate) fn new(handle: Handle, most: Option<u32>) -> Link {
        Link {
            handle,
            ready: AtomicBool::new(true),
            limit: AtomicU32::new(0),
            most: most.unwrap_or(MOST_STREAMS),
            words: Mutex::default(),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Why it is not ready.
    pub(crate) fn why(&self) -> String {
        self.words().why.clone().unwrap_or_default()
    }

    /// How many calls it takes at once.
    pub(crate) fn limit(&self) -> u32 {
        self.limit.load(Ordering::Acquire)
    }

    /// The server allows so many streams. The pool hears of it if that is news.
    pub(crate) fn allow(&self, streams: usize) {
        let streams = u32::try_from(streams).map_or(MOST_STREAMS, |streams| streams.min(MOST_STREAMS));
        let mut words = self.words();
        if words.streams != streams {
            words.streams = streams;
            self.weigh(&words);
        }
    }

    /// Keeps one stream for something that is no call; not the only one.
    pub(crate) fn reserve(&self) -> bool {
        let mut words = self.words();
        if words.streams < 2 {
            return false;
        }
        words.reserved = 1;
        self.weigh(&words);
        true
    }

    fn weigh(&self, words: &Words) {
        let limit = words.streams.saturating_sub(words.reserved).min(self.most);
        if self.limit.swap(limit, Ordering::AcqRel) != limit {
            self.handle.set_capacity(limit);
        }
    }

    /// No more calls, for the first reason that there is; those that run go on if they can.
    pub(crate) fn leave(&self, why: impl Into<String>) {
        self.words().why.get_or_insert_with(|| why.into());
        self.ready.store(false, Ordering::Release);
        self.handle.mark_dead();
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(most: Option<u32>) -> Link {
        Link::new(Handle::detached(), most)
    }

    #[test]
    fn the_lower_of_option_and_server_holds_less_what_is_reserved() {
        let link = link(Some(20));
        assert!(!link.reserve(), "the server has not spoken");
        for (streams, limit) in [(100, 20), (7, 7), (0, 0), (usize::MAX, 20)] {
            link.allow(streams);
            assert_eq!(link.limit(), limit);
        }
        assert!(link.reserve());
        for (streams, limit) in [(100, 20), (20, 19), (1, 0), (0, 0)] {
            link.allow(streams);
            assert_eq!(link.limit(), limit);
        }
    }

    #[test]
    fn without_any_limit_there_is_that_of_http2() {
        let link = link(None);
        link.allow(usize::MAX);
        assert_eq!(link.limit(), MOST_STREAMS);
        link.allow(MOST_STREAMS as usize + 1);
        assert_eq!(link.limit(), MOST_STREAMS);
    }

    #[test]
    fn the_first_reason_stays() {
        let link = link(None);
        assert!(link.is_ready());
        link.leave("it said goodbye");
        link.leave("it was closed");
        assert_eq!((link.is_ready(), link.why().as_str()), (false, "it said goodbye"));
    }
}
