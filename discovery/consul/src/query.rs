//! The query, as a path.

use std::fmt::Write as _;
use std::time::Duration;

use crate::{Consistency, ConsulOptions};

/// A query for the instances of a service, but for what changes from one to the next.
#[derive(Debug)]
pub(crate) struct Query {
    path: String,
}

impl Query {
    /// Instances of whatever health: which of them are healthy is seen here, so that none healthy is not taken for
    /// none there.
    pub(crate) fn new(options: &ConsulOptions) -> Query {
        let mut path = format!("/v1/health/service/{}?", escaped(&options.service));
        let mut add = |key: &str, value: &str| path.push_str(&format!("{key}={}&", escaped(value)));
        if let Some(datacenter) = &options.datacenter {
            add("dc", datacenter);
        }
        for tag in &options.tags {
            add("tag", tag);
        }
        for (key, value) in &options.node_meta {
            add("node-meta", &format!("{key}:{value}"));
        }
        if let Some(filter) = &options.filter {
            add("filter", filter);
        }
        path.push_str(match options.consistency {
            Consistency::Stale => "stale",
            Consistency::Default => "",
            Consistency::Consistent => "consistent",
        });
        Query { path: path.trim_end_matches(['&', '?']).to_owned() }
    }

    /// The path to what there is now, or, with an index, to what there is when that is no longer the state of things
    /// or so much time has gone by.
    pub(crate) fn path(&self, index: u64, wait: Duration) -> String {
        let Query { path } = self;
        if index == 0 {
            return path.clone();
        }
        let mark = if path.contains('?') { '&' } else { '?' };
        // Consul would take `0s` for its default.
        format!("{path}{mark}index={index}&wait={}ms", wait.as_millis().max(1))
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_all_that_was_asked_for_and_waits_from_the_second_on() {
        let plain = Query::new(&ConsulOptions { consistency: Consistency::Default, ..ConsulOptions::new("orders") });
        assert_eq!(plain.path(0, Duration::from_secs(9)), "/v1/health/service/orders");
        assert_eq!(plain.path(7, Duration::from_secs(300)), "/v1/health/service/orders?index=7&wait=300000ms");

        let mut options = ConsulOptions::new("a/b c");
        options.datacenter = Some("eu-1".to_owned());
        options.tags = vec!["v2".to_owned(), "a&b".to_owned()];
        options.node_meta.insert("rack".to_owned(), "r1".to_owned());
        options.filter = Some("Service.Meta.v == \"2\"".to_owned());
        assert_eq!(
            Query::new(&options).path(3, Duration::ZERO),
            "/v1/health/service/a%2Fb%20c?dc=eu-1&tag=v2&tag=a%26b&node-meta=rack%3Ar1\
             &filter=Service.Meta.v%20%3D%3D%20%222%22&stale&index=3&wait=1ms"
        );
    }
}
