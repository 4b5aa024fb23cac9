//! What differs between two configurations of a pool, as people say it.

use pool_core::Endpoint;

use crate::PoolConfig;
use crate::config::{Chosen, Source};

/// What differs, as people say it: `orders: acquire lifo -> fifo`.
pub(super) fn differences(name: &str, live: &PoolConfig, wanted: &PoolConfig) -> Vec<String> {
    let mut told = Vec::new();
    if live.preset != wanted.preset {
        let text = |preset: &Option<String>| preset.clone().unwrap_or_else(|| "none".to_owned());
        told.push(format!("{name}: preset {} -> {}", text(&live.preset), text(&wanted.preset)));
    }
    let mut say = |what: &str, before: Option<&Chosen>, after: Option<&Chosen>| {
        if before != after {
            let text = |chosen: Option<&Chosen>| chosen.map_or("none".to_owned(), Chosen::to_string);
            let (before, after) = (text(before), text(after));
            let secret = if before == after { " (a secret in it)" } else { "" };
            told.push(format!("{name}: {what} {before} -> {after}{secret}"));
        }
    };
    say("acquire", Some(&live.acquire), Some(&wanted.acquire));
    say("release", Some(&live.release), Some(&wanted.release));
    say("balance", Some(&live.balance), Some(&wanted.balance));
    say("health", live.health.as_ref(), wanted.health.as_ref());
    say("queue", live.queue.as_ref(), wanted.queue.as_ref());
    told.extend(evict_differences(name, &live.evict, &wanted.evict));
    if let (Source::Endpoints(live), Source::Endpoints(wanted)) = (&live.source, &wanted.source) {
        told.extend(endpoint_differences(name, live, wanted));
    }
    if live.options != wanted.options {
        told.extend(option_differences(name, live, wanted));
    }
    told
}

/// The evict policies that are not in both lists.
fn evict_differences(name: &str, live: &[Chosen], wanted: &[Chosen]) -> Vec<String> {
    let only = |these: &[Chosen], those: &[Chosen], what: &str| -> Vec<String> {
        let gone = these.iter().filter(|chosen| !those.contains(chosen));
        gone.map(|chosen| format!("{name}: evict {what} {chosen}")).collect()
    };
    let mut told = only(live, wanted, "without");
    told.extend(only(wanted, live, "with"));
    if told.is_empty() && live != wanted {
        told.push(format!("{name}: evict in another order"));
    }
    told
}

/// Who comes, who goes, and who is another. Endpoints are known by their names, in which no password is.
fn endpoint_differences(name: &str, live: &[Endpoint], wanted: &[Endpoint]) -> Vec<String> {
    let find = |all: &[Endpoint], name: &str| all.iter().find(|endpoint| endpoint.name() == name).cloned();
    let gone = live.iter().filter(|endpoint| find(wanted, endpoint.name()).is_none());
    let mut told: Vec<String> = gone.map(|endpoint| format!("{name}: endpoint {} leaves", endpoint.name())).collect();
    for endpoint in wanted {
        let what = match find(live, endpoint.name()) {
            None => "joins".to_owned(),
            Some(before) if before == *endpoint => continue,
            Some(before) if before.address != endpoint.address => "is at another address".to_owned(),
            Some(before) if before.weight != endpoint.weight => {
                format!("weight {} -> {}", before.weight, endpoint.weight)
            }
            Some(_) => "has other metadata".to_owned(),
        };
        told.push(format!("{name}: endpoint {} {what}", endpoint.name()));
    }
    if told.is_empty() && live != wanted {
        told.push(format!("{name}: endpoints in another order"));
    }
    told
}

/// The options one by one: they are tables of plain values.
fn option_differences(name: &str, live: &PoolConfig, wanted: &PoolConfig) -> Vec<String> {
    let json = |config: &PoolConfig| serde_json::to_value(&config.options).unwrap_or_default();
    let (before, after) = (json(live), json(wanted));
    let mut told = Vec::new();
    for (table, keys) in after.as_object().into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            let old = &before[table][key];
            if old != value {
                told.push(format!("{name}: {table}.{key} {old} -> {value}"));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{App, Loader};

    #[test]
    fn no_secret_of_a_policy_is_told() {
        let text = "[pools.orders]\nconnector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:1\"]\n";
        let config = Loader::new(&App::new()).text("pool.toml", text).load().expect("a good configuration");
        let with = |options| {
            let release = Chosen { kind: "mine".to_owned(), options };
            PoolConfig { release, ..config.pools["orders"].clone() }
        };
        let secret =
            |token: &str| with(json!({ "most": 3, "options": { "list": [{ "password": [token] }], "token": token } }));
        let hidden = r#"mine { most = 3, options = {"list":[{"password":"***"}],"token":"***"} }"#;
        for (wanted, told) in [
            (secret("s3cret"), None),
            (secret("0ther"), Some(format!("orders: release {hidden} -> {hidden} (a secret in it)"))),
            (with(json!({ "most": 4 })), Some(format!("orders: release {hidden} -> mine {{ most = 4 }}"))),
        ] {
            assert_eq!(differences("orders", &secret("s3cret"), &wanted), told.into_iter().collect::<Vec<_>>());
        }
    }
}
