//! What is left of a pool that is gone: nothing. Its connections keep it alive while they exist, so
//! each way for it to end has to end them first.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{ConnectCx, Connector};
use pool_tokio::Pool;
use tokio::runtime::Runtime;

/// A connector whose life can be watched.
struct Watched {
    _life: Arc<()>,
}

impl Connector for Watched {
    type Connection = u8;
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<u8, Infallible> {
        Ok(7)
    }
}

fn pool(life: &Arc<()>) -> Pool<Watched> {
    Pool::builder(Watched { _life: Arc::clone(life) }).endpoints(["a:1"]).build().expect("it makes sense")
}

async fn is_gone(life: &Arc<()>) -> bool {
    for _ in 0..200 {
        if Arc::strong_count(life) == 1 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

#[tokio::test]
async fn with_idle_connections() {
    let life = Arc::new(());
    let pool = pool(&life);
    let leases = (pool.acquire().await.expect("it connects"), pool.acquire().await.expect("it connects"));
    drop(leases);
    drop(pool);
    assert!(is_gone(&life).await);
}

#[tokio::test]
async fn with_a_lease_that_outlives_it() {
    let life = Arc::new(());
    let pool = pool(&life);
    let lease = pool.acquire().await.expect("it connects");
    drop(pool);
    tokio::task::yield_now().await;
    assert_eq!((*lease, Arc::strong_count(&life)), (7, 2));
    drop(lease);
    assert!(is_gone(&life).await);
}

#[tokio::test]
async fn with_a_connection_that_was_detached() {
    let life = Arc::new(());
    let pool = pool(&life);
    assert_eq!(pool.acquire().await.expect("it connects").detach(), 7);
    drop(pool);
    assert!(is_gone(&life).await);
}

#[test]
fn with_its_runtime() {
    let life = Arc::new(());
    let runtime = Runtime::new().expect("it starts");
    let pool = runtime.block_on(async {
        let pool = pool(&life);
        drop(pool.acquire().await.expect("it connects"));
        pool
    });
    drop(runtime);
    drop(pool);
    assert_eq!(Arc::strong_count(&life), 1);
}

#[test]
fn with_a_lease_that_outlives_pool_and_runtime() {
    let life = Arc::new(());
    let runtime = Runtime::new().expect("it starts");
    let lease = runtime.block_on(async { pool(&life).acquire().await.expect("it connects") });
    drop(runtime);
    drop(lease);
    assert_eq!(Arc::strong_count(&life), 1);
}

/// A later pool is given the room of an earlier one, and finds nothing in it.
#[tokio::test]
async fn and_the_next_finds_a_clean_room() {
    for _ in 0..50 {
        let life = Arc::new(());
        let pool = pool(&life);
        let lease = pool.acquire().await.expect("it connects");
        assert_eq!((lease.uses(), pool.snapshot().open()), (1, 1));
        drop((lease, pool));
        assert!(is_gone(&life).await);
    }
}
