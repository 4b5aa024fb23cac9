//! What hyper would start tasks for, and what becomes of it.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::Abortable;
use futures_util::stream::FuturesUnordered;
use hyper::rt::Executor;

use crate::upload::Begun;

/// What hyper would start a task for. As in a task, a panic ends it and nothing else: the messages of a call come from its
/// caller's code.
pub(crate) struct Chore(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Future for Chore {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // It is not polled again after a panic, which was told by the hook; its payload may panic when it is dropped.
        catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))).map_err(std::mem::forget).unwrap_or(Poll::Ready(()))
    }
}

/// Where hyper leaves what it would start tasks for: the future of a connection's frames, and then a few for each call.
#[derive(Clone, Default)]
pub(crate) struct Seat(Arc<Mutex<Place>>);

#[derive(Default)]
struct Place {
    started: Vec<Chore>,
    /// The messages which were begun to be sent: what is started next sends the rest of them.
    begun: Option<Begun>,
    /// Nobody looks here any more.
    left: bool,
}

impl Seat {
    /// What was started first.
    pub(crate) fn frames(&self) -> Option<Chore> {
        self.place().started.pop()
    }

    /// These messages are begun to be sent.
    pub(crate) fn expect(&self, begun: Begun) {
        self.place().begun = Some(begun);
    }

    /// What was started since the last time.
    pub(crate) fn hand_over(&self, chores: &mut FuturesUnordered<Chore>) {
        chores.extend(self.place().started.drain(..));
    }

    /// The same for the last time: from here on there are tasks.
    pub(crate) fn leave(&self, chores: &mut FuturesUnordered<Chore>) {
        self.place().left = true;
        self.hand_over(chores);
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Seat {
    fn execute(&self, future: F) {
        let mut place = self.place();
        let chore = match place.begun.take().and_then(Begun::rest) {
            Some(end) => Chore(Box::pin(Abortable::new(future, end).map(drop))),
            None => Chore(Box::pin(future)),
        };
        if place.left {
            drop(place);
            tokio::spawn(chore);
        } else {
            place.started.push(chore);
        }
    }
}
