//! The kernel as it is, under loom.
//!
//! Connections are counted values: making one while as many are alive as the limit allows fails the
//! model. A caller that is never woken is a deadlock, which loom finds by itself.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p pool-tokio --lib --release loom`

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use pool_core::{
    Acquire, Capacity, Effects, Endpoint, Entry, Event, Grant, Outcome, Payload, Plan, PoolOptions, RefusalKind, State,
    Time, Want, Work,
};

use super::fault::Fault;
use super::{Kernel, Outside, Owner, Turn};

const NOW: Time = Time::ZERO;

/// A connection that counts itself.
struct Conn {
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
struct Failed;

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
struct Nobody;

impl Outside for Nobody {
    fn rang(&self) {}
    fn tell(&self, _: Vec<Event>) {}
    fn drained(&self) {}
}

/// Where whoever has only the key of a room finds its pool.
#[derive(Clone, Default)]
struct Sign(Arc<OnceLock<Weak<Pool>>>);

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
struct Pool {
    kernel: Kernel<Conn, Sign>,
    alive: Arc<AtomicUsize>,
    limit: usize,
    over: AtomicBool,
}

type Lent = Box<Entry<Conn>>;

impl Pool {
    fn new(limit: usize, fault: Fault) -> Arc<Pool> {
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
    fn with_one_leased(fault: Fault) -> (Arc<Pool>, Lent) {
        let pool = Pool::new(1, fault);
        let mut caller = Caller { pool: &pool, turn: Turn::default() };
        let mut cx = Context::from_waker(Waker::noop());
        assert!(caller.poll(&mut cx).is_pending());
        pool.work();
        let Poll::Ready(Ok(lent)) = caller.poll(&mut cx) else { panic!("the dial is done") };
        drop(caller);
        (pool, lent)
    }

    async fn acquire(&self) -> Result<Lent, RefusalKind> {
        let mut caller = Caller { pool: self, turn: Turn::default() };
        poll_fn(|cx| caller.poll(cx)).await
    }

    /// As a lease does that is dropped: by the key of the room.
    fn release(&self, lent: Lent, outcome: Outcome) {
        self.kernel.room().visit(|machine| {
            machine.release(lent, outcome, false, NOW);
        });
    }

    /// Does all the work there is, as the driver's tasks do.
    fn work(&self) {
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
                Work::Check(_) | Work::Reset(_) => unreachable!("nobody asked for it"),
            }
        }
    }

    /// Works whenever the bell rings, until it is over.
    fn drive(&self) {
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

    fn finish(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.kernel.bell().ring();
    }

    fn count(&self, state: State) -> u32 {
        self.kernel.visit(&Nobody, |machine| machine.summary()).states[state as usize]
    }
}

/// A caller, as the shell's future is one.
struct Caller<'a> {
    pool: &'a Pool,
    turn: Turn,
}

impl Caller<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Lent, RefusalKind>> {
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

fn explore(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(scenario);
}

/// Two callers want the one connection, which comes back meanwhile.
fn two_callers(fault: Fault) {
    explore(move || {
        let (pool, lent) = Pool::with_one_leased(fault);
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let pool = Arc::clone(&pool);
                thread::spawn(move || {
                    let lent = block_on(pool.acquire()).expect("served");
                    pool.release(lent, Outcome::Ok);
                })
            })
            .collect();
        pool.release(lent, Outcome::Ok);
        for caller in callers {
            caller.join().expect("no panic");
        }
        assert_eq!(pool.count(State::Idle), 1);
    });
}

/// The first of two callers goes away while the connection is handed to it.
fn cancel_races_hand_off(fault: Fault) {
    explore(move || {
        let (pool, lent) = Pool::with_one_leased(fault);
        let mut first = Caller { pool: &pool, turn: Turn::default() };
        assert!(first.poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let turn = std::mem::take(&mut first.turn);
        let leaver = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || drop(Caller { pool: &pool, turn }))
        };
        let releaser = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.release(lent, Outcome::Ok))
        };
        let lent = block_on(pool.acquire()).expect("served");
        pool.release(lent, Outcome::Ok);
        leaver.join().expect("no panic");
        releaser.join().expect("no panic");
        assert_eq!(pool.count(State::Idle), 1);
    });
}

/// A connection is lost, lock untaken, while a caller wants one; the driver hears of it by the bell.
fn permit_lost(fault: Fault) {
    explore(move || {
        let (pool, lent) = Pool::with_one_leased(fault);
        let driver = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.drive())
        };
        let loser = thread::spawn(move || drop(lent));
        let lent = block_on(pool.acquire()).expect("served by a new one");
        pool.release(lent, Outcome::Ok);
        loser.join().expect("no panic");
        pool.finish();
        driver.join().expect("no panic");
        assert_eq!(pool.count(State::Idle), 1);
    });
}

/// A broken connection is closed while a caller waits for its place.
fn close_frees_the_place(fault: Fault) {
    explore(move || {
        let (pool, lent) = Pool::with_one_leased(fault);
        let closer = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.release(lent, Outcome::Broken);
                pool.work();
            })
        };
        let mut caller = Caller { pool: &pool, turn: Turn::default() };
        let lent = block_on(poll_fn(|cx| {
            let answer = caller.poll(cx);
            if answer.is_pending() {
                pool.work();
                return caller.poll(cx);
            }
            answer
        }));
        pool.release(lent.expect("served by a new one"), Outcome::Ok);
        drop(caller);
        closer.join().expect("no panic");
        assert_eq!(pool.count(State::Idle), 1);
    });
}

/// The pool is closed while one caller waits and another comes.
fn close_races_callers(fault: Fault) {
    explore(move || {
        let (pool, lent) = Pool::with_one_leased(fault);
        let caller = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || match block_on(pool.acquire()) {
                Ok(lent) => pool.release(lent, Outcome::Ok),
                Err(kind) => assert_eq!(kind, RefusalKind::Closed),
            })
        };
        let releaser = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.release(lent, Outcome::Ok))
        };
        pool.kernel.visit(&Nobody, |machine| machine.close(NOW));
        caller.join().expect("no panic");
        releaser.join().expect("no panic");
        pool.work();
        assert!(pool.kernel.visit(&Nobody, |machine| machine.is_drained()));
        assert_eq!(pool.alive.load(Ordering::SeqCst), 0);
    });
}

/// A ring is heard whenever it comes: before the driver sleeps, while it falls asleep, after.
fn bell_is_heard() {
    explore(|| {
        let pool = Pool::new(1, Fault::None);
        let driver = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.drive())
        };
        let lent = block_on(pool.acquire()).expect("served");
        pool.release(lent, Outcome::Ok);
        pool.finish();
        driver.join().expect("no panic");
    });
}

#[test]
fn loom_two_callers_and_one_connection() {
    two_callers(Fault::None);
}

#[test]
fn loom_cancel_races_hand_off() {
    cancel_races_hand_off(Fault::None);
}

#[test]
fn loom_permit_lost_without_the_lock() {
    permit_lost(Fault::None);
}

#[test]
fn loom_a_place_is_free_when_its_connection_is_gone() {
    close_frees_the_place(Fault::None);
}

#[test]
fn loom_close_races_callers() {
    close_races_callers(Fault::None);
}

#[test]
fn loom_the_bell_is_heard() {
    bell_is_heard();
}

#[test]
#[should_panic(expected = "deadlock")]
fn loom_catches_a_cancelled_grant_that_is_kept() {
    cancel_races_hand_off(Fault::CancelKeepsGrant);
}

#[test]
#[should_panic(expected = "deadlock")]
fn loom_catches_a_lost_wake_up() {
    cancel_races_hand_off(Fault::LostWake);
}

#[test]
#[should_panic(expected = "deadlock")]
fn loom_catches_a_lost_wake_up_of_a_lease_that_is_dropped() {
    two_callers(Fault::LostWakeOfADrop);
}

#[test]
#[should_panic(expected = "more connections are alive than the limit allows")]
fn loom_catches_a_place_that_is_freed_early() {
    close_frees_the_place(Fault::FreedEarly);
}
