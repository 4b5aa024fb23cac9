//! The endpoints of a service, as they change in Consul.
//!
//!     cargo run --example consul_endpoints
//!
//! It starts an agent of its own, and registers what it shows.

use std::time::Duration;

use clearpool::core::Discovery;
use clearpool::source::consul::{ConsulDiscovery, ConsulOptions, Health};
use clearpool_servers::{Consul, ConsulServer};
use serde_json::json;
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(consul) = Consul::find() else { return Ok(()) };
    let agent = consul.start();

    let mut options = ConsulOptions::new("orders").address(agent.url());
    options.health = Health::PassingOrWarning;
    let mut source = ConsulDiscovery::new(options)?;

    tokio::join!(change(&agent), watch(&mut source));
    Ok(())
}

/// Prints what a pool would be told, until there is nothing more for a while.
async fn watch(source: &mut ConsulDiscovery) {
    while let Ok(news) = timeout(Duration::from_secs(2), source.next()).await {
        match news {
            Ok(endpoints) => {
                let all =
                    endpoints.iter().map(|one| format!("{} at {}, weight {}", one.name(), one.address, one.weight));
                println!("[{}]", all.collect::<Vec<_>>().join("; "));
            }
            Err(error) => println!("{error}"),
        }
    }
}

async fn change(agent: &ConsulServer) {
    for (id, port, weight) in [("orders-1", 7001, 4), ("orders-2", 7002, 1)] {
        agent.register(&json!({
            "Name": "orders", "ID": id, "Address": "10.0.0.1", "Port": port,
            "Weights": { "Passing": weight, "Warning": 1 },
            "Check": { "Name": "alive", "TTL": "1h", "Status": "passing" },
        }));
        sleep(Duration::from_millis(300)).await;
    }
    for (id, verdict) in [("orders-1", "warn"), ("orders-2", "fail"), ("orders-1", "fail"), ("orders-1", "pass")] {
        println!("> the check of {id}: {verdict}");
        agent.check(id, verdict);
        sleep(Duration::from_millis(300)).await;
    }
}
