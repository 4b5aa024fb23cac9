//! Another size on a live pool.

use clearpool_benches::backend::Backend;
use clearpool_benches::subject::Subject;

use crate::pool::{HEALED, hold, ms, one_thread, settle, setup};
use crate::seen::Seen;

pub(crate) fn while_empty<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 4)).await;
        if pool.resize(1).await.is_none() {
            return Seen::Absent;
        }
        let held = at_once(&pool).await;
        Seen::holds(held == 1, || format!("gives {held}"))
    })
}

pub(crate) fn while_leased<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 4)).await;
        let leased = hold(&pool, 4, HEALED).await;
        if pool.resize(1).await.is_none() {
            return Seen::Absent;
        }
        drop(leased);
        settle().await;
        let shrunk = at_once(&pool).await;
        settle().await;
        pool.resize(4).await;
        let grown = at_once(&pool).await;
        Seen::holds(shrunk == 1 && grown == 4, || format!("gives {shrunk}, then {grown}"))
    })
}

/// How many leases it gives at once, if six are wanted.
async fn at_once<S: Subject>(pool: &S) -> usize {
    hold(pool, 6, ms(200)).await.len()
}
