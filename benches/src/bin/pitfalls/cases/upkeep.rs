//! What a pool does by itself.

use std::time::Instant;

use clearpool_benches::backend::Backend;
use clearpool_benches::subject::{Setup, Subject};
use tokio::time::sleep;

use crate::pool::{HEALED, hold, ms, one_thread, setup};
use crate::seen::Seen;

const FLOOR: i64 = 5;

pub(crate) fn floor<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let backend = Backend::leak();
        let upkeep = Setup { min_idle: FLOOR as usize, idle_timeout: Some(ms(50)), ..setup(backend, 10) };
        let pool = S::build(upkeep).await;
        drop(hold(&pool, 10, HEALED).await);
        // A dial takes as long as one does, so that a gap can be seen.
        backend.set_dial_delay(ms(10));
        sleep(ms(100)).await;
        let (mut least, before, until) = (backend.live(), backend.dials(), Instant::now() + ms(1000));
        while Instant::now() < until {
            sleep(ms(1)).await;
            least = least.min(backend.live());
        }
        let dials = backend.dials() - before;
        Seen::holds(least >= FLOOR && dials == 0, || format!("down to {least}, {dials} dials in 1 s without a caller"))
    })
}
