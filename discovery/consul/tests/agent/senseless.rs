//! Registrations that make no sense, and that Consul takes all the same.

use serde_json::json;

use crate::{Watched, instance, named, options, shared};

#[tokio::test]
async fn a_port_that_is_none_costs_its_own_instance_only() {
    let Some(agent) = shared() else { return };
    for (name, port) in [("port-beyond", 70_000), ("port-below", -1)] {
        let [good, odd, new] = ["good", "odd", "new"].map(|id| format!("{name}-{id}"));
        agent.register(&instance(name, &good, 1));
        let mut service = Watched::new(options(agent, name));
        assert_eq!(service.set().await, named(&[(&good, 1)]));
        let mut wrong = instance(name, &odd, 0);
        wrong["Port"] = json!(port);
        agent.register(&wrong);
        let error = service.error().await;
        assert!(error.contains(&format!("`one/{odd}` (its port is {port})")), "{error}");
        agent.register(&instance(name, &new, 2));
        assert_eq!(service.set().await, named(&[(&good, 1), (&new, 2)]), "and the others change");
        service.error().await;
        agent.deregister(&odd);
        assert_eq!(service.set().await, named(&[(&good, 1), (&new, 2)]), "so that it is known to be over");
    }
}
