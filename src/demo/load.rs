//! The demo's callers: each acquires, asks the server something, gives back, and rests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use pool_core::Outcome;
use pool_tokio::{AcquireError, Pool};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::server::MESSAGE;
use super::servers::KILLED;
use crate::connector::{TcpConnector, TcpError};

/// What came of the callers' requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) answered: AtomicU64,
    /// The connection broke in use.
    pub(crate) broken: AtomicU64,
    /// There was no connection to be had since dials of the server failed that is killed.
    pub(crate) dial_refused: AtomicU64,
    /// There was no connection to be had for any other reason.
    pub(crate) refused: AtomicU64,
    last_refusal: parking_lot::Mutex<Option<String>>,
}

impl Tally {
    pub(crate) fn last_refusal(&self) -> Option<String> {
        self.last_refusal.lock().clone()
    }

    fn note(&self, error: &AcquireError<TcpError>) {
        let of_the_killed = match error {
            AcquireError::Dial { about } => about.last_dial.as_ref().is_some_and(|dial| dial.endpoint.name() == KILLED),
            _ => false,
        };
        let counter = if of_the_killed { &self.dial_refused } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        *self.last_refusal.lock() = Some(with_causes(error));
    }
}

/// An error and what it came from.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

/// Callers at work, until they are stopped.
#[derive(Debug)]
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Load {
    /// So many callers begin, each resting so long between requests.
    pub(crate) fn begin(pool: &Pool<TcpConnector>, tally: &Arc<Tally>, callers: usize, rest: Duration) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let mut set = JoinSet::new();
        for _ in 0..callers {
            set.spawn(call(pool.clone(), Arc::clone(tally), Arc::clone(&stop), rest));
        }
        Load { stop, callers: set }
    }

    /// Lets each caller end its request.
    pub(crate) async fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while self.callers.join_next().await.is_some() {}
    }
}

async fn call(pool: Pool<TcpConnector>, tally: Arc<Tally>, stop: Arc<AtomicBool>, rest: Duration) {
    while !stop.load(Ordering::Relaxed) {
        // What an application has around what it does: the lease becomes its child.
        request(&pool, &tally).instrument(tracing::info_span!(target: "demo", "request")).await;
        if !rest.is_zero() {
            tokio::time::sleep(rest).await;
        }
    }
}

async fn request(pool: &Pool<TcpConnector>, tally: &Tally) {
    match pool.acquire().await {
        Ok(mut lease) => match exchange(&mut *lease).await {
            Ok(()) => drop(tally.answered.fetch_add(1, Ordering::Relaxed)),
            Err(_) => {
                lease.outcome(Outcome::Broken);
                tally.broken.fetch_add(1, Ordering::Relaxed);
            }
        },
        Err(error) => {
            tally.note(&error);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// One request and its answer.
pub(crate) async fn exchange<S>(stream: &mut S) -> std::io::Result<()>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let mut message = *b"demo\0\0\0\0";
    debug_assert_eq!(message.len(), MESSAGE);
    stream.write_all(&message).await?;
    stream.read_exact(&mut message).await?;
    Ok(())
}
