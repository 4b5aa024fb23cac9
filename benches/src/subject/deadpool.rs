//! deadpool, managed.

use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleResult, WeakPool};

use super::{Fault, REAP_EVERY, Setup, Standing, Subject};
use crate::backend::{Backend, Conn, Refused};

/// deadpool, managed.
#[derive(Clone)]
pub struct Deadpool(Pool<Dialer>);

/// Its manager.
#[derive(Debug)]
pub struct Dialer {
    backend: &'static Backend,
    check: bool,
}

impl Manager for Dialer {
    type Type = Conn;
    type Error = Refused;

    async fn create(&self) -> Result<Conn, Refused> {
        self.backend.connect().await
    }

    #[inline]
    async fn recycle(&self, _: &mut Conn, _: &Metrics) -> RecycleResult<Refused> {
        if self.check {
            self.backend.check().await?;
        }
        Ok(())
    }
}

/// The loop that its documentation shows for this.
async fn reap(pool: WeakPool<Dialer>, after: Duration) {
    loop {
        tokio::time::sleep(REAP_EVERY).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.retain(|_, metrics| metrics.last_used() < after);
    }
}

impl Subject for Deadpool {
    const NAME: &'static str = "deadpool";
    type Lease = Object<Dialer>;

    async fn build(setup: Setup) -> Deadpool {
        let dialer = Dialer { backend: setup.backend, check: setup.check };
        let pool = Pool::builder(dialer)
            .max_size(setup.size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(setup.timeout)
            .create_timeout(setup.dial_timeout)
            .recycle_timeout(setup.dial_timeout)
            .build();
        let pool = pool.expect("a runtime is set");
        if let Some(after) = setup.idle_timeout {
            tokio::spawn(reap(pool.weak(), after));
        }
        Deadpool(pool)
    }

    #[inline]
    async fn acquire(&self) -> Result<Object<Dialer>, Fault> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Timeout(_) => Fault::Timeout,
            PoolError::Backend(_) => Fault::Backend,
            _ => Fault::Other,
        })
    }

    #[inline]
    async fn turn(&self) {
        let mut lease = self.0.get().await.expect("the backend works");
        lease.uses += 1;
    }

    async fn standing(&self) -> Standing {
        let status = self.0.status();
        Standing { open: status.size as u64, idle: status.available as u64, waiting: status.waiting as u64 }
    }

    async fn resize(&self, size: usize) -> Option<()> {
        self.0.resize(size);
        Some(())
    }

    fn retain(&self, mut keep: impl FnMut(&Conn) -> bool) -> Option<()> {
        self.0.retain(|conn, _| keep(conn));
        Some(())
    }

    fn detach(lease: Object<Dialer>) -> Option<Conn> {
        Some(Object::take(lease))
    }
}
