//! What cannot be changed live is refused with its place, and all of it at once.

use clearpool::pools::ReloadError;

use super::{load, pools};

fn pool(connector: &str, endpoints: &str) -> String {
    format!("[pools.orders]\nconnector = {{ kind = {connector} }}\n{endpoints}\n")
}

const LISTED: &str = "endpoints = [\"127.0.0.1:1\"]";

async fn refused(before: &str, after: &str) -> String {
    let pools = pools(before);
    let error = pools.reload(&load(after)).expect_err("it cannot be changed live");
    assert!(matches!(error, ReloadError::NeedsRestart { .. }), "{error}");
    assert_eq!(pools.names(), ["orders"]);
    error.to_string()
}

#[tokio::test]
async fn an_option_of_the_connector_is_named_with_its_line_what_is_allowed_and_what_to_do() {
    let told = refused(&pool("\"tcp\"", LISTED), &pool("\"tcp\", nodelay = false", LISTED)).await;
    let expected = "\
error: `pools.orders.connector.nodelay` cannot be changed while the pool lives
 --> pool.toml:2:39
  |
2 | connector = { kind = \"tcp\", nodelay = false }
  |                                       ^^^^^
  = as long as this pool lives, it is true
  = what can be changed live: endpoints and their weights, limits, wait, dial, upkeep, lease, sizing, all policies
  = take it back; or restart; or give the pool another name: then this one is closed, and one of that name is started

nothing was changed";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_kind_and_a_source_of_endpoints_are_told_together() {
    let discovery = "discovery = { kind = \"file\", path = \"/nowhere/e.toml\" }";
    let told = refused(&pool("\"tcp\"", LISTED), &pool("\"redis\"", discovery)).await;
    assert!(told.contains("`pools.orders.connector.kind` cannot") && told.contains("it is \"tcp\""), "{told}");
    assert!(told.contains("`pools.orders.discovery` cannot") && told.contains("pool.toml:3:"), "{told}");
    let back = refused(&pool("\"tcp\"", discovery), &pool("\"tcp\"", LISTED)).await;
    assert!(back.contains("`pools.orders.endpoints` cannot") && back.contains("discovery by file"), "{back}");
    let other = discovery.replace("e.toml", "f.toml");
    let path = refused(&pool("\"tcp\"", discovery), &pool("\"tcp\"", &other)).await;
    assert!(path.contains("`pools.orders.discovery.path` cannot") && path.contains("/nowhere/e.toml"), "{path}");
}

#[tokio::test]
async fn a_secret_of_what_is_in_force_is_not_told() {
    let redis = |password: &str| {
        let connector = format!("\"redis\", password = \"{password}\"");
        pool(&connector, "endpoints = [\"127.0.0.1:1\"]")
    };
    let told = refused(&redis("hunter2"), &redis("correct horse")).await;
    assert!(told.contains("`pools.orders.connector.password` cannot"), "{told}");
    assert!(!told.contains("hunter2") && !told.contains("correct horse"), "{told}");
}

#[tokio::test]
async fn another_name_is_a_way_out() {
    let pools = pools(&pool("\"tcp\"", LISTED));
    let other = pool("\"tcp\", nodelay = false", LISTED).replace("orders", "orders2");
    let told = pools.reload(&load(&other)).expect("nothing that lives is changed");
    assert_eq!(told, ["orders2: started", "orders: closed, for the configuration no longer has it"]);
}
