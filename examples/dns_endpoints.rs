//! The endpoints of a service in DNS, as its records change.
//!
//!     cargo run --example dns_endpoints
//!
//! The server of DNS is an agent of Consul that it starts; any other will do.

use std::time::Duration;

use clearpool::core::Discovery;
use clearpool::source::dns::{DnsDiscovery, DnsOptions};
use clearpool_servers::{Consul, ConsulServer};
use serde_json::json;
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(consul) = Consul::find() else { return Ok(()) };
    let agent = consul.start();

    let mut options = DnsOptions::new("_orders._tcp.service.consul").servers([agent.dns().to_string()]);
    // Consul's records have no TTL, so that this is how often they are looked up.
    options.min_interval = Duration::from_millis(200).into();
    let mut source = DnsDiscovery::new(options)?;

    tokio::join!(change(&agent), watch(&mut source));
    Ok(())
}

/// Prints what a pool would be told, until there is nothing more for a while.
async fn watch(source: &mut DnsDiscovery) {
    while let Ok(news) = timeout(Duration::from_secs(2), source.next()).await {
        match news {
            Ok(endpoints) => {
                let all = endpoints.iter().map(|one| format!("{}, weight {}", one.address, one.weight));
                println!("[{}]", all.collect::<Vec<_>>().join("; "));
            }
            Err(error) => println!("{error}"),
        }
    }
}

async fn change(agent: &ConsulServer) {
    for (id, address, weight) in [("orders-1", "10.0.0.1", 4), ("orders-2", "10.0.0.2", 1)] {
        agent.register(&json!({
            "Name": "orders", "ID": id, "Address": address, "Port": 7001,
            "Weights": { "Passing": weight, "Warning": 1 },
        }));
        sleep(Duration::from_millis(500)).await;
    }
    for id in ["orders-1", "orders-2"] {
        println!("> {id} goes");
        agent.deregister(id);
        sleep(Duration::from_millis(500)).await;
    }
}
