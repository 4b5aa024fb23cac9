//! The DNS interface of a real Consul.

use std::net::UdpSocket;

use clearpool_servers::{Consul, ConsulServer};
use pool_discovery_dns::{DnsOptions, Records};
use serde_json::{Value, json};

use crate::{Watched, options, plain, weighed};

fn instance(id: &str, address: &str, port: u16, weight: u32) -> Value {
    json!({
        "Name": "orders", "ID": id, "Address": address, "Port": port,
        "Weights": { "Passing": weight, "Warning": 1 },
        "Check": { "Name": "alive", "TTL": "24h", "Status": "passing" },
    })
}

fn watched(agent: &ConsulServer, name: &str, change: impl FnOnce(&mut DnsOptions)) -> Watched {
    Watched::new(options(name, [agent.dns().to_string()], change))
}

#[tokio::test]
async fn services_come_with_ports_and_weights_and_follow_their_checks() {
    let Some(consul) = Consul::find() else { return };
    let agent = consul.start();
    agent.register(&instance("a", "10.0.0.1", 7001, 10));
    agent.register(&instance("b", "10.0.0.2", 7002, 30));
    let mut service = watched(&agent, "_orders._tcp.service.consul", |_| ());
    let both = weighed(&[("10.0.0.1:7001", 10), ("10.0.0.2:7002", 30)]);
    service.until(&both).await;
    agent.check("a", "fail");
    assert_eq!(service.set().await, weighed(&[("10.0.0.2:7002", 30)]));
    agent.check("a", "warn");
    assert_eq!(service.set().await, weighed(&[("10.0.0.1:7001", 1), ("10.0.0.2:7002", 30)]));
    agent.check("a", "pass");
    assert_eq!(service.set().await, both);
    agent.deregister("a");
    assert_eq!(service.set().await, weighed(&[("10.0.0.2:7002", 30)]));
    agent.deregister("b");
    let error = service.error().await;
    assert!(error.contains("there is no name `_orders._tcp.service.consul`; the last endpoints stay"), "{error}");
}

#[tokio::test]
async fn addresses_and_aliases_and_plain_names_of_services() {
    let Some(consul) = Consul::find() else { return };
    let agent = consul.start();
    agent.register(&instance("a", "10.0.0.1", 7001, 1));
    let mut host = watched(&agent, "orders.service.consul:80", |_| ());
    assert_eq!(host.set().await, plain(&["10.0.0.1:80"]));
    let mut service = watched(&agent, "orders.service.consul", |options| options.records = Records::Srv);
    assert_eq!(service.set().await, plain(&["10.0.0.1:7001"]));
    // A service whose address is a name is an alias to Consul.
    agent.register(&instance("a", "other.service.consul", 7001, 1));
    agent.register(&json!({ "Name": "other", "ID": "o", "Address": "10.0.0.7", "Port": 1 }));
    assert_eq!(host.set().await, plain(&["10.0.0.7:80"]));
    assert_eq!(service.set().await, plain(&["10.0.0.7:7001"]));
}

#[tokio::test]
async fn more_than_a_datagram_can_hold_comes_whole() {
    let Some(consul) = Consul::find() else { return };
    // Else it says by UDP what there is room for, and not that there is more.
    let agent = consul.with("dns_config", json!({ "enable_truncate": true })).start();
    let mut expected = Vec::new();
    for last in 1..=60 {
        let address = format!("10.0.0.{last}");
        agent.register(&instance(&format!("a-{last}"), &address, 7000 + last, 1));
        expected.push((format!("{address}:{}", 7000 + last), 1));
    }
    expected.sort_by_key(|(address, _)| address.parse::<std::net::SocketAddr>().expect("an address"));
    let mut service = watched(&agent, "_orders._tcp.service.consul", |_| ());
    // What is registered is there a moment later.
    service.until(&expected).await;
    service.silent().await;
}

#[tokio::test]
async fn a_consul_that_is_killed_paused_and_restarted_changes_nothing() {
    let Some(consul) = Consul::find() else { return };
    let mut agent = consul.start();
    agent.register(&instance("a", "10.0.0.1", 7001, 1));
    agent.check("a", "pass");
    let soon = |options: &mut DnsOptions| options.timeout = std::time::Duration::from_secs(1).into();
    let mut service = watched(&agent, "_orders._tcp.service.consul", soon);
    assert_eq!(service.set().await, plain(&["10.0.0.1:7001"]));
    agent.process().pause();
    assert!(service.error().await.contains("no answer within 1s"));
    agent.process().resume();
    assert_eq!(service.set().await, plain(&["10.0.0.1:7001"]));
    agent.process().kill();
    let error = service.error().await;
    assert!(error.contains("nobody serves DNS there"), "{error}");
    service.silent().await;
    agent.restart();
    // On its way up it may say that it knows nothing, or cannot tell.
    service.until(&plain(&["10.0.0.1:7001"])).await;
    agent.register(&instance("b", "10.0.0.2", 7002, 1));
    assert_eq!(service.set().await, plain(&["10.0.0.1:7001", "10.0.0.2:7002"]));
}

#[tokio::test]
async fn the_servers_of_this_system_are_asked_where_none_is_named() {
    // Whether they answer is not ours to say; that they are asked, and what is said if they do not.
    let Ok(text) = std::fs::read_to_string("/etc/resolv.conf") else { return };
    if UdpSocket::bind("127.0.0.1:0").is_err() || !text.contains("nameserver") {
        return;
    }
    let mut options = DnsOptions::new("clearpool-no-such-host.invalid:80");
    options.timeout = std::time::Duration::from_secs(1).into();
    let error = Watched::new(options).error().await;
    assert!(error.contains("`clearpool-no-such-host.invalid`"), "{error}");
}
