//! What the hot path does not do: allocate.
//!
//! A test program of its own, since it counts in the allocator.

#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use pool_core::{ConnectCx, Connector, Endpoint, HumanDuration, Observer, PoolOptions};
use pool_tokio::{Lease, Pool, PoolBuilder};

struct Plain;

impl Connector for Plain {
    type Connection = u64;
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<u64, Infallible> {
        Ok(7)
    }
}

struct Listens;

impl Observer for Listens {}

fn builder() -> PoolBuilder<Plain> {
    Pool::builder(Plain).endpoints([Endpoint::new("a:1"), Endpoint::new("b:1")])
}

fn acquire_now(pool: &Pool<Plain>) -> Lease<Plain> {
    let mut acquire = pin!(pool.acquire());
    match acquire.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(lease)) => lease,
        other => panic!("one is idle, but: {other:?}"),
    }
}

async fn counts_none(pool: Pool<Plain>) {
    pool.warm(4).await.expect("warm");
    // Once each, so that what grows has grown.
    drop([acquire_now(&pool), acquire_now(&pool), acquire_now(&pool), acquire_now(&pool)]);
    let counted = measure(|| {
        for _ in 0..1000 {
            let first = acquire_now(&pool);
            let second = acquire_now(&pool);
            assert_eq!(*first + *second, 14);
            drop(first);
            drop(second);
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[tokio::test]
async fn acquire_and_release_allocate_nothing() {
    counts_none(builder().build().expect("sound")).await;
}

#[tokio::test]
async fn nor_do_they_with_an_observer() {
    counts_none(builder().observer(Arc::new(Listens)).build().expect("sound")).await;
}

#[tokio::test]
async fn the_counter_counts() {
    let counted = measure(|| drop(Box::new([0u8; 64])));
    assert_eq!(counted.count_total, 1);
}

/// Someone who waits costs half of deadpool's 1,024 bytes at most, task and place in the queue
/// included.
#[test]
fn a_waiter_costs_at_most_512_bytes() {
    const WAITERS: u32 = 10_000;
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    options.wait.timeout = HumanDuration::NEVER;
    let pool = Pool::builder(Plain).endpoints(["a:1"]).options(options).build().expect("sound");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let held = runtime.block_on(pool.acquire()).expect("dialed");
    let mut tasks = Vec::with_capacity(WAITERS as usize);
    let counted = measure(|| {
        runtime.block_on(async {
            for _ in 0..WAITERS {
                let pool = pool.clone();
                tasks.push(tokio::spawn(async move { pool.acquire().await.map(drop) }));
            }
            while pool.snapshot().pending < WAITERS {
                tokio::task::yield_now().await;
            }
        });
    });
    let each = counted.bytes_current / i64::from(WAITERS);
    assert!(each > 100 && each <= 512, "{each} bytes for each");
    println!("{each} bytes for each waiter");
    drop(held);
    for task in tasks {
        runtime.block_on(task).expect("no panic").expect("served");
    }
}
