//! What makes each problem.

use std::sync::Arc;
use std::time::Duration;

use pool_tokio::{Lease, Pool};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::super::DemoResult;
use super::super::load::{Load, Tally};
use super::super::servers::KILLED;
use super::super::stage::Stage;
use super::{ANSWER, CALM, Problem};
use crate::connector::TcpConnector;

/// So many times as many callers.
const CROWD: usize = 9;
/// So many times as slow.
const SLOWER: u32 = 20;
/// So many leases are not given back: far fewer than there are connections.
const LEAKED: u32 = 5;

/// A problem while it lasts.
pub(super) enum Cause {
    /// More callers.
    Crowd(Load),
    /// Somebody who keeps leases, and how he is told that it is over.
    Leak(oneshot::Sender<()>, JoinHandle<()>),
    /// Something that was done, and stays.
    Done,
}

impl Cause {
    /// Makes the problem, which is to last for so long.
    pub(super) async fn begin(
        problem: Problem,
        stage: &mut Stage,
        tally: &Arc<Tally>,
        lasts: Duration,
    ) -> DemoResult<Cause> {
        match problem {
            Problem::Exhausted => return Ok(Cause::Crowd(Load::begin(&stage.pool, tally, CROWD * CALM.0, CALM.1))),
            Problem::Leak => {
                let (over, heard) = oneshot::channel();
                // The last is taken after a third of the time, so that each gets old.
                let keeper = tokio::spawn(keep(stage.pool.clone(), lasts / (3 * LEAKED), heard));
                return Ok(Cause::Leak(over, keeper));
            }
            Problem::SlowBackend => {
                for server in &mut stage.servers {
                    server.slow_down(ANSWER * SLOWER).await?;
                }
            }
            Problem::SickEndpoint => {
                let killed = stage.servers.iter_mut().find(|server| server.name == KILLED);
                killed.ok_or("the server to be killed is not of the cast")?.kill().await?;
            }
            Problem::Churn => {
                stage.file.edit(r#"release = { kind = "keep" }"#, r#"release = { kind = "max-uses", uses = 2 }"#)?;
            }
        }
        Ok(Cause::Done)
    }

    /// It is over, as far as callers have a part in it.
    pub(super) async fn end(self) {
        match self {
            Cause::Crowd(load) => load.end().await,
            Cause::Leak(over, keeper) => {
                let _ = over.send(());
                let _ = keeper.await;
            }
            Cause::Done => {}
        }
    }
}

/// Takes leases and forgets to give them back, until it is over: what a leak looks like in code.
async fn keep(pool: Pool<TcpConnector>, every: Duration, mut over: oneshot::Receiver<()>) {
    let mut kept: Vec<Lease<TcpConnector>> = Vec::new();
    for _ in 0..LEAKED {
        if let Ok(lease) = pool.acquire().await {
            kept.push(lease);
        }
        if timeout(every, &mut over).await.is_ok() {
            return;
        }
    }
    let _ = over.await;
}
