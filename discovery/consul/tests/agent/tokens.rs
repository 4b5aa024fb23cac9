//! An agent that wants a token.

use std::fs;

use clearpool_servers::{Consul, ConsulServer};
use pool_core::Secret;
use serde_json::{Value, json};

use crate::{Watched, but, instance, named, options};

const WRONG: &str = "0badc0de-0000-4000-8000-000000000000";

/// An agent that lets nobody do anything without a token, and has one instance of `orders`.
fn locked() -> Option<ConsulServer> {
    let agent = Consul::find()?.with_tokens().start();
    agent.register(&instance("orders", "a", 1));
    Some(agent)
}

/// A token that may read what these rules say.
fn token_for(agent: &ConsulServer, name: &str, rules: &str) -> String {
    agent.put("/v1/acl/policy", &json!({ "Name": name, "Rules": rules }));
    let token: Value = agent.put("/v1/acl/token", &json!({ "Policies": [{ "Name": name }] }));
    token["SecretID"].as_str().expect("a token").to_owned()
}

const MAY_READ: &str = "service \"orders\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }";

#[tokio::test]
async fn the_right_token_reads_a_wrong_one_is_refused_and_none_sees_nothing() {
    let Some(agent) = locked() else { return };
    let with = |token: &str| but(options(&agent, "orders"), |options| options.token = Some(Secret::new(token)));

    let right = token_for(&agent, "read-orders", MAY_READ);
    let mut service = Watched::new(with(&right));
    assert_eq!(service.set().await, named(&[("a", 1)]));
    agent.register(&instance("orders", "b", 2));
    assert_eq!(service.set().await, named(&[("a", 1), ("b", 2)]));

    let mut refused = Watched::new(with(WRONG));
    let error = refused.error().await;
    assert!(error.contains("refuses the token") && error.contains("`service:read` on `orders`"), "{error}");
    assert!(!error.contains(WRONG), "{error}");
    refused.silent().await;

    // What may not be read is left out of the answer, so that it looks like none.
    let blind = token_for(&agent, "read-bills", "service \"bills\" { policy = \"read\" }");
    for options in [with(&blind), options(&agent, "orders")] {
        let error = Watched::new(options).error().await;
        assert!(error.contains("no instance of `orders`") && error.contains("may the token read it"), "{error}");
    }
}

#[tokio::test]
async fn a_token_in_a_file_may_be_changed() {
    let Some(agent) = locked() else { return };
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("token");
    let mut service = Watched::new(but(options(&agent, "orders"), |options| options.token_file = Some(file.clone())));
    let error = service.error().await;
    assert!(error.contains(&file.display().to_string()), "{error}");
    fs::write(&file, "\n").expect("a file");
    assert!(service.error().await.contains("cannot be a token"));
    fs::write(&file, WRONG).expect("a file");
    assert!(service.error().await.contains("refuses the token"));
    fs::write(&file, format!("{}\n", token_for(&agent, "read-orders", MAY_READ))).expect("a file");
    assert_eq!(service.set().await, named(&[("a", 1)]));
}

#[tokio::test]
async fn a_token_that_is_taken_away_is_told_of_and_the_set_stays() {
    let Some(agent) = locked() else { return };
    let token = token_for(&agent, "read-orders", MAY_READ);
    let mut options = but(options(&agent, "orders"), |options| options.token = Some(Secret::new(&token)));
    options.wait = std::time::Duration::from_secs(1).into();
    let mut service = Watched::new(options);
    assert_eq!(service.set().await, named(&[("a", 1)]));
    let accessor = agent_token(&agent, &token);
    agent.delete(&format!("/v1/acl/token/{accessor}"));
    let error = service.error().await;
    assert!(error.contains("refuses the token") || error.contains("no instance"), "{error}");
}

fn agent_token(agent: &ConsulServer, token: &str) -> String {
    let path = format!("/v1/acl/token/self?token={token}");
    let answer = clearpool_servers::http::get(agent.address(), &path).expect("it answers");
    let told: Value = serde_json::from_str(&answer.body).expect("JSON");
    told["AccessorID"].as_str().expect("a name").to_owned()
}
