//! A pool from a configuration file, used, looked at, and ended in order.
//!
//! `cargo run --example from_file`

use std::time::Duration;

use clearpool::connector::TcpConnector;
use clearpool::{App, Loader, Pools, telemetry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = echo_server().await?;

    // The file, the environment, and above both what the program says: here, where its server is.
    let app = App::new();
    let config = Loader::new(&app)
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/pool.toml"))
        .process_env()
        .set("pools.orders.endpoints", vec![server])
        .set("telemetry.prometheus", "127.0.0.1:0")
        .load()?;
    let telemetry = telemetry::init(&config.telemetry)?;
    let pools = Pools::from_config(&app, &config, &telemetry)?;
    let orders = pools.get::<TcpConnector>("orders")?;

    for _ in 0..3 {
        let mut connection = orders.acquire().await?;
        connection.write_all(b"hello").await?;
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).await?;
        println!(
            "{} on {}: used {} times, {:?} old, waited {:?}, chosen as {}",
            String::from_utf8_lossy(&answer),
            connection.endpoint().name(),
            connection.uses(),
            connection.age(),
            connection.waited(),
            connection.facts().acquire_reason,
        );
    }

    let counters = orders.snapshot().counters();
    println!("{} leases on {} dials", counters.acquired, counters.dials);
    for (name, report) in pools.drain(Duration::from_secs(1)).await {
        println!("{name}: drained {} in {:?}", report.drained, report.took);
    }
    telemetry.shutdown(Duration::from_secs(1))?;
    Ok(())
}

async fn echo_server() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    Ok(address)
}
