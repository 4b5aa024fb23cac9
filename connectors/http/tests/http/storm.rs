//! Callers who read, do not read, give up and are cut off, all at once: in the end nothing is left of it.

use std::sync::Arc;
use std::time::Duration;

use clearpool_servers::FaultProxy;
use pool_connector_http::{HttpPool, HttpVersion};
use pool_core::{HumanDuration, State};

use crate::peers::{Backend, Speaks};
use crate::{count, get, limited, open, post, read, until};

/// Numbers that look random, and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

async fn one(pool: &HttpPool, dice: &mut Dice) {
    let micros = Duration::from_micros(dice.roll(2000));
    // Whatever comes of it: what is asked is whether the books balance.
    match dice.roll(8) {
        0 => drop(get(pool, "/").await),
        1 => drop(post(pool, "/echo", "abc").await),
        2 => drop(pool.get("/big").await),
        3 => drop(tokio::time::timeout(micros, get(pool, "/big")).await),
        4 => drop(tokio::time::timeout(micros, pool.get("/slow")).await),
        5 => drop(get(pool, "/last").await),
        6 => drop(get(pool, "/empty").await),
        _ => {
            if let Ok(response) = pool.get("/drip").await {
                drop(tokio::time::timeout(micros, read(response)).await);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_left_of_a_storm() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let proxy = Arc::new(FaultProxy::to(backend.address));
        let version = if speaks == Speaks::Http2 { HttpVersion::Http2 } else { HttpVersion::Http1 };
        let pool = limited(
            [proxy.address()],
            |options| {
                options.version = version;
                options.http2.max_streams = Some(3);
            },
            |options| {
                options.limits.max_open = 4;
                // A dial that is cut off is tried again before all callers have had its error.
                options.dial.backoff_min = HumanDuration::from_millis(10);
                options.dial.backoff_max = HumanDuration::from_millis(10);
            },
        );
        let callers: Vec<_> = (0..12)
            .map(|caller| {
                let (pool, mut dice) = (pool.clone(), Dice(caller));
                tokio::spawn(async move {
                    for _ in 0..100 {
                        one(&pool, &mut dice).await;
                        // So that not all is over while a dial that was cut off is rested from.
                        tokio::time::sleep(Duration::from_millis(dice.roll(5))).await;
                    }
                })
            })
            .collect();
        let cutter = tokio::spawn({
            let proxy = Arc::clone(&proxy);
            async move {
                loop {
                    tokio::time::sleep(Duration::from_millis(37)).await;
                    proxy.cut();
                }
            }
        });
        for caller in callers {
            caller.await.expect("no panic");
        }
        cutter.abort();
        until(&pool, "all to come back", |now| {
            let settled = open(now) == count(now, State::Idle);
            now.leases == 0 && now.pending == 0 && settled && open(now) <= 4 && now.endpoints[0].healthy
        })
        .await;
        for _ in 0..10 {
            assert_eq!(get(&pool, "/").await.expect("it answers").text, "a", "{speaks:?}");
        }
    }
}
