//! What a new configuration changes on a live pool: only what is new.

use clearpool::{App, Loader, PoolConfig};

const FILE: &str = r#"
[pools.orders]
connector = { kind = "tcp" }
endpoints = ["127.0.0.1:7001"]
balance = { kind = "round-robin" }
"#;

fn pool(more: &str) -> PoolConfig {
    let config = Loader::new(&App::new()).text("pool.toml", format!("{FILE}{more}")).load().expect("a good file");
    config.pools["orders"].clone()
}

#[test]
fn nothing_new_changes_nothing() {
    let (old, new) = (pool(""), pool("acquire = { kind = \"lifo\" } # as the default"));
    let change = new.change_from(&old, &App::new().policies).unwrap();
    assert!(change.options.is_none() && change.acquire.is_none() && change.release.is_none());
    assert!(change.evict.is_none() && change.balance.is_none());
}

#[test]
fn only_what_is_new_is_made_anew() {
    let old = pool("");
    let new = pool(
        "acquire = { kind = \"fifo\" }\nlimits = { max_open = 3 }\nevict = [{ kind = \"ttl\", max_age = \"1h\" }]",
    );
    let change = new.change_from(&old, &App::new().policies).unwrap();
    assert_eq!(change.options.map(|options| options.limits.max_open), Some(3));
    assert_eq!(change.acquire.map(|policy| policy.kind), Some("fifo"));
    assert_eq!(change.evict.map(|policies| policies.len()), Some(1));
    assert!(change.release.is_none() && change.balance.is_none());
}

#[test]
fn an_option_is_enough_to_make_a_policy_anew() {
    let (old, new) =
        (pool("release = { kind = \"max-uses\", uses = 1 }"), pool("release = { kind = \"max-uses\", uses = 2 }"));
    let change = new.change_from(&old, &App::new().policies).unwrap();
    assert_eq!(change.release.map(|policy| policy.kind), Some("max-uses"));
}

#[test]
fn all_policies_are_made_under_their_kinds() {
    let policies = pool("evict = []").policies(&App::new().policies).unwrap();
    assert_eq!((policies.acquire.kind, policies.release.kind, policies.balance.kind), ("lifo", "keep", "round-robin"));
    assert!(policies.evict.is_empty(), "an empty list is nobody's default");
    assert_eq!(pool("").policies(&App::new().policies).unwrap().evict.len(), 2);
}

#[test]
fn a_registry_that_lacks_a_policy_is_an_error() {
    let error = pool("").policies(&App::bare().policies).unwrap_err();
    assert_eq!(error.to_string(), "acquire.kind: there is no acquire policy called `lifo`");
}
