//! Clearpool, as a configuration that names the usual policies would build it: all metrics, exact
//! timing, a time-out, a maximum age, an idle time-out.

use pool_core::{Builder, ConnectCx, Connector, Endpoint, HumanDuration, Named, Policies, PoolOptions, State};
use pool_tokio::{AcquireError, Lease, Pool};
use serde_json::json;

use super::{Fault, Setup, Standing, Subject};
use crate::backend::{Backend, Conn, Refused};

/// Clearpool.
#[derive(Clone)]
pub struct Clearpool(Pool<Dialer>);

/// Its connector.
#[derive(Debug)]
pub struct Dialer(&'static Backend);

impl Connector for Dialer {
    type Connection = Conn;
    type Error = Refused;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<Conn, Refused> {
        self.0.connect().await
    }

    async fn check(&self, _: &mut Conn) -> Result<(), Refused> {
        self.0.check().await
    }
}

impl Subject for Clearpool {
    const NAME: &'static str = "clearpool";
    type Lease = Lease<Dialer>;

    async fn build(setup: Setup) -> Clearpool {
        let pool = Pool::builder(Dialer(setup.backend))
            .endpoints([Endpoint::new("nowhere:1")])
            .options(options(&setup))
            .policies(policies(&setup))
            .build();
        Clearpool(pool.expect("the options make sense"))
    }

    #[inline]
    async fn acquire(&self) -> Result<Lease<Dialer>, Fault> {
        self.0.acquire().await.map_err(|error| fault(&error))
    }

    #[inline]
    async fn turn(&self) {
        let mut lease = self.0.acquire().await.expect("the backend works");
        lease.uses += 1;
    }

    async fn standing(&self) -> Standing {
        let snapshot = self.0.snapshot();
        Standing {
            open: snapshot.open().into(),
            idle: snapshot.states[State::Idle as usize].into(),
            waiting: snapshot.pending.into(),
        }
    }

    async fn resize(&self, size: usize) -> Option<()> {
        self.0.resize(size as u32).ok()
    }

    fn retain(&self, mut keep: impl FnMut(&Conn) -> bool) -> Option<()> {
        self.0.retain(|conn, _| keep(conn));
        Some(())
    }

    fn detach(lease: Lease<Dialer>) -> Option<Conn> {
        Some(lease.detach())
    }
}

fn options(setup: &Setup) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = setup.size as u32;
    options.limits.min_idle = setup.min_idle as u32;
    options.wait.timeout = setup.timeout.map_or(HumanDuration::from_secs(30), Into::into);
    if let Some(timeout) = setup.dial_timeout {
        options.dial.timeout = timeout.into();
    }
    if setup.check {
        options.upkeep.check_after_idle = HumanDuration::ZERO;
    }
    options
}

/// A policy, made from its options as a configuration file would give them.
macro_rules! policy {
    ($role:ident, $plugin:path, $options:expr) => {{
        let Builder::$role(build) = $plugin.builder else { unreachable!("a policy of this role") };
        Named::new($plugin.kind, build($options).expect("the options make sense"))
    }};
}

fn policies(setup: &Setup) -> Policies {
    let idle = setup.idle_timeout.map_or(json!({}), |after| json!({ "after": HumanDuration::from(after) }));
    Policies {
        acquire: policy!(Acquire, pool_acquire_lifo::PLUGIN, json!({})),
        release: policy!(Release, pool_release_keep::PLUGIN, json!({})),
        evict: vec![
            policy!(Evict, pool_evict_ttl::PLUGIN, json!({})),
            policy!(Evict, pool_evict_idle_timeout::PLUGIN, idle),
        ],
        balance: policy!(Balance, pool_balance_round_robin::PLUGIN, json!({})),
        health: None,
        queue: None,
    }
}

fn fault(error: &AcquireError<Refused>) -> Fault {
    match error {
        AcquireError::Timeout { .. } => Fault::Timeout,
        AcquireError::Dial { .. } => Fault::Backend,
        _ => Fault::Other,
    }
}
