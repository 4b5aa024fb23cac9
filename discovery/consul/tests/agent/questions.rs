//! What is asked for, and what the agent makes of it.

use std::io::{Read, Write};
use std::net::TcpListener;

use pool_discovery_consul::{Consistency, ConsulDiscovery, ConsulOptions};
use serde_json::json;

use crate::{Watched, but, instance, named, options, shared};

#[tokio::test]
async fn tags_must_all_match() {
    let Some(agent) = shared() else { return };
    for (id, port, tags) in [("s-1", 1, json!(["v2"])), ("s-2", 2, json!(["v2", "a & b"])), ("s-3", 3, json!([]))] {
        let mut one = instance("tags", id, port);
        one["Tags"] = tags;
        agent.register(&one);
    }
    let with = |tags: &[&str]| {
        let tags = tags.iter().map(ToString::to_string).collect();
        Watched::new(but(options(agent, "tags"), |options| options.tags = tags))
    };
    assert_eq!(with(&[]).set().await, named(&[("s-1", 1), ("s-2", 2), ("s-3", 3)]));
    assert_eq!(with(&["v2"]).set().await, named(&[("s-1", 1), ("s-2", 2)]));
    assert_eq!(with(&["a & b", "v2"]).set().await, named(&[("s-2", 2)]));
    let error = with(&["v3"]).error().await;
    assert!(error.contains("no instance of `tags` with such tags"), "{error}");
}

#[tokio::test]
async fn filters_and_the_node_s_metadata_are_consul_s_to_judge() {
    let Some(agent) = shared() else { return };
    for (id, port, version) in [("t-1", 1, "1"), ("t-2", 2, "2")] {
        let mut one = instance("filters", id, port);
        one["Meta"] = json!({ "version": version });
        agent.register(&one);
    }
    let filter =
        |filter: &str| Watched::new(but(options(agent, "filters"), |options| options.filter = Some(filter.to_owned())));
    assert_eq!(filter("Service.Meta.version == \"2\"").set().await, named(&[("t-2", 2)]));
    let error = filter("Sevice == 2").error().await;
    assert!(error.contains("does not understand `filter`") && error.contains("Sevice"), "{error}");

    let node_meta = [("rack".to_owned(), "r9".to_owned())].into();
    let error = Watched::new(but(options(agent, "filters"), |options| options.node_meta = node_meta)).error().await;
    assert!(error.contains("no instance"), "{error}");
}

#[tokio::test]
async fn a_datacenter_is_asked_for_by_its_name() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("centers", "u-1", 1));
    let of =
        |name: &str| Watched::new(but(options(agent, "centers"), |options| options.datacenter = Some(name.to_owned())));
    assert_eq!(of("dc1").set().await, named(&[("u-1", 1)]));
    let mut mars = of("mars");
    let error = mars.error().await;
    assert!(error.contains("no way to the datacenter `mars`"), "{error}");
    mars.silent().await;
}

#[tokio::test]
async fn every_consistency_gives_the_same_when_all_is_well() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("fresh", "v-1", 1));
    for (consistency, sign) in [
        (Consistency::Stale, "/health/service/fresh?stale"),
        (Consistency::Default, "url=/v1/health/service/fresh from"),
        (Consistency::Consistent, "/health/service/fresh?consistent"),
    ] {
        let mut service = Watched::new(but(options(agent, "fresh"), |options| options.consistency = consistency));
        assert_eq!(service.set().await, named(&[("v-1", 1)]));
        let asked = || (agent.answered(sign) > 0).then_some(());
        clearpool_servers::eventually(sign, asked);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_agent_may_be_asked_over_a_unix_socket() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("unix", "w-1", 1));
    let mut service = Watched::new(options(agent, "unix").address(format!("unix://{}", agent.socket().display())));
    assert_eq!(service.set().await, named(&[("w-1", 1)]));
    agent.register(&instance("unix", "w-1", 2));
    assert_eq!(service.set().await, named(&[("w-1", 2)]));
}

#[tokio::test]
async fn a_name_that_means_something_in_a_url_is_a_name() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("a/b c?d", "x-1", 1));
    assert_eq!(Watched::of(agent, "a/b c?d").set().await, named(&[("x-1", 1)]));
}

/// Somebody who answers every question with this, whoever asks.
fn serve_always(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[tokio::test]
async fn somebody_else_at_that_address_is_not_taken_for_consul() {
    for (answer, why) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "is that Consul?"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnope!", "status 404 (it says: nope!)"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "does not answer in HTTP"),
    ] {
        let address = serve_always(answer);
        let mut service = Watched::new(ConsulOptions::new("orders").address(format!("http://{address}")));
        let error = service.error().await;
        assert!(error.contains(why) && error.contains(&address), "{error}");
    }
}

#[tokio::test]
async fn a_newer_consul_says_that_there_is_what_may_not_be_read() {
    let address = serve_always(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Consul-Index: 7\r\nX-Consul-Results-Filtered-By-ACLs: true\r\n\r\n[]",
    );
    let error = Watched::new(ConsulOptions::new("orders").address(address)).error().await;
    assert!(error.contains("the token may not read it"), "{error}");
}

#[test]
fn options_are_read_and_refused() {
    let parse = |json: serde_json::Value| serde_json::from_value::<ConsulOptions>(json);
    assert_eq!(parse(json!({ "service": "orders" })).expect("enough"), ConsulOptions::new("orders"));
    assert!(parse(json!({})).expect_err("no service").to_string().contains("`service`"));
    let unknown = parse(json!({ "service": "orders", "tag": "v2" })).expect_err("unknown");
    assert!(unknown.to_string().contains("`tag`") && unknown.to_string().contains("`tags`"), "{unknown}");

    for (options, key) in [
        (json!({ "service": "" }), "service"),
        (json!({ "service": "a", "address": "http://me:s3cret@consul" }), "address"),
        (json!({ "service": "a", "wait": "11m" }), "wait"),
        (json!({ "service": "a", "wait": "0s" }), "wait"),
        (json!({ "service": "a", "timeout": "0s" }), "timeout"),
        (json!({ "service": "a", "timeout": "never" }), "timeout"),
        (json!({ "service": "a", "min_interval": "1ms" }), "min_interval"),
        (json!({ "service": "a", "token": "s3cret", "token_file": "t" }), "token_file"),
        (json!({ "service": "a", "token": "s3cret\n" }), "token"),
        (json!({ "service": "a", "token_file": "" }), "token_file"),
        (json!({ "service": "a", "socket": { "keepalive": "1ms" } }), "socket.keepalive"),
        (json!({ "service": "a", "tls": {} }), "tls"),
    ] {
        let error = ConsulDiscovery::new(parse(options.clone()).expect("well-formed")).expect_err("no sense");
        assert_eq!(error.path.join("."), key, "{options}: {error}");
        assert!(!format!("{error:?} {error}").contains("s3cret"), "{error}");
    }
}

#[test]
fn the_token_is_in_nothing_that_is_shown() {
    let options: ConsulOptions =
        serde_json::from_value(json!({ "service": "a", "token": "s3cret" })).expect("well-formed");
    let source = ConsulDiscovery::new(options.clone()).expect("good options");
    let shown = format!("{options:?} {source:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}
