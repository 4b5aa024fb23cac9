//! bb8, without its lifetime and, unless asked for, its check at each acquire.

use std::time::Duration;

use bb8::{ManageConnection, Pool, PooledConnection, RunError};

use super::{Fault, REAP_EVERY, Setup, Standing, Subject};
use crate::backend::{Backend, Conn, Refused};

/// bb8.
#[derive(Clone)]
pub struct Bb8(Pool<Dialer>);

/// Its manager.
#[derive(Debug)]
pub struct Dialer(&'static Backend);

impl ManageConnection for Dialer {
    type Connection = Conn;
    type Error = Refused;

    async fn connect(&self) -> Result<Conn, Refused> {
        self.0.connect().await
    }

    async fn is_valid(&self, _: &mut Conn) -> Result<(), Refused> {
        self.0.check().await
    }

    #[inline]
    fn has_broken(&self, _: &mut Conn) -> bool {
        false
    }
}

/// It knows no acquire without a time-out; this is its default.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Subject for Bb8 {
    const NAME: &'static str = "bb8";
    type Lease = PooledConnection<'static, Dialer>;

    async fn build(setup: Setup) -> Bb8 {
        let pool = Pool::builder()
            .max_size(setup.size as u32)
            .min_idle((setup.min_idle > 0).then_some(setup.min_idle as u32))
            .test_on_check_out(setup.check)
            .max_lifetime(None)
            .idle_timeout(setup.idle_timeout)
            .reaper_rate(REAP_EVERY)
            .connection_timeout(setup.timeout.unwrap_or(TIMEOUT))
            .build_unchecked(Dialer(setup.backend));
        Bb8(pool)
    }

    async fn acquire(&self) -> Result<PooledConnection<'static, Dialer>, Fault> {
        self.0.get_owned().await.map_err(fault)
    }

    /// With its borrowing guard, which is the cheaper one.
    #[inline]
    async fn turn(&self) {
        let mut lease = self.0.get().await.expect("the backend works");
        lease.uses += 1;
    }

    async fn standing(&self) -> Standing {
        let state = self.0.state();
        Standing {
            open: state.connections.into(),
            idle: state.idle_connections.into(),
            waiting: state.statistics.pending_gets(),
        }
    }

    async fn resize(&self, _: usize) -> Option<()> {
        None
    }

    fn retain(&self, _: impl FnMut(&Conn) -> bool) -> Option<()> {
        None
    }

    fn detach(_: PooledConnection<'static, Dialer>) -> Option<Conn> {
        None
    }
}

fn fault(error: RunError<Refused>) -> Fault {
    match error {
        RunError::TimedOut => Fault::Timeout,
        RunError::User(_) => Fault::Backend,
    }
}
