//! User code that calls back into the pool, from wherever the pool calls it.

use std::cell::Cell;
use std::sync::{Arc, OnceLock, Weak};

use pool_core::{CloseReason, ConnectCx, Connector, DialReport, Event, LeaseReport, Observer, Time, TraceContext};
use pool_tokio::Pool;

use crate::script::{Scripted, options, pool, settle};

/// Calls into the pool whenever it is called.
#[derive(Clone, Default)]
struct Caller(Arc<OnceLock<Weak<Pool<Nosy>>>>);

thread_local! {
    /// A call that leads to another call is the caller's own doing.
    static CALLING: Cell<bool> = const { Cell::new(false) };
}

impl Caller {
    fn call(&self) {
        if !CALLING.replace(true) {
            self.call_pool();
            CALLING.set(false);
        }
    }

    fn call_pool(&self) {
        let Some(pool) = self.0.get().and_then(Weak::upgrade) else { return };
        pool.snapshot();
        pool.leases();
        drop(pool.try_acquire());
        pool.options();
    }
}

struct Nosy(Caller);

struct NosyConn(Caller);

impl Drop for NosyConn {
    fn drop(&mut self) {
        self.0.call();
    }
}

impl Connector for Nosy {
    type Connection = NosyConn;
    type Error = std::io::Error;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<NosyConn, std::io::Error> {
        self.0.call();
        Ok(NosyConn(self.0.clone()))
    }

    fn needs_reset(&self, _: &mut NosyConn) -> bool {
        self.0.call();
        true
    }

    async fn reset(&self, _: &mut NosyConn) -> Result<(), std::io::Error> {
        self.0.call();
        Ok(())
    }

    async fn close(&self, conn: NosyConn, _: CloseReason) {
        self.0.call();
        drop(conn);
    }
}

impl Observer for Caller {
    fn event(&self, _: &str, _: &Event, _: Time) {
        self.call();
    }

    fn dial(&self, _: &str, _: &DialReport<'_>, _: Time) -> Option<TraceContext> {
        self.call();
        None
    }

    fn lease(&self, _: &str, _: &LeaseReport, _: Time) {
        self.call();
    }
}

#[tokio::test(start_paused = true)]
async fn t18_user_code_may_call_into_the_pool_from_everywhere() {
    let caller = Caller::default();
    let connector = Nosy(caller.clone());
    let pool = Pool::builder(connector).endpoints(["a:1"]).options(options(2)).observer(Arc::new(caller.clone()));
    let pool = Arc::new(pool.build().expect("sound"));
    caller.0.set(Arc::downgrade(&pool)).expect("set once");
    for round in 0..5 {
        let lease = pool.acquire().await.expect("served");
        match round {
            0 => lease.discard(),
            1 => drop(lease.detach()),
            _ => drop(lease),
        }
        settle().await;
    }
    pool.retain(|_, _| {
        caller.call();
        false
    });
    pool.clear();
    settle().await;
    pool.close();
}

/// Makes its connections through those of another pool.
struct Tunnel(Pool<Scripted>);

impl Connector for Tunnel {
    type Connection = pool_tokio::Lease<Scripted>;
    type Error = pool_tokio::AcquireError<crate::script::Down>;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<Self::Connection, Self::Error> {
        self.0.acquire().await
    }
}

#[tokio::test(start_paused = true)]
async fn t19_pools_that_use_each_other_do_not_block_each_other() {
    let connector = Scripted::new();
    let inner = pool(&connector, 1);
    let outer = Pool::builder(Tunnel(inner.clone())).endpoints(["b:1"]).options(options(1)).build().expect("sound");
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let (inner, outer) = (inner.clone(), outer.clone());
            tokio::spawn(async move {
                if n % 2 == 0 {
                    outer.acquire().await.expect("served").discard();
                } else {
                    drop(inner.acquire().await.expect("served"));
                }
            })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(std::time::Duration::from_secs(60), task).await.expect("not blocked").expect("no panic");
    }
}
