//! An instance as an endpoint.

use std::net::Ipv6Addr;

use pool_core::Endpoint;

use crate::answer::{Check, Registered, Weights};

/// How an instance is, by the worst of its checks; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Passing,
    Warning,
    Critical,
}

/// An instance that can be reached.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) state: State,
    /// What is wrong with it: the name of its worst check. Empty if all pass.
    pub(crate) complaint: String,
    pub(crate) endpoint: Endpoint,
}

impl Instance {
    /// The instance as it is registered; if it cannot be reached, which it is and why.
    pub(crate) fn of(registered: Registered) -> Result<Instance, String> {
        let Registered { node, service, checks } = registered;
        // An agent tells the identifiers of its own services apart, and no more.
        let id = format!("{}/{}", node.node, service.id);
        let port = port(service.port).map_err(|why| format!("`{id}` ({why})"))?;
        let worst = checks.iter().max_by_key(|check| state(check));
        let state = worst.map_or(State::Passing, state);
        let complaint = worst.filter(|_| state != State::Passing).map(|check| check.name.clone()).unwrap_or_default();
        let host = if service.address.is_empty() { &node.address } else { &service.address };
        let mut endpoint = Endpoint::new(address(host, port)).weight(weight(service.weights, state));
        endpoint.id = id;
        endpoint.metadata = service.meta;
        let mut say = |key: &str, value: String| {
            // What the service says of itself counts more.
            endpoint.metadata.entry(key.to_owned()).or_insert(value);
        };
        for (key, value) in service.tags.iter().filter_map(|tag| tag.split_once('=')) {
            say(key, value.to_owned());
        }
        say("node", node.node);
        say("datacenter", node.datacenter);
        say("tags", service.tags.join(","));
        endpoint.metadata.retain(|_, value| !value.is_empty());
        Ok(Instance { state, complaint, endpoint })
    }
}

/// Consul takes any number for a port.
fn port(registered: i64) -> Result<u16, String> {
    match u16::try_from(registered) {
        Ok(0) => Err("it has no port".to_owned()),
        Ok(port) => Ok(port),
        Err(_) => Err(format!("its port is {registered}")),
    }
}

fn state(check: &Check) -> State {
    match check.status.as_str() {
        "passing" => State::Passing,
        "warning" => State::Warning,
        // `critical`, and whatever comes to be worse.
        _ => State::Critical,
    }
}

fn weight(weights: Weights, state: State) -> u32 {
    match state {
        State::Passing => weights.passing,
        State::Warning | State::Critical => weights.warning,
    }
}

fn address(host: &str, port: u16) -> String {
    match host.parse::<Ipv6Addr>() {
        Ok(number) => format!("[{number}]:{port}"),
        Err(_) => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(service: Value, statuses: &[&str]) -> Result<Instance, String> {
        let checks: Vec<Value> = statuses.iter().map(|status| json!({ "Name": status, "Status": status })).collect();
        let node = json!({ "Node": "n", "Address": "10.0.0.1", "Datacenter": "dc1" });
        let all = json!({ "Node": node, "Service": service, "Checks": checks });
        Instance::of(serde_json::from_value(all).expect("well-formed"))
    }

    #[test]
    fn the_worst_check_says_how_it_is_and_what_it_weighs() {
        let service = json!({ "ID": "a", "Port": 80, "Weights": { "Passing": 9, "Warning": 2 } });
        for (checks, state, weight, complaint) in [
            (&[] as &[&str], State::Passing, 9, ""),
            (&["passing"], State::Passing, 9, ""),
            (&["passing", "warning", "passing"], State::Warning, 2, "warning"),
            (&["critical", "warning"], State::Critical, 2, "critical"),
            (&["unheard of", "passing"], State::Critical, 2, "unheard of"),
        ] {
            let found = of(service.clone(), checks).expect("it has a port");
            assert_eq!((found.state, found.endpoint.weight), (state, weight), "{checks:?}");
            assert_eq!(found.complaint, complaint);
        }
    }

    #[test]
    fn the_service_s_own_address_counts_else_its_node_s() {
        for (own, expected) in
            [("", "10.0.0.1:80"), ("host.example", "host.example:80"), ("::1", "[::1]:80"), ("10.9.9.9", "10.9.9.9:80")]
        {
            let found = of(json!({ "ID": "a", "Port": 80, "Address": own }), &[]).expect("it has a port");
            assert_eq!((found.endpoint.address.as_str(), found.endpoint.name()), (expected, "n/a"));
        }
    }

    #[test]
    fn what_has_no_port_or_one_that_is_none_cannot_be_reached() {
        assert_eq!(of(json!({ "ID": "a" }), &[]).expect_err("no port"), "`n/a` (it has no port)");
        for port in [-1, 65_536, 70_000, i64::MAX] {
            let why = of(json!({ "ID": "a", "Port": port }), &[]).expect_err("there is no such port");
            assert_eq!(why, format!("`n/a` (its port is {port})"));
        }
        assert_eq!(of(json!({ "ID": "a", "Port": 65_535 }), &[]).expect("good").endpoint.address, "10.0.0.1:65535");
    }

    #[test]
    fn what_is_said_of_it_becomes_metadata() {
        let meta = json!({ "zone": "eu-1", "node": "mine" });
        let service = json!({ "ID": "a", "Port": 80, "Meta": meta, "Tags": ["v2", "zone=us-2", "role=db"] });
        let metadata = of(service, &[]).expect("it has a port").endpoint.metadata;
        let expected = [
            ("datacenter", "dc1"),
            ("node", "mine"),
            ("role", "db"),
            ("tags", "v2,zone=us-2,role=db"),
            ("zone", "eu-1"),
        ];
        assert_eq!(metadata, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }
}
