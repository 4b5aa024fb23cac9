//! A server that has no place left.

use clearpool_servers::Postgres;
use pool_core::{Connector, ErrorClass};

use crate::{connector, dial, pool_with, until};

#[tokio::test]
async fn a_pool_gets_on_when_a_full_server_has_places_again() {
    let Some(found) = Postgres::find() else { return };
    let server = found.set("max_connections", "3").set("superuser_reserved_connections", "0").start();
    let connector = connector(|_| {});
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(dial(&connector, server.address()).await.expect("there is a place"));
    }
    let error = dial(&connector, server.address()).await.expect_err("there is none");
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
    assert!(error.to_string().contains("53300); lower `limits.max_open`"), "{error}");

    let pool = pool_with(server.address(), connector, |options| options.limits.max_open = 3);
    let error = pool.acquire().await.expect_err("there is no place");
    assert!(error.is_transient() && error.to_string().contains("53300"), "{error}");
    drop(others);
    until("a place", async || pool.acquire().await.is_ok()).await;
    let mut conns = Vec::new();
    until("all places", async || {
        conns.extend(pool.acquire().await.ok());
        conns.len() == 3
    })
    .await;
}
