//! A kernel with what a shell has beside it, and its callers.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pool_core::{
    Acquire, Capacity, Effects, Endpoint, Entry, Event, Grant, Outcome, Payload, Plan, PoolOptions, RefusalKind, State,
    Time, Want, Work,
};

use crate::kernel::fault::Fault;
use crate::kernel::{Kernel, Outside, Owner, Turn};

pub(super) const NOW: Time = Time::ZERO;

/// A connection that counts itself.
pub(super) struct Conn {
    alive: Arc<AtomicUsize>,
}

impl Conn {
    fn make(pool: &Pool) -> Conn {
        let before = pool.alive.fetch_add(1, Ordering::SeqCst);
        assert!(before < pool.limit, "more connections are alive than the limit allows");
        Conn { alive: Arc::clone(&pool.alive) }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Clone)]
pub(super) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl Payload for Conn {
    type Fault = Failed;
    type Shared = ();

    fn share(&self) {}
}

/// Nobody outside.
pub(super) struct Nobody;

impl Outside for Nobody {
    fn rang(&self) {}
    fn tell(&self, _: Vec<Event>) {}
    fn drained(&self) {}
}

/// Where whoever has only the key of a room finds its pool.
#[derive(Clone, Default)]
pub(super) struct Sign(Arc<OnceLock<Weak<Pool>>>);

impl Owner<Conn> for Sign {
    type Found = Option<Arc<Pool>>;

    fn find(&self) -> Option<Arc<Pool>> {
        self.0.get().and_then(Weak::upgrade)
    }

    fn settle(found: Option<Arc<Pool>>, effects: Effects<Conn>) {
        match found {
            Some(pool) => pool.kernel.follow_up(&Nobody, effects),
            None => effects.wakes.wake(),
        }
    }
}

/// A kernel and what a shell has beside it.
pub(super) struct Pool {
    pub(super) kernel: Kernel<Conn, Sign>,
    pub(super) alive: Arc<AtomicUsize>,
    limit: usize,
    over: AtomicBool,
}

pub(super) type Lent = Box<Entry<Conn>>;

impl Pool {
    pub(super) fn new(limit: usize, fault: Fault) -> Arc<Pool> {
        let mut options = PoolOptions::default();
        options.limits.max_open = limit as u32;
        let sign = Sign::default();
        let mut kernel = Kernel::new(Plan { options, ..Plan::default() }, NOW, sign.clone());
        kernel.plant(fault);
        kernel.visit(&Nobody, |machine| machine.set_endpoints(vec![Endpoint::new("a")], NOW));
        let (alive, over) = (Arc::new(AtomicUsize::new(0)), AtomicBool::new(false));
        let pool = Arc::new(Pool { kernel, alive, limit, over });
        sign.0.set(Arc::downgrade(&pool)).expect("once");
        pool
    }

    /// A pool whose only connection is leased.
    pub(super) fn with_one_leased(fault: Fault) -> (Arc<Pool>, Lent) {
        let pool = Pool::new(1, fault);
        let mut caller = Caller { pool: &pool, turn: Turn::default() };
        let mut cx = Context::from_waker(Waker::noop());
        assert!(caller.poll(&mut cx).is_pending());
        pool.work();
        let Poll::Ready(Ok(lent)) = caller.poll(&mut cx) else { panic!("the dial is done") };
        drop(caller);
        (pool, lent)
    }

    pub(super) async fn acquire(&self) -> Result<Lent, RefusalKind> {
        let mut caller = Caller { pool: self, turn: Turn::default() };
        poll_fn(|cx| caller.poll(cx)).await
    }

    /// As a lease does that is dropped: by the key of the room.
    pub(super) fn release(&self, lent: Lent, outcome: Outcome) {
        self.kernel.room().visit(|machine| {
            machine.release(lent, outcome, false, NOW);
        });
    }

    /// Does all the work there is, as the driver's tasks do.
    pub(super) fn work(&self) {
        while let Some(work) = self.kernel.visit(&Nobody, |machine| machine.take_work(NOW)) {
            match work {
                Work::Dial(ticket) => {
                    let conn = Conn::make(self);
                    self.kernel.visit(&Nobody, |machine| machine.dialed(ticket, conn, Capacity::Exclusive, NOW));
                }
                Work::Close(entry, _) => {
                    let close = |conn| async move { drop(conn) };
                    let mut bury = pin!(self.kernel.bury(&Nobody, entry, close, || NOW));
                    let ended = bury.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    assert!(ended.is_ready(), "nothing in it waits");
                }
                Work::Check(_) | Work::Reset(_) | Work::Abandon(_) => unreachable!("nobody asked for it"),
            }
        }
    }

    /// Works whenever the bell rings, until it is over.
    pub(super) fn drive(&self) {
        block_on(poll_fn(|cx| {
            loop {
                self.kernel.visit(&Nobody, |machine| machine.tick(NOW));
                self.work();
                if self.over.load(Ordering::SeqCst) {
                    return Poll::Ready(());
                }
                if self.kernel.bell().poll_rung(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        }));
    }

    pub(super) fn finish(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.kernel.bell().ring();
    }

    pub(super) fn count(&self, state: State) -> u32 {
        self.kernel.visit(&Nobody, |machine| machine.summary()).states[state as usize]
    }
}

/// A caller, as the shell's future is one.
pub(super) struct Caller<'a> {
    pub(super) pool: &'a Pool,
    pub(super) turn: Turn,
}

impl Caller<'_> {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Lent, RefusalKind>> {
        let (kernel, waker) = (&self.pool.kernel, cx.waker());
        let want = |_: &_| Want { asked: NOW, deadline: Time::NEVER, ..Want::default() };
        let answer = if self.turn.is_waiting() {
            self.turn.fetch(kernel, &Nobody, waker, || NOW)
        } else {
            match self.turn.begin(kernel, &Nobody, want, waker, NOW) {
                Acquire::Granted(grant) => Poll::Ready(Ok(grant)),
                Acquire::Refused(refusal) => Poll::Ready(Err(refusal)),
                Acquire::Waiting(_) => Poll::Pending,
            }
        };
        answer.map(|answer| match answer {
            Ok(Grant::Entry(entry)) => Ok(entry),
            Ok(_) => unreachable!("connections are exclusive here"),
            Err(refusal) => Err(refusal.kind),
        })
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.turn.leave(&self.pool.kernel, &Nobody, || NOW);
    }
}
