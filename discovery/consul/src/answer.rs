//! What Consul says of a service.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::line::Reply;

/// An answer to a query.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The state of things that it tells of.
    pub(crate) index: u64,
    /// Whether the server that answered knows a leader. One that does not may not have read all its data yet.
    pub(crate) has_leader: bool,
    /// Whether there is more that the token may not read. Consul says so from 1.11 on.
    pub(crate) is_filtered: bool,
    pub(crate) instances: Vec<Entry>,
}

/// An instance; if what is registered makes no sense, which it is and why.
pub(crate) type Entry = Result<Registered, String>;

/// An instance as it is registered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Registered {
    pub(crate) node: Node,
    pub(crate) service: Service,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Node {
    pub(crate) node: String,
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) datacenter: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Service {
    #[serde(rename = "ID")]
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) port: i64,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) meta: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) weights: Weights,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Weights {
    pub(crate) passing: u32,
    pub(crate) warning: u32,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { passing: 1, warning: 1 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Check {
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) status: String,
}

/// Go writes a list or map without anything in it as `null`.
fn or_none<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl Answer {
    /// What a good reply says; else what is wrong with it.
    pub(crate) fn read(reply: &Reply) -> Result<Answer, String> {
        let index = header(&reply.headers, "X-Consul-Index").and_then(|text| text.parse().ok());
        let index = index.ok_or("its answer has no `X-Consul-Index`: is that Consul?")?;
        let instances = instances(&reply.body).map_err(|why| format!("its answer is no list of instances: {why}"))?;
        let has_leader = header(&reply.headers, "X-Consul-KnownLeader") != Some("false");
        let is_filtered = header(&reply.headers, "X-Consul-Results-Filtered-By-ACLs") == Some("true");
        Ok(Answer { index, has_leader, is_filtered, instances })
    }
}

/// Each is read by itself, so that one that makes no sense costs no other. If none makes sense, the list does not.
fn instances(body: &[u8]) -> Result<Vec<Entry>, String> {
    let all: Vec<Value> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let all: Vec<Entry> = all.iter().map(entry).collect();
    match all.first() {
        Some(Err(why)) if all.iter().all(Result::is_err) => Err(why.clone()),
        _ => Ok(all),
    }
}

fn entry(registered: &Value) -> Entry {
    Registered::deserialize(registered).map_err(|error| {
        let [node, id] = ["/Node/Node", "/Service/ID"].map(|at| registered.pointer(at).and_then(Value::as_str));
        format!("`{}/{}` ({error})", node.unwrap_or("?"), id.unwrap_or("?"))
    })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};

    use super::*;

    fn reply(index: Option<&str>, body: &'static str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.extend(index.map(|index| {
            (http::HeaderName::from_static("x-consul-index"), HeaderValue::from_str(index).expect("a number"))
        }));
        Reply { status: StatusCode::OK, headers, body: body.into() }
    }

    #[test]
    fn what_go_leaves_empty_is_empty() {
        let body = r#"[{ "Node": { "Node": "n", "Address": "10.0.0.1" }, "Checks": null,
                         "Service": { "ID": "a", "Tags": null, "Meta": null, "Weights": null, "New": {} } }]"#;
        let answer = Answer::read(&reply(Some("7"), body)).expect("good");
        assert_eq!((answer.index, answer.has_leader, answer.is_filtered), (7, true, false));
        let Registered { service, checks, .. } = answer.instances[0].as_ref().expect("it makes sense");
        let Service { tags, meta, weights, port, address, .. } = service;
        assert!(tags.is_empty() && meta.is_empty() && address.is_empty() && checks.is_empty());
        assert_eq!((*port, *weights), (0, Weights { passing: 1, warning: 1 }));
    }

    #[test]
    fn an_instance_that_makes_no_sense_is_named_and_the_others_are_read() {
        let body = r#"[{ "Node": { "Node": "n", "Address": "10.0.0.1" }, "Service": { "ID": "a", "Port": 70000 } },
                       { "Node": { "Node": "n", "Address": "10.0.0.1" },
                         "Service": { "ID": "b", "Weights": { "Passing": -1, "Warning": 1 } } },
                       { "Node": {} }]"#;
        let answer = Answer::read(&reply(Some("7"), body)).expect("good");
        let [Ok(good), Err(named), Err(nameless)] = &answer.instances[..] else { panic!("{answer:?}") };
        assert_eq!((good.service.id.as_str(), good.service.port), ("a", 70_000));
        assert!(named.starts_with("`n/b` (") && named.contains("-1"), "{named}");
        assert!(nameless.starts_with("`?/?` (") && nameless.contains("missing field"), "{nameless}");
    }

    #[test]
    fn what_is_not_consul_s_is_refused() {
        for (index, body, why) in [
            (None, "[]", "is that Consul?"),
            (Some("many"), "[]", "is that Consul?"),
            (Some("1"), "<html>", "no list of instances"),
            (Some("1"), r#"[{ "Node": {} }]"#, "missing field"),
        ] {
            let error = Answer::read(&reply(index, body)).expect_err(body);
            assert!(error.contains(why), "{body}: {error}");
        }
    }
}
