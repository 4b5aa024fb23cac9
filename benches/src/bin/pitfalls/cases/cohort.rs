//! Connections that were born together.

use std::fmt::Debug;
use std::future::Future;
use std::ops::Deref;
use std::time::{Duration, Instant};

use bb8::ManageConnection;
use clearpool_benches::backend::{Backend, Conn, Refused};
use mobc::{Manager, async_trait};
use pool_core::{Builder, ConnectCx, Connector, Endpoint, Named, Policies, PoolOptions};
use pool_tokio::Pool;
use serde_json::json;
use tokio::time::sleep;

use crate::pool::{ms, one_thread};
use crate::seen::Seen;

const COHORT: usize = 10;
const AGE: Duration = ms(1000);
const LOOK_EVERY: Duration = ms(5);

struct Dialer(&'static Backend);

impl Connector for Dialer {
    type Connection = Conn;
    type Error = Refused;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<Conn, Refused> {
        self.0.connect().await
    }
}

impl ManageConnection for Dialer {
    type Connection = Conn;
    type Error = Refused;

    async fn connect(&self) -> Result<Conn, Refused> {
        self.0.connect().await
    }

    async fn is_valid(&self, _: &mut Conn) -> Result<(), Refused> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Conn) -> bool {
        false
    }
}

#[async_trait]
impl Manager for Dialer {
    type Connection = Conn;
    type Error = Refused;

    async fn connect(&self) -> Result<Conn, Refused> {
        self.0.connect().await
    }

    async fn check(&self, conn: Conn) -> Result<Conn, Refused> {
        Ok(conn)
    }
}

pub(crate) fn clearpool() -> Seen {
    one_thread().block_on(async {
        let Builder::Evict(ttl) = pool_evict_ttl::PLUGIN.builder else { unreachable!("it evicts") };
        let ttl = ttl(json!({ "max_age": "1s" })).expect("the options make sense");
        let policies = Policies { evict: vec![Named::new(pool_evict_ttl::PLUGIN.kind, ttl)], ..Policies::plain() };
        let mut options = PoolOptions::default();
        options.limits.max_open = COHORT as u32;
        let pool = Pool::builder(Dialer(Backend::leak())).endpoints([Endpoint::new("nowhere:1")]);
        let pool = pool.options(options).policies(policies).build().expect("the options make sense");
        spread(|| pool.acquire()).await
    })
}

pub(crate) fn bb8() -> Seen {
    one_thread().block_on(async {
        let pool = bb8::Pool::builder().max_size(COHORT as u32).max_lifetime(AGE).reaper_rate(LOOK_EVERY);
        let pool = pool.build_unchecked(Dialer(Backend::leak()));
        spread(|| pool.get()).await
    })
}

pub(crate) fn mobc() -> Seen {
    one_thread().block_on(async {
        let pool = mobc::Pool::builder().max_open(COHORT as u64).max_idle(COHORT as u64).max_lifetime(Some(AGE));
        let pool = pool.build(Dialer(Backend::leak()));
        spread(|| pool.get()).await
    })
}

/// Takes all connections every few milliseconds and looks which of the first ones are still there.
async fn spread<F, L, E>(acquire: impl Fn() -> F) -> Seen
where
    F: Future<Output = Result<L, E>>,
    L: Deref<Target = Conn>,
    E: Debug,
{
    let (mut left, mut ends) = (COHORT, Vec::new());
    let started = Instant::now();
    while left > 0 && started.elapsed() < 2 * AGE {
        let mut held = Vec::new();
        for _ in 0..COHORT {
            held.push(acquire().await.expect("the backend works"));
        }
        let there = held.iter().filter(|conn| conn.id < COHORT as u64).count();
        ends.extend(std::iter::repeat_n(Instant::now(), left - there));
        left = there;
        drop(held);
        sleep(LOOK_EVERY).await;
    }
    let (Some(first), Some(last)) = (ends.first(), ends.last()) else {
        return Seen::Fails("none expired".to_owned());
    };
    let between = (*last - *first).as_millis();
    Seen::holds(left == 0 && between >= 30, || format!("{} of {COHORT} within {between} ms", ends.len()))
}
