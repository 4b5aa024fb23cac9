//! Callers that go away.

use std::pin::pin;
use std::time::Duration;

use clearpool_benches::backend::Backend;
use clearpool_benches::subject::{Setup, Subject};
use tokio::time::timeout;

use crate::pool::{HEALED, hold, ms, one_thread, poll, settle, setup};
use crate::seen::Seen;

pub(crate) fn in_a_dial<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(setup(backend, 2)).await;
        backend.set_dial_delay(ms(50));
        go_away(&pool).await;
        backend.set_dial_delay(Duration::ZERO);
        whole(&pool, backend).await
    })
}

pub(crate) fn in_a_check<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(Setup { check: true, ..setup(backend, 2) }).await;
        drop(hold(&pool, 2, HEALED).await);
        settle().await;
        backend.set_check_delay(ms(50));
        go_away(&pool).await;
        backend.set_check_delay(Duration::ZERO);
        whole(&pool, backend).await
    })
}

/// Ten callers that wait for 10 ms.
async fn go_away<S: Subject>(pool: &S) {
    for _ in 0..10 {
        let _ = timeout(ms(10), pool.acquire()).await;
    }
}

/// Whether all places can be used and the books are right.
async fn whole<S: Subject>(pool: &S, backend: &Backend) -> Seen {
    let held = hold(pool, 2, HEALED).await;
    if held.len() < 2 {
        return Seen::Fails(format!("{} of 2 places left", held.len()));
    }
    drop(held);
    settle().await;
    let (open, live) = (pool.standing().await.open, backend.live());
    Seen::holds(open as i64 == live && live <= 2, || format!("says {open} connections, there are {live}"))
}

pub(crate) fn gauges<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 1)).await;
        let held = hold(&pool, 1, HEALED).await;
        for turn in 0..100_000 {
            let _ = poll(pin!(pool.acquire()));
            if turn % 1000 == 0 {
                tokio::task::yield_now().await;
            }
        }
        drop(held);
        settle().await;
        let waiting = pool.standing().await.waiting;
        let served = hold(&pool, 1, HEALED).await.len();
        Seen::holds(waiting == 0 && served == 1, || match served {
            1 => format!("says {waiting} wait"),
            _ => format!("says {waiting} wait, and gives no lease"),
        })
    })
}
