//! Checks that fail.

use std::time::Instant;

use clearpool_benches::backend::{Answer, Backend};
use clearpool_benches::subject::{Setup, Subject};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::pool::{HEALED, hold, ms, one_thread, settle, setup};
use crate::seen::Seen;

pub(crate) fn all_dead<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(Setup { check: true, timeout: Some(ms(5000)), ..setup(backend, 10) }).await;
        let leased = hold(&pool, 10, HEALED).await;
        assert_eq!(leased.len(), 10, "the backend works");
        drop(leased);
        settle().await;
        backend.set_check_delay(ms(20));
        backend.set_check(Answer::No);
        let before = backend.checks();
        tokio::spawn(async move {
            // Only the ten are dead: some pools check fresh connections too.
            while backend.checks() <= before + 10 {
                sleep(ms(1)).await;
            }
            backend.set_check(Answer::Yes);
        });
        let asked = Instant::now();
        let served = pool.acquire().await.is_ok();
        let took = asked.elapsed().as_millis();
        assert!(backend.checks() > before, "idle connections are checked");
        Seen::holds(served && took < 60, || match served {
            true => format!("{took} ms"),
            false => format!("no lease after {took} ms"),
        })
    })
}

/// On one thread, so that a connection whose drop is under way elsewhere is not counted.
pub(crate) fn within_the_limit<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(Setup { check: true, ..setup(backend, 4) }).await;
        let until = Instant::now() + ms(500);
        let tasks: Vec<_> = (0..32).map(|_| tokio::spawn(storm(pool.clone(), until))).collect();
        while Instant::now() < until {
            backend.set_check(Answer::No);
            yield_now().await;
            backend.set_check(Answer::Yes);
            yield_now().await;
        }
        for task in tasks {
            task.await.expect("it ends");
        }
        let most = backend.most_live();
        Seen::holds(most <= 4, || format!("{most} at one moment"))
    })
}

async fn storm<S: Subject>(pool: S, until: Instant) {
    while Instant::now() < until {
        let lease = pool.acquire().await;
        yield_now().await;
        drop(lease);
    }
}
