//! What a lease of a connection that is ready costs: one lock to acquire it, one to release it, and no
//! task. (That it allocates nothing is held by `tests/allocations.rs`.)

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use pool_core::{ConnectCx, Connector};
use tokio::runtime::Handle;

use crate::sync::locks_taken;
use crate::{Lease, Pool};

#[derive(Debug)]
struct Plain;

impl Connector for Plain {
    type Connection = u64;
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<u64, Infallible> {
        Ok(7)
    }
}

fn acquire_now(pool: &Pool<Plain>) -> Lease<Plain> {
    let mut acquire = pin!(pool.acquire());
    match acquire.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(lease)) => lease,
        other => panic!("one is idle, but: {other:?}"),
    }
}

#[tokio::test]
async fn a_lease_takes_the_lock_once_to_acquire_and_once_to_release_and_spawns_nothing() {
    for endpoints in [vec!["a:1"], vec!["a:1", "b:1"]] {
        let pool = Pool::builder(Plain).endpoints(endpoints.clone()).build().expect("sound");
        pool.warm(2).await.expect("warm");
        drop(acquire_now(&pool));
        // Nothing is awaited from here on: what was spawned would still be alive.
        let (locks, tasks) = (locks_taken(), Handle::current().metrics().num_alive_tasks());
        let lease = acquire_now(&pool);
        assert_eq!(locks_taken() - locks, 1, "to acquire, of {endpoints:?}");
        drop(lease);
        assert_eq!(locks_taken() - locks, 2, "to acquire and to release, of {endpoints:?}");
        assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks);
    }
}

#[tokio::test]
async fn a_hand_off_takes_the_lock_three_times_and_spawns_nothing() {
    let mut options = pool_core::PoolOptions::default();
    options.limits.max_open = 1;
    let pool = Pool::builder(Plain).endpoints(["a:1"]).options(options).build().expect("sound");
    let held = pool.acquire().await.expect("dialed");
    let mut waiting = pin!(pool.acquire());
    let mut cx = Context::from_waker(Waker::noop());
    let (locks, tasks) = (locks_taken(), Handle::current().metrics().num_alive_tasks());
    assert!(waiting.as_mut().poll(&mut cx).is_pending());
    drop(held);
    assert!(matches!(waiting.as_mut().poll(&mut cx), Poll::Ready(Ok(_))));
    // To queue, to release and hand off, to fetch; the bell of the driver, which is to wake by the
    // deadline of the one who waits, has a lock of its own.
    let taken = locks_taken() - locks;
    assert!((3..=4).contains(&taken), "{taken} locks");
    assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks);
}
