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
    let stage = Stage::set(app, None).await?;
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
            "round {round}: {pooled:>8.0} requests a second with the pool, {fresh:>8.0} with a fresh connection each"
        );
        with_pool.push(pooled);
        without.push(fresh);
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

async fn fresh(address: &str, each: Duration) -> f64 {
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (stop, answered, address) = (Arc::clone(&stop), Arc::clone(&answered), address.to_owned());
        callers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let Ok(mut stream) = TcpStream::connect(&address).await else { continue };
                let _ = stream.set_nodelay(true);
                if exchange(&mut stream).await.is_ok() {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    sleep(each).await;
    stop.store(true, Ordering::Relaxed);
    while callers.join_next().await.is_some() {}
    answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
