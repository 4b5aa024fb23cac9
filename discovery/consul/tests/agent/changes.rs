//! Instances come, go and change.

use pool_core::Discovery;
use pool_discovery_consul::Health;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

use crate::{AMPLE, Watched, but, instance, named, options, shared};

#[tokio::test]
async fn instances_come_and_go_and_keep_their_names() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("come-and-go", "a-1", 1));
    let mut service = Watched::of(agent, "come-and-go");
    assert_eq!(service.set().await, named(&[("a-1", 1)]));
    agent.register(&instance("come-and-go", "a-2", 2));
    assert_eq!(service.set().await, named(&[("a-1", 1), ("a-2", 2)]));
    agent.register(&instance("come-and-go", "a-1", 3));
    assert_eq!(service.set().await, named(&[("a-1", 3), ("a-2", 2)]), "the name stays, the address does not");
    agent.deregister("a-1");
    assert_eq!(service.set().await, named(&[("a-2", 2)]));
    service.silent().await;
}

#[tokio::test]
async fn an_instance_whose_check_fails_leaves_until_it_passes() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("sick", "b-1", 1));
    agent.register(&instance("sick", "b-2", 2));
    let mut service = Watched::of(agent, "sick");
    assert_eq!(service.set().await, named(&[("b-1", 1), ("b-2", 2)]));
    agent.check("b-1", "fail");
    assert_eq!(service.set().await, named(&[("b-2", 2)]));
    agent.check("b-1", "warn");
    service.silent().await;
    agent.check("b-1", "pass");
    assert_eq!(service.set().await, named(&[("b-1", 1), ("b-2", 2)]));
    agent.put("/v1/agent/service/maintenance/b-2?enable=true", &json!(null));
    assert_eq!(service.set().await, named(&[("b-1", 1)]), "maintenance is a check that fails");
    agent.put("/v1/agent/service/maintenance/b-2?enable=false", &json!(null));
    assert_eq!(service.set().await, named(&[("b-1", 1), ("b-2", 2)]));
}

#[tokio::test]
async fn weights_follow_what_is_registered_and_how_checks_are() {
    let Some(agent) = shared() else { return };
    let weighing = |id: &str, passing: u32, warning: u32| {
        let mut instance = instance("weights", id, 1);
        instance["Weights"] = json!({ "Passing": passing, "Warning": warning });
        agent.register(&instance);
    };
    weighing("c-1", 10, 2);
    weighing("c-2", 5, 0);
    let mut service = Watched::new(but(options(agent, "weights"), |options| options.health = Health::PassingOrWarning));
    service.until_weights(&[("c-1", 10), ("c-2", 5)]).await;
    agent.check("c-1", "warn");
    service.until_weights(&[("c-1", 2), ("c-2", 5)]).await;
    agent.check("c-2", "warn");
    service.until_weights(&[("c-1", 2), ("c-2", 0)]).await;
    agent.check("c-1", "pass");
    service.until_weights(&[("c-1", 10), ("c-2", 0)]).await;
    weighing("c-2", 7, 1);
    service.until_weights(&[("c-1", 10), ("c-2", 1)]).await;
    agent.check("c-2", "pass");
    service.until_weights(&[("c-1", 10), ("c-2", 7)]).await;
    agent.check("c-1", "fail");
    service.until_weights(&[("c-2", 7)]).await;
}

#[tokio::test]
async fn metadata_is_told_and_its_change_is_news() {
    let Some(agent) = shared() else { return };
    let mut one = instance("meta", "d-1", 1);
    one["Meta"] = json!({ "zone": "eu-1" });
    one["Tags"] = json!(["v2", "role=db"]);
    agent.register(&one);
    let mut service = Watched::of(agent, "meta");
    let metadata = service.next().await.expect("a set").remove(0).metadata;
    let told = ["zone", "role", "tags", "node", "datacenter"].map(|key| metadata[key].as_str());
    assert_eq!(told, ["eu-1", "db", "v2,role=db", "one", "dc1"]);
    one["Meta"] = json!({ "zone": "eu-2" });
    agent.register(&one);
    assert_eq!(service.next().await.expect("a set")[0].metadata["zone"], "eu-2");
}

#[tokio::test]
async fn what_changes_no_endpoint_is_no_news() {
    let Some(agent) = shared() else { return };
    let mut one = instance("same", "e-1", 1);
    agent.register(&one);
    let mut service = Watched::of(agent, "same");
    assert_eq!(service.set().await, named(&[("e-1", 1)]));
    let before = agent.answered("/health/service/same");
    one["EnableTagOverride"] = json!(true);
    agent.register(&one);
    service.silent().await;
    assert!(agent.answered("/health/service/same") > before, "Consul did answer");
}

#[tokio::test]
async fn a_dropped_call_loses_no_change() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("dropped", "f-1", 1));
    let mut service = Watched::of(agent, "dropped");
    drop(service.source.next());
    assert_eq!(service.set().await, named(&[("f-1", 1)]));
    for port in 2..6 {
        agent.register(&instance("dropped", "f-1", port));
        let seen = async {
            // Given up at every moment of a query.
            for patience in (0..).map(Duration::from_millis) {
                if let Ok(news) = timeout(patience, service.source.next()).await {
                    return news.expect("a set");
                }
            }
            unreachable!("patience grows");
        };
        let seen = timeout(AMPLE, seen).await.expect("the change comes");
        assert_eq!(seen[0].address, format!("127.0.0.1:{port}"));
    }
}
