//! Dials that fail or never return.

use std::time::Instant;

use clearpool_benches::backend::{Answer, Backend};
use clearpool_benches::subject::{Fault, Subject};
use tokio::time::sleep;

use crate::pool::{HEALED, PATIENCE, hold, ms, one_thread, setup, two_workers};
use crate::seen::Seen;

const CALLERS: usize = 64;

pub(crate) fn never_return<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(setup(backend, 2)).await;
        backend.set_dial(Answer::Never);
        let asked = Instant::now();
        let (one, other) = tokio::join!(pool.acquire(), pool.acquire());
        let took = asked.elapsed().as_millis();
        assert!(one.is_err() && other.is_err(), "no dial returns");
        backend.set_dial(Answer::Yes);
        let held = hold(&pool, 2, HEALED).await.len();
        Seen::holds(held == 2 && took < 2 * PATIENCE.as_millis(), || {
            format!("error after {took} ms, {held} of 2 places left")
        })
    })
}

pub(crate) fn no_storm<S: Subject>() -> Seen {
    two_workers().block_on(async {
        let backend = Backend::leak();
        backend.set_dial(Answer::No);
        let pool = S::build(setup(backend, 10)).await;
        let until = Instant::now() + ms(2000);
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    while Instant::now() < until {
                        assert!(pool.acquire().await.is_err(), "the backend refuses");
                        sleep(ms(10)).await;
                    }
                })
            })
            .collect();
        sleep(ms(2000)).await;
        let rate = backend.dials() / 2;
        for caller in callers {
            caller.await.expect("it ends");
        }
        Seen::holds(rate <= 100, || format!("{rate} dials a second"))
    })
}

pub(crate) fn told_at_once<S: Subject>() -> Seen {
    two_workers().block_on(async {
        let backend = Backend::leak();
        backend.set_dial(Answer::No);
        let pool = S::build(setup(backend, 10)).await;
        let asked = Instant::now();
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.acquire().await.err() })
            })
            .collect();
        let mut told = 0;
        for caller in callers {
            told += usize::from(caller.await.expect("it ends") == Some(Fault::Backend));
        }
        let took = asked.elapsed().as_millis();
        Seen::holds(told == CALLERS && took < 50, || {
            format!("{told} of {CALLERS} told its error; the last after {took} ms")
        })
    })
}
