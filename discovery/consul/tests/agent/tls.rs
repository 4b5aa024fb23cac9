//! An agent that speaks HTTPS.

use clearpool_servers::{Authority, Consul, ConsulServer};
use pool_connector_tcp::TlsOptions;
use pool_discovery_consul::ConsulOptions;

use crate::{Watched, but, instance, named};

fn over_tls(agent: &ConsulServer, tls: TlsOptions) -> Watched {
    let address = format!("https://localhost:{}", agent.https().port());
    Watched::new(but(ConsulOptions::new("orders").address(address), |options| options.tls = Some(tls)))
}

#[tokio::test]
async fn an_agent_is_asked_over_tls_if_it_is_who_it_should_be() {
    let Some(consul) = Consul::find() else { return };
    let (authority, other) = (Authority::new(), Authority::new());
    let agent = consul.with_tls(&authority.server(), None).start();
    agent.register(&instance("orders", "a", 1));
    let mut service = over_tls(&agent, TlsOptions::new(authority.roots()));
    assert_eq!(service.set().await, named(&[("a", 1)]));
    agent.register(&instance("orders", "a", 2));
    assert_eq!(service.set().await, named(&[("a", 2)]));

    let error = over_tls(&agent, TlsOptions::new(other.roots())).error().await;
    assert!(error.contains("because of a certificate"), "{error}");
    let error = over_tls(&agent, TlsOptions::new(authority.roots()).server_name("elsewhere.example")).error().await;
    assert!(error.contains("because of a certificate"), "{error}");

    let plain = format!("https://{}", agent.address());
    let options = but(ConsulOptions::new("orders"), |options| options.tls = Some(TlsOptions::new(authority.roots())));
    let error = Watched::new(options.address(plain)).error().await;
    assert!(error.contains("does it speak TLS?"), "{error}");
}

#[tokio::test]
async fn an_agent_may_want_a_certificate_of_its_clients() {
    let Some(consul) = Consul::find() else { return };
    let authority = Authority::new();
    let agent = consul.with_tls(&authority.server(), Some(&authority.roots())).start();
    agent.register(&instance("orders", "a", 1));
    let ours = authority.client();
    let mut service = over_tls(&agent, TlsOptions::new(authority.roots()).client(ours.certificate, ours.key));
    assert_eq!(service.set().await, named(&[("a", 1)]));
    let error = over_tls(&agent, TlsOptions::new(authority.roots())).error().await;
    assert!(error.contains("cannot ask the Consul agent"), "{error}");
}
