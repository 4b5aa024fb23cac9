//! The agent is killed, paused, emptied, cut off.

use std::time::Duration;

use clearpool_servers::{Consul, FaultProxy};

use crate::{Watched, but, instance, named, options, shared};

#[tokio::test]
async fn an_agent_that_is_killed_is_told_of_once_and_heard_again_when_it_is_back() {
    let Some(consul) = Consul::find() else { return };
    let mut agent = consul.start();
    agent.register(&instance("orders", "a", 1));
    // Else it would not pass after the restart: what was never said is not kept.
    agent.check("a", "pass");
    let mut service = Watched::of(&agent, "orders");
    assert_eq!(service.set().await, named(&[("a", 1)]));
    agent.process().kill();
    let error = service.error().await;
    let address = agent.address().to_string();
    assert!(error.contains("it cannot be reached") && error.contains(&address), "{error}");
    service.silent().await;
    agent.restart();
    // On its way up it may have to say that it has no leader yet.
    while let Err(told) = service.next().await {
        assert!(told.contains("leader"), "{told}");
    }
    agent.register(&instance("orders", "b", 2));
    assert_eq!(service.set().await, named(&[("a", 1), ("b", 2)]));
}

#[tokio::test]
async fn an_agent_whose_server_dies_has_no_answer_and_is_told_of_once() {
    let Some(consul) = Consul::find() else { return };
    let mut server = consul.start();
    let agent = consul.start_beside(&server);
    agent.register(&instance("orders", "a", 1));
    let mut service = Watched::of(&agent, "orders");
    while service.next().await.map_or(0, |set| set.len()) < 1 {}
    server.process().kill();
    let error = service.error().await;
    assert!(error.contains("no server that answers"), "{error}");
    service.silent().await;
    server.restart();
    // A server that leads before it has met the other hosts again takes them off its list, until they register anew.
    let told = loop {
        match service.next().await {
            Err(told) => assert!(told.ends_with("the last endpoints stay for 1m") || told.contains("leader"), "{told}"),
            Ok(set) => break set,
        }
    };
    assert_eq!(told.len(), 1, "nothing was lost on the way");
    assert_eq!((told[0].id.as_str(), told[0].address.as_str()), ("two/a", "127.0.0.1:1"));
}

#[tokio::test]
async fn an_agent_that_has_lost_its_data_does_not_empty_the_pool() {
    let Some(consul) = Consul::find() else { return };
    let mut agent = consul.start();
    // Its index is to go far, so that it goes backwards.
    for port in 1..30 {
        agent.register(&instance("orders", "a", port));
    }
    let mut service = Watched::of(&agent, "orders");
    assert_eq!(service.set().await, named(&[("a", 29)]));
    agent.restart_empty();
    let told = loop {
        let told = service.error().await;
        if told.contains("no instance") {
            break told;
        }
    };
    assert!(told.ends_with("the last endpoints stay for 1m"), "{told}");
    agent.register(&instance("orders", "a", 29));
    assert_eq!(service.set().await, named(&[("a", 29)]), "nothing was lost on the way");
    agent.register(&instance("orders", "a", 30));
    assert_eq!(service.set().await, named(&[("a", 30)]), "and changes are seen, although the index began anew");
}

#[tokio::test]
async fn an_agent_that_is_paused_is_told_of_at_the_deadline() {
    let Some(consul) = Consul::find() else { return };
    let agent = consul.start();
    agent.register(&instance("orders", "a", 1));
    let second = Duration::from_secs(1).into();
    let mut service = Watched::new(but(options(&agent, "orders"), |options| {
        options.wait = second;
        options.timeout = second;
    }));
    assert_eq!(service.set().await, named(&[("a", 1)]));
    agent.process().pause();
    let error = service.error().await;
    assert!(error.contains("has not answered within"), "{error}");
    // Accepted by the system, and never answered.
    let mut new = Watched::new(but(options(&agent, "orders"), |options| options.timeout = second));
    let error = new.error().await;
    assert!(error.contains("has not answered within 1s"), "{error}");
    agent.process().resume();
    assert_eq!(service.set().await, named(&[("a", 1)]));
    assert_eq!(new.set().await, named(&[("a", 1)]));
}

#[tokio::test]
async fn a_line_that_is_cut_is_drawn_anew_and_nobody_is_told() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("cut", "p-1", 1));
    let proxy = FaultProxy::to(agent.address());
    let mut service = Watched::new(options(agent, "cut").address(format!("http://{}", proxy.address())));
    assert_eq!(service.set().await, named(&[("p-1", 1)]));
    service.silent().await;
    for port in 2..5 {
        proxy.cut();
        agent.register(&instance("cut", "p-1", port));
        assert_eq!(service.set().await, named(&[("p-1", port)]));
    }
}

#[tokio::test]
async fn one_connection_serves_query_after_query() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("kept-line", "q-1", 1));
    let proxy = FaultProxy::to(agent.address());
    let mut service = Watched::new(options(agent, "kept-line").address(format!("http://{}", proxy.address())));
    service.set().await;
    for port in 2..6 {
        agent.register(&instance("kept-line", "q-1", port));
        assert_eq!(service.set().await, named(&[("q-1", port)]));
    }
    assert_eq!(proxy.accepted(), 1);
    drop(service);
    clearpool_servers::eventually("the connection to be closed", || (proxy.open() == 0).then_some(()));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_a_mistake_and_the_next_whole_one_counts() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("half", "r-1", 1));
    let proxy = FaultProxy::to(agent.address());
    proxy.cut_after(Some(400));
    let mut service = Watched::new(options(agent, "half").address(format!("http://{}", proxy.address())));
    let error = service.error().await;
    assert!(error.contains("does not answer in HTTP"), "{error}");
    service.silent().await;
    proxy.cut_after(None);
    assert_eq!(service.set().await, named(&[("r-1", 1)]));
}

#[test]
fn a_source_goes_on_in_another_runtime_when_its_own_is_gone() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("runtimes", "y-1", 1));
    let mut service = Watched::of(agent, "runtimes");
    for port in 1..4 {
        agent.register(&instance("runtimes", "y-1", port));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        assert_eq!(runtime.block_on(service.set()), named(&[("y-1", port)]));
    }
}
