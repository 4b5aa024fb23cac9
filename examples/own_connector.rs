//! A pool of something of your own: here, of workers that are slow to train. No file, no network.
//!
//! `cargo run --example own_connector`

use std::convert::Infallible;
use std::time::Duration;

use clearpool::Pool;
use clearpool::core::{ConnectCx, Connector};

/// Trains workers.
struct School;

/// What is pooled.
struct Worker {
    name: String,
}

impl Connector for School {
    type Connection = Worker;
    type Error = Infallible;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<Worker, Infallible> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(Worker { name: format!("a graduate of {}", cx.endpoint.name()) })
    }

    fn is_open(&self, worker: &mut Worker) -> bool {
        !worker.name.is_empty()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Pool::builder(School).name("workers").endpoints(["north", "south"]).build()?;
    for _ in 0..4 {
        let worker = pool.acquire().await?;
        println!("{}, after {:?}", worker.name, worker.waited());
    }

    // Two at once: the second is not there yet, and is trained.
    let (one, two) = (pool.acquire().await?, pool.acquire().await?);
    println!("{} and {}", one.name, two.name);
    for lease in pool.leases() {
        println!("held since {:?}, acquired at {}", lease.held_for, lease.site.map_or("?".into(), ToString::to_string));
    }
    drop((one, two));
    println!("{pool:?}");
    Ok(())
}
