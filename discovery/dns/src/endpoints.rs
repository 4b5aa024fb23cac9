//! Endpoints of what was found.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use pool_core::Endpoint;

/// A server of a service, with its addresses: one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) target: String,
    pub(crate) port: u16,
    pub(crate) priority: u16,
    pub(crate) weight: u16,
    pub(crate) addresses: Vec<IpAddr>,
}

/// Endpoints of a host: one of each address.
pub(crate) fn of_host(addresses: &[IpAddr], port: u16) -> Vec<Endpoint> {
    in_order(addresses.iter().map(|&address| (SocketAddr::new(address, port), Endpoint::new(""))))
}

/// Endpoints of servers. The share of one that has several addresses is theirs together, and where all weigh nothing,
/// all weigh the same (RFC 2782).
pub(crate) fn of_servers(servers: &[Server]) -> Vec<Endpoint> {
    let is_weighed = servers.iter().any(|server| server.weight > 0);
    let parts = servers.iter().map(|server| server.addresses.len() as u32).fold(1, shared_parts);
    in_order(servers.iter().flat_map(|server| {
        let weight = if is_weighed { u32::from(server.weight) } else { 1 };
        let mut endpoint = Endpoint::new("").weight(weight * parts / server.addresses.len() as u32);
        endpoint.metadata.insert("target".to_owned(), server.target.clone());
        endpoint.metadata.insert("priority".to_owned(), server.priority.to_string());
        server.addresses.iter().map(move |&address| (SocketAddr::new(address, server.port), endpoint.clone()))
    }))
}

/// The least number that can be divided by both; where that grows too large, shares are a little off.
fn shared_parts(a: u32, b: u32) -> u32 {
    let (mut least, mut rest) = (a, b);
    while rest > 0 {
        (least, rest) = (rest, least % rest);
    }
    let common = a / least.max(1) * b;
    if common <= MOST_PARTS { common.max(1) } else { a.max(b) }
}

/// With the greatest weight of a record, it stays below that of an endpoint.
const MOST_PARTS: u32 = 60_000;

/// By address; those that were found twice weigh as much as both.
fn in_order(found: impl Iterator<Item = (SocketAddr, Endpoint)>) -> Vec<Endpoint> {
    let mut all: BTreeMap<SocketAddr, Endpoint> = BTreeMap::new();
    for (address, endpoint) in found {
        match all.get_mut(&address) {
            Some(there) if there.metadata.contains_key("target") => {
                there.weight = there.weight.saturating_add(endpoint.weight);
            }
            Some(_) => {}
            None => {
                all.insert(address, Endpoint { address: address.to_string(), ..endpoint });
            }
        }
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(target: &str, weight: u16, addresses: &[&str]) -> Server {
        let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
        Server { target: target.to_owned(), port: 80, priority: 1, weight, addresses }
    }

    fn weights(servers: &[Server]) -> Vec<(String, u32)> {
        of_servers(servers).into_iter().map(|one| (one.address, one.weight)).collect()
    }

    fn expected(all: &[(&str, u32)]) -> Vec<(String, u32)> {
        all.iter().map(|(address, weight)| (format!("{address}:80"), *weight)).collect()
    }

    #[test]
    fn weights_are_those_of_the_records_and_one_where_all_are_nothing() {
        let all = [server("b", 5, &["10.0.0.2"]), server("a", 10, &["10.0.0.1"]), server("c", 0, &["10.0.0.3"])];
        assert_eq!(weights(&all), expected(&[("10.0.0.1", 10), ("10.0.0.2", 5), ("10.0.0.3", 0)]));
        let none = [server("a", 0, &["10.0.0.1"]), server("b", 0, &["10.0.0.2"])];
        assert_eq!(weights(&none), expected(&[("10.0.0.1", 1), ("10.0.0.2", 1)]));
    }

    #[test]
    fn the_addresses_of_one_server_share_its_weight() {
        let all = [server("a", 10, &["10.0.0.1", "10.0.0.2"]), server("b", 10, &["10.0.0.3"])];
        assert_eq!(weights(&all), expected(&[("10.0.0.1", 10), ("10.0.0.2", 10), ("10.0.0.3", 20)]));
        let all = [server("a", 1, &["10.0.0.1", "10.0.0.2"]), server("b", 1, &["10.0.0.3", "10.0.0.4", "10.0.0.5"])];
        let of = |weight| move |address| (address, weight);
        let expect: Vec<_> = ["10.0.0.1", "10.0.0.2"]
            .map(of(3))
            .into_iter()
            .chain(["10.0.0.3", "10.0.0.4", "10.0.0.5"].map(of(2)))
            .collect();
        assert_eq!(weights(&all), expected(&expect));
    }

    #[test]
    fn what_is_found_twice_is_one_endpoint_with_both_weights() {
        let all = [server("a", 3, &["10.0.0.1"]), server("b", 4, &["10.0.0.1"])];
        assert_eq!(weights(&all), expected(&[("10.0.0.1", 7)]));
        let twice = ["10.0.0.1", "fd00::1", "10.0.0.1"].map(|address| address.parse().expect("an address"));
        assert_eq!(of_host(&twice, 7), [Endpoint::new("10.0.0.1:7"), Endpoint::new("[fd00::1]:7")]);
    }

    #[test]
    fn weights_never_run_over() {
        let many = |target: &str, first: u8, count: u8| {
            let addresses: Vec<String> = (0..count).map(|last| format!("10.0.{first}.{last}")).collect();
            server(target, u16::MAX, &addresses.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let servers: Vec<Server> =
            (0..8).zip([251, 241, 239, 233, 229, 227, 223, 211]).map(|(at, count)| many("a", at, count)).collect();
        assert!(of_servers(&servers).iter().all(|one| one.weight > 0));
    }
}
