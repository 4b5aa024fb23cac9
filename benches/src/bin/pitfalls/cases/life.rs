//! Runtimes that end, calls from inside, pools that are dropped.

use std::time::Duration;

use clearpool_benches::backend::{Answer, Backend};
use clearpool_benches::subject::{Setup, Subject};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::pool::{HEALED, at_once, hold, ms, one_thread, settle, setup};
use crate::seen::Seen;

pub(crate) fn after_the_runtime<S: Subject>() -> Seen {
    let runtime = one_thread();
    let (pool, held) = runtime.block_on(async {
        let pool = S::build(setup(Backend::leak(), 1)).await;
        let held = hold(&pool, 1, HEALED).await;
        (pool, held)
    });
    drop(runtime);
    drop(held);
    let served = one_thread().block_on(async { hold(&pool, 1, HEALED).await.len() });
    Seen::holds(served == 1, || "no lease in the next runtime".to_owned())
}

/// If the pool waits for itself, nothing here ends it but the watch.
pub(crate) fn called_from_inside<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 2)).await;
        drop(hold(&pool, 2, HEALED).await);
        settle().await;
        let mut told = Vec::new();
        let retained = pool.retain(|_| {
            told.push(at_once(pool.standing()).open);
            true
        });
        if retained.is_none() {
            return Seen::Absent;
        }
        Seen::holds(told == [2, 2], || format!("says {told:?} connections"))
    })
}

pub(crate) fn nothing_left<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let pool = S::build(Setup { idle_timeout: Some(Duration::from_secs(60)), ..setup(backend, 8) }).await;
        let idle = hold(&pool, 4, HEALED).await;
        backend.set_dial(Answer::Never);
        for _ in 0..2 {
            let _ = timeout(ms(10), pool.acquire()).await;
        }
        drop(idle);
        settle().await;
        drop(pool);
        sleep(ms(1000)).await;
        let (tasks, live) = (Handle::current().metrics().num_alive_tasks(), backend.live());
        Seen::holds(tasks == 0 && live == 0, || format!("{tasks} tasks and {live} connections 1 s later"))
    })
}
