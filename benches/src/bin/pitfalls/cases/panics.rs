//! User code that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use clearpool_benches::backend::{Answer, Backend};
use clearpool_benches::subject::{Setup, Subject};

use crate::pool::{HEALED, hold, one_thread, settle, setup};
use crate::seen::Seen;

pub(crate) fn in_a_dial<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(setup(backend, 2)).await;
        backend.set_dial(Answer::Panic);
        ask(&pool, 3).await;
        backend.set_dial(Answer::Yes);
        places(&pool).await
    })
}

pub(crate) fn in_a_check<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(Setup { check: true, ..setup(backend, 2) }).await;
        drop(hold(&pool, 2, HEALED).await);
        settle().await;
        backend.set_check(Answer::Panic);
        let before = backend.checks();
        ask(&pool, 3).await;
        assert!(backend.checks() > before, "idle connections are checked");
        backend.set_check(Answer::Yes);
        places(&pool).await
    })
}

pub(crate) fn in_a_predicate<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 2)).await;
        drop(hold(&pool, 2, HEALED).await);
        settle().await;
        if pool.retain(|_| true).is_none() {
            return Seen::Absent;
        }
        let _ = catch_unwind(AssertUnwindSafe(|| pool.retain(|_| panic!("the predicate was told to panic"))));
        // In a task, so that a panic of each acquire is seen as what it is.
        let after = tokio::spawn(async move { places(&pool).await });
        after.await.unwrap_or_else(|_| Seen::Fails("each later acquire panics".to_owned()))
    })
}

pub(crate) fn in_a_holder<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 2)).await;
        let holder = pool.clone();
        let holder = tokio::spawn(async move {
            let _lease = holder.acquire().await.expect("the backend works");
            panic!("the holder was told to panic");
        });
        assert!(holder.await.is_err(), "the holder panics");
        settle().await;
        let lent = hold(&pool, 1, HEALED).await;
        let Some(lease) = lent.first() else { return Seen::Fails("no lease afterwards".to_owned()) };
        Seen::holds(lease.id != 0, || "it is lent to the next one".to_owned())
    })
}

/// Callers one after the other, each in its task, as it may be them that panic.
async fn ask<S: Subject>(pool: &S, callers: usize) {
    for _ in 0..callers {
        let pool = pool.clone();
        let _ = tokio::spawn(async move { pool.acquire().await.is_ok() }).await;
    }
}

/// Whether both places can be used.
async fn places<S: Subject>(pool: &S) -> Seen {
    let held = hold(pool, 2, HEALED).await.len();
    Seen::holds(held == 2, || format!("{held} of 2 places left"))
}
