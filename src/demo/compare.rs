//! What pooling is worth: the same requests with a pool, and with a fresh connection each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::DemoResult;
use super::load::{Load, Tally, exchange};
use super::servers::Server;
use super::stage::Stage;
use crate::App;

/// As many as the pool has connections.
const CALLERS: usize = 16;
/// Both kinds take turns, so that what else the machine does hits both.
const ROUNDS: u32 = 3;

/// Measures both and prints the ratio. Says whether the pool was worth it.
pub(crate) async fn compare(app: &App, length: Duration) -> DemoResult<bool> {
    let stage = Stage::set(app).await?;
    // One that answers at once: what is left is what the connections cost.
    let server = Server::start("quick", Duration::ZERO).await?;
    let address = server.address.clone();
    stage.pool.set_endpoints(vec![pool_core::Endpoint::new(address.clone())])?;
    println!("{CALLERS} callers on one server that answers at once, {ROUNDS} rounds of each kind");
    let each = length / (2 * ROUNDS);
    let (mut with_pool, mut without) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let pooled = pooled(&stage, each).await;
        let fresh = fresh(&address, each).await;
        println!(
            "round {round}: {pooled:>8.0} requests a second with the pool, {:>8.0} with a fresh connection each{}",
            fresh.rate(),
            fresh.failures(),
        );
        with_pool.push(pooled);
        without.push(fresh.rate());
    }
    let ratio = median(&mut with_pool) / median(&mut without);
    println!("the pool serves {ratio:.2} times as many (medians)");
    stage.pools.drain(Duration::from_secs(2)).await;
    Ok(ratio > 1.0)
}

async fn pooled(stage: &Stage, each: Duration) -> f64 {
    let tally = Arc::new(Tally::default());
    let began = Instant::now();
    let load = Load::begin(&stage.pool, &tally, CALLERS, Duration::ZERO);
    sleep(each).await;
    load.end().await;
    tally.answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// What came of requests with a fresh connection each.
#[derive(Debug, Default)]
struct Fresh {
    answered: u64,
    failed: u64,
    seconds: f64,
}

impl Fresh {
    /// Requests a second. One whose connection failed counts as if it had been answered: what the
    /// machine cannot do, such as open more sockets, is not the pool's merit.
    fn rate(&self) -> f64 {
        (self.answered + self.failed) as f64 / self.seconds
    }

    /// The failures, if there are any, as the end of a line.
    fn failures(&self) -> String {
        match self.failed {
            0 => String::new(),
            failed => format!(" ({failed} of them failed, and count as answered)"),
        }
    }
}

async fn fresh(address: &str, each: Duration) -> Fresh {
    let stop = Arc::new(AtomicBool::new(false));
    let (answered, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (stop, address) = (Arc::clone(&stop), address.to_owned());
        let (answered, failed) = (Arc::clone(&answered), Arc::clone(&failed));
        callers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                if once(&address).await.is_ok() {
                    answered.fetch_add(1, Ordering::Relaxed);
                } else {
                    failed.fetch_add(1, Ordering::Relaxed);
                    // As the pool's callers do after a refusal.
                    sleep(Duration::from_millis(5)).await;
                }
            }
        });
    }
    sleep(each).await;
    stop.store(true, Ordering::Relaxed);
    while callers.join_next().await.is_some() {}
    Fresh {
        answered: answered.load(Ordering::Relaxed),
        failed: failed.load(Ordering::Relaxed),
        seconds: began.elapsed().as_secs_f64(),
    }
}

/// A connection, a request, an answer.
async fn once(address: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let _ = stream.set_nodelay(true);
    exchange(&mut stream).await
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_that_fail_are_counted_and_shown_and_make_the_pool_look_no_better() {
        // Bound and dropped: nobody listens there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let fresh = fresh(&free.expect("a free port").to_string(), Duration::from_millis(50)).await;
        assert!(fresh.answered == 0 && fresh.failed > 0, "{fresh:?}");
        assert!(fresh.rate() > 0.0);
        assert_eq!(fresh.failures(), format!(" ({} of them failed, and count as answered)", fresh.failed));
        assert_eq!(Fresh::default().failures(), "");
    }
}
