//! mobc, without its time-out and, unless asked for, its check at each acquire.

use mobc::{Connection, Error, Manager, Pool, async_trait};

use super::{Fault, Setup, Standing, Subject};
use crate::backend::{Backend, Conn, Refused};

/// mobc.
#[derive(Clone)]
pub struct Mobc(Pool<Dialer>);

/// Its manager.
#[derive(Debug)]
pub struct Dialer(&'static Backend);

#[async_trait]
impl Manager for Dialer {
    type Connection = Conn;
    type Error = Refused;

    async fn connect(&self) -> Result<Conn, Refused> {
        self.0.connect().await
    }

    async fn check(&self, conn: Conn) -> Result<Conn, Refused> {
        self.0.check().await.map(|()| conn)
    }
}

impl Subject for Mobc {
    const NAME: &'static str = "mobc";
    type Lease = Connection<Dialer>;

    async fn build(setup: Setup) -> Mobc {
        let pool = Pool::builder()
            .max_open(setup.size as u64)
            .max_idle(setup.size as u64)
            .test_on_check_out(setup.check)
            .get_timeout(setup.timeout)
            .max_idle_lifetime(setup.idle_timeout)
            .build(Dialer(setup.backend));
        Mobc(pool)
    }

    async fn acquire(&self) -> Result<Connection<Dialer>, Fault> {
        self.0.get().await.map_err(|error| match error {
            Error::Timeout => Fault::Timeout,
            Error::Inner(_) => Fault::Backend,
            Error::BadConn | Error::PoolClosed => Fault::Other,
        })
    }

    #[inline]
    async fn turn(&self) {
        let mut lease = self.0.get().await.expect("the backend works");
        lease.uses += 1;
    }

    async fn standing(&self) -> Standing {
        let state = self.0.state().await;
        Standing { open: state.connections, idle: state.idle, waiting: state.wait_count }
    }

    async fn resize(&self, size: usize) -> Option<()> {
        self.0.set_max_open_conns(size as u64).await;
        Some(())
    }

    fn retain(&self, _: impl FnMut(&Conn) -> bool) -> Option<()> {
        None
    }

    fn detach(lease: Connection<Dialer>) -> Option<Conn> {
        Some(lease.into_inner())
    }
}
