//! Ours, as a preset says, with the numbers of its case in `tests/traces/spike`.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use clearpool::{App, trace};
use pool_core::{Capacity, ConnectCx, Connector, Endpoint, State};
use pool_tokio::{Lease, Pool};
use tokio::time::sleep;

use crate::far::{Conn, Far};
use crate::spike::{IDLE, Subject};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/traces/spike");

/// Until idle connections are there that a pool dials by itself.
const LOOK: Duration = Duration::from_millis(2);

/// Ours.
#[derive(Clone)]
pub struct Preset(Pool<Dialer>);

/// Its connector.
#[derive(Debug)]
pub struct Dialer {
    far: Far,
    /// How many leases share a connection; `None`: one has it to itself.
    streams: Option<u32>,
}

impl Preset {
    /// The pool of a case, from 0, of the file of this name; with its idle connections.
    pub async fn build(name: &str, case: usize, streams: Option<u32>, far: &Far) -> Preset {
        let app = App::new();
        let file = Path::new(CASES).join(name).with_extension("yaml");
        let cases = trace::read(&file, &app).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let config = cases[case].pool();
        let policies = config.policies(&app.policies).expect("they were made when the case was read");
        let pool = Pool::builder(Dialer { far: far.clone(), streams })
            .endpoints([Endpoint::new("nowhere:1")])
            .options(config.options.clone())
            .policies(policies)
            .build()
            .expect("the options make sense");
        let limits = &config.options.limits;
        let idle = limits.max_open_per_endpoint.unwrap_or(u32::MAX).min(IDLE as u32);
        pool.warm(idle).await.expect("no dial fails");
        while pool.snapshot().count(State::Idle) < idle {
            sleep(LOOK).await;
        }
        Preset(pool)
    }
}

impl Subject for Preset {
    type Lease = Lease<Dialer>;

    async fn acquire(&self) -> Lease<Dialer> {
        self.0.acquire().await.expect("no dial fails, and nobody is refused")
    }
}

impl Connector for Dialer {
    type Connection = Conn;
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<Conn, Infallible> {
        Ok(self.far.connect().await)
    }

    fn capacity(&self, _: &Conn) -> Capacity {
        self.streams.map_or(Capacity::Exclusive, Capacity::Shared)
    }

    fn share(&self, conn: &Conn) -> Option<Conn> {
        self.streams.map(|_| conn.clone())
    }
}
