//! deadpool and bb8 as they come, and five tickets in place of a pool.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use deadpool::managed::{Manager, Metrics, Object, RecycleResult};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::far::{Conn, Far};
use crate::spike::{IDLE, SIZE, Subject};

/// No pool and no dial: the best that can be had of five.
#[derive(Debug, Clone)]
pub struct Tickets(Arc<Semaphore>);

impl Tickets {
    /// Five of them.
    pub fn build() -> Tickets {
        Tickets(Arc::new(Semaphore::new(IDLE)))
    }
}

impl Subject for Tickets {
    type Lease = OwnedSemaphorePermit;

    async fn acquire(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.0).acquire_owned().await.expect("it is never closed")
    }
}

/// deadpool, managed.
#[derive(Debug, Clone)]
pub struct Deadpool(deadpool::managed::Pool<Dialer>);

/// bb8.
#[derive(Debug, Clone)]
pub struct Bb8(bb8::Pool<Dialer>);

/// Their manager.
#[derive(Debug)]
pub struct Dialer(Far);

impl Deadpool {
    /// With its idle connections.
    pub async fn build(far: &Far) -> Deadpool {
        let pool = deadpool::managed::Pool::builder(Dialer(far.clone())).max_size(SIZE).build();
        let pool = Deadpool(pool.expect("it needs no runtime"));
        warm(&pool).await;
        pool
    }
}

impl Bb8 {
    /// With its idle connections.
    pub async fn build(far: &Far) -> Bb8 {
        let pool = Bb8(bb8::Pool::builder().max_size(SIZE as u32).build_unchecked(Dialer(far.clone())));
        warm(&pool).await;
        pool
    }
}

/// Neither can be told to have some ready and no more: they are leased and given back.
async fn warm<S: Subject>(pool: &S) {
    let mut leases = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        leases.push(pool.acquire().await);
    }
}

impl Manager for Dialer {
    type Type = Conn;
    type Error = Infallible;

    async fn create(&self) -> Result<Conn, Infallible> {
        Ok(self.0.connect().await)
    }

    async fn recycle(&self, _: &mut Conn, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

impl Subject for Deadpool {
    type Lease = Object<Dialer>;

    async fn acquire(&self) -> Object<Dialer> {
        self.0.get().await.expect("no dial fails")
    }
}

impl bb8::ManageConnection for Dialer {
    type Connection = Conn;
    type Error = Infallible;

    fn connect(&self) -> impl Future<Output = Result<Conn, Infallible>> + Send {
        let far = self.0.clone();
        async move { Ok(far.connect().await) }
    }

    async fn is_valid(&self, _: &mut Conn) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Conn) -> bool {
        false
    }
}

impl Subject for Bb8 {
    type Lease = bb8::PooledConnection<'static, Dialer>;

    async fn acquire(&self) -> bb8::PooledConnection<'static, Dialer> {
        self.0.get_owned().await.expect("no dial fails")
    }
}
