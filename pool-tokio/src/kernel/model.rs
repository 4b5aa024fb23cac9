//! The kernel as it is, under loom.
//!
//! Connections are counted values: making one while as many are alive as the limit allows fails the
//! model. A caller that is never woken is a deadlock, which loom finds by itself.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p pool-tokio --lib --release loom`

mod pool;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use loom::future::block_on;
use loom::thread;
use pool_core::{Outcome, RefusalKind, State};

use self::pool::{Caller, NOW, Nobody, Pool};
use super::Turn;
use super::fault::Fault;

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
