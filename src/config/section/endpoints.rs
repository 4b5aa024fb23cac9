//! Reads where connections lead: endpoints, or a source of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use pool_core::Endpoint;
use serde_json::Value;

use super::super::pool::{Chosen, Source};
use super::super::report::{Report, join};
use super::super::tree::{Aim, Kind, Node};
use super::super::typed;
use super::chosen;
use crate::App;

/// Where the connections of a pool lead.
pub(super) fn source(
    report: &mut Report<'_>,
    pool: &[String],
    entries: &BTreeMap<String, Node>,
    connector: Option<&Chosen>,
    app: &App,
    base: &Path,
) -> Option<Source> {
    match (entries.get("endpoints"), entries.get("discovery")) {
        (Some(_), Some(_)) => {
            let notes =
                vec!["endpoints come from the file or from a source of their own: remove one of the two".to_owned()];
            report.error(&join(pool, ["discovery"]), Aim::Key, "both `endpoints` and `discovery` are given", notes);
            None
        }
        (Some(node), None) => endpoints(report, pool, node, connector, app).map(Source::Endpoints),
        (None, Some(node)) => {
            let chosen = chosen::discovery(report, pool, node, app)?;
            try_build(report, pool, &chosen, app, base).then_some(Source::Discovery(chosen))
        }
        (None, None) => {
            let notes = vec![EXAMPLE.to_owned(), OR_DISCOVERY.to_owned()];
            report.error(
                &join(pool, ["endpoints"]),
                Aim::Key,
                "missing key `endpoints`: where do connections lead?",
                notes,
            );
            None
        }
    }
}

const OR_DISCOVERY: &str = "or, from a watched file: `discovery = { kind = \"file\", path = \"endpoints.toml\" }`";

const EXAMPLE: &str = "for example: `endpoints = [\"127.0.0.1:7001\", \"127.0.0.1:7002\"]`";

/// Makes the source, to hear whether its options make sense. It reads nothing yet.
fn try_build(report: &mut Report<'_>, pool: &[String], chosen: &Chosen, app: &App, base: &Path) -> bool {
    let Some(plugin) = app.discoveries.find(&chosen.kind) else { return false };
    let Err(error) = plugin.build(chosen.options.clone(), base) else { return true };
    report.error(&join(&join(pool, ["discovery"]), &error.path), Aim::Value, error.message, Vec::new());
    false
}

fn endpoints(
    report: &mut Report<'_>,
    pool: &[String],
    node: &Node,
    connector: Option<&Chosen>,
    app: &App,
) -> Option<Vec<Endpoint>> {
    let path = join(pool, ["endpoints"]);
    let before = report.errors();
    let Kind::List(items) = &node.kind else {
        let notes = vec![match node.text() {
            Some(text) => format!("write `endpoints = [\"{text}\"]`"),
            None => EXAMPLE.to_owned(),
        }];
        report.error(&path, Aim::Value, format!("expected a list, found {}", node.describe()), notes);
        return None;
    };
    if items.is_empty() {
        report.error(
            &path,
            Aim::Value,
            "a pool without endpoints can serve nobody",
            vec![EXAMPLE.to_owned(), OR_DISCOVERY.to_owned()],
        );
    }
    let mut endpoints = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let path = join(&path, [at.to_string()]);
        if let Some(endpoint) = endpoint(report, &path, item) {
            check(report, &path, item, &endpoint, connector, app);
            endpoints.push((at, endpoint));
        }
    }
    check_names(report, &path, &endpoints);
    check_weights(report, &path, &endpoints, items.len());
    (report.errors() == before).then(|| endpoints.into_iter().map(|(_, endpoint)| endpoint).collect())
}

/// One endpoint: a table, or its address alone.
fn endpoint(report: &mut Report<'_>, path: &[String], node: &Node) -> Option<Endpoint> {
    match &node.kind {
        Kind::Leaf(Value::String(address)) => Some(Endpoint::new(address)),
        Kind::Table(_) => typed::read(report, path, node.to_json()),
        _ => {
            let message = format!("expected an address or a table with one, found {}", node.describe());
            report.error(path, Aim::Value, message, vec![EXAMPLE.to_owned()]);
            None
        }
    }
}

fn check(
    report: &mut Report<'_>,
    path: &[String],
    node: &Node,
    endpoint: &Endpoint,
    connector: Option<&Chosen>,
    app: &App,
) {
    // The key inside the table, or the address that stands alone.
    let at = |key: &str| if node.table().is_some() { join(path, [key]) } else { path.to_vec() };
    if endpoint.address.trim().is_empty() {
        report.error(&at("address"), Aim::Value, "an empty address leads nowhere", vec![EXAMPLE.to_owned()]);
        return;
    }
    let Some(connector) = connector else { return };
    let Some(plugin) = app.connectors.find(&connector.kind) else { return };
    if let Err(error) = plugin.check_endpoint(connector.options.clone(), endpoint) {
        let key = error.path.first().map_or("address", String::as_str);
        report.error(&at(key), Aim::Value, error.message, Vec::new());
    }
}

fn check_names(report: &mut Report<'_>, path: &[String], endpoints: &[(usize, Endpoint)]) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (at, endpoint) in endpoints {
        let Some(&first) = seen.get(endpoint.name()) else {
            seen.insert(endpoint.name(), *at);
            continue;
        };
        let place = |at: usize| report.tree.place(&join(path, [at.to_string()]), Aim::Value);
        let notes = vec![
            format!("the first one is at {}", place(first)),
            "for a larger share give it a `weight`; if two servers share an address, give each an `id`".to_owned(),
        ];
        let message = format!("the endpoint `{}` is here for the second time", endpoint.name());
        report.error(&join(path, [at.to_string()]), Aim::Value, message, notes);
    }
}

fn check_weights(report: &mut Report<'_>, path: &[String], endpoints: &[(usize, Endpoint)], given: usize) {
    if given > 0 && endpoints.len() == given && endpoints.iter().all(|(_, endpoint)| endpoint.weight == 0) {
        let notes = vec!["weight 0 takes one endpoint out of service: at least one needs 1 or more".to_owned()];
        report.error(path, Aim::Value, "all weights are 0, so nobody would be served", notes);
    }
}
