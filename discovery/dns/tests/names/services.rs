//! Servers of a service.

use pool_discovery_dns::Family;
use simple_dns::TYPE;

use crate::zone::Data::{Alias, Server, V4, V6};
use crate::zone::{Mode, Zone};
use crate::{Watched, options, plain, weighed};

const SERVICE: &str = "_grpc._tcp.example";

fn watched(zone: &Zone) -> Watched {
    Watched::new(options(SERVICE, [zone.address()], |_| ()))
}

/// A zone with two targets.
fn two() -> Zone {
    let zone = Zone::start();
    zone.set("a.example", 0, [V4("10.0.0.1")]);
    zone.set("b.example", 0, [V4("10.0.0.2")]);
    zone
}

#[tokio::test]
async fn ports_and_weights_come_from_the_records_and_change_with_them() {
    let zone = two();
    zone.set(SERVICE, 0, [Server(1, 10, 7001, "a.example"), Server(1, 30, 7002, "b.example")]);
    let mut service = watched(&zone);
    let set = service.next().await.expect("a set");
    assert_eq!((set[0].address.as_str(), set[0].weight), ("10.0.0.1:7001", 10));
    assert_eq!((set[1].address.as_str(), set[1].weight), ("10.0.0.2:7002", 30));
    assert_eq!((set[0].metadata["target"].as_str(), set[0].metadata["priority"].as_str()), ("a.example", "1"));
    zone.set(SERVICE, 0, [Server(1, 20, 7001, "a.example"), Server(1, 30, 7002, "b.example")]);
    assert_eq!(service.set().await, weighed(&[("10.0.0.1:7001", 20), ("10.0.0.2:7002", 30)]));
    zone.set("b.example", 0, [V4("10.0.0.3")]);
    assert_eq!(service.set().await, weighed(&[("10.0.0.1:7001", 20), ("10.0.0.3:7002", 30)]));
    zone.set(SERVICE, 0, [Server(1, 0, 7001, "a.example"), Server(1, 0, 7002, "b.example")]);
    assert_eq!(service.set().await, plain(&["10.0.0.1:7001", "10.0.0.3:7002"]), "none weighs anything");
}

#[tokio::test]
async fn only_the_first_priority_serves_and_the_next_when_it_has_no_address() {
    let zone = two();
    zone.set("c.example", 0, [V4("10.0.0.3")]);
    zone.set(
        SERVICE,
        0,
        [Server(20, 1, 80, "c.example"), Server(10, 1, 80, "a.example"), Server(10, 1, 80, "b.example")],
    );
    let mut service = watched(&zone);
    assert_eq!(service.set().await, plain(&["10.0.0.1:80", "10.0.0.2:80"]));
    zone.set("a.example", 0, []);
    assert_eq!(service.set().await, plain(&["10.0.0.2:80"]));
    let error = service.error().await;
    assert!(error.contains("the server `a.example` has no address: there is no name"), "{error}");
    zone.set("b.example", 0, []);
    assert_eq!(service.set().await, plain(&["10.0.0.3:80"]));
    let error = service.error().await;
    assert!(error.contains("`a.example`") && error.contains("`b.example`"), "{error}");
    service.silent().await;
    zone.set("b.example", 0, [V4("10.0.0.2")]);
    assert_eq!(service.set().await, plain(&["10.0.0.2:80"]));
    service.error().await;
    zone.set("a.example", 0, [V4("10.0.0.1")]);
    assert_eq!(service.set().await, plain(&["10.0.0.1:80", "10.0.0.2:80"]));
    service.silent().await;
}

#[tokio::test]
async fn addresses_that_come_along_are_not_asked_for() {
    let zone = two();
    zone.be(Mode::AnswersMore);
    zone.set(SERVICE, 60, [Server(1, 1, 80, "a.example"), Server(1, 1, 81, "b.example")]);
    zone.set("a.example", 60, [V4("10.0.0.1"), V6("fd00::1")]);
    assert_eq!(watched(&zone).set().await, plain(&["10.0.0.1:80", "10.0.0.2:81"]));
    assert_eq!(zone.asked().iter().map(|asked| asked.kind).collect::<Vec<_>>(), [TYPE::SRV]);
    let six = |options: &mut pool_discovery_dns::DnsOptions| options.family = Family::PreferV6;
    let mut service = Watched::new(options(SERVICE, [zone.address()], six));
    assert_eq!(service.set().await, plain(&["10.0.0.2:81", "[fd00::1]:80"]), "they were of the other family");
}

#[tokio::test]
async fn two_servers_on_one_host_are_two_endpoints() {
    let zone = two();
    for mode in [Mode::Answers, Mode::AnswersMore] {
        zone.be(mode);
        zone.set(SERVICE, 0, [Server(1, 3, 80, "a.example"), Server(1, 1, 81, "a.example")]);
        assert_eq!(watched(&zone).set().await, weighed(&[("10.0.0.1:80", 3), ("10.0.0.1:81", 1)]), "{mode:?}");
    }
}

#[tokio::test]
async fn the_addresses_of_one_target_share_its_weight() {
    let zone = two();
    zone.set("a.example", 0, [V4("10.0.0.1"), V4("10.0.0.9")]);
    zone.set(SERVICE, 0, [Server(1, 4, 80, "a.example"), Server(1, 4, 80, "b.example")]);
    assert_eq!(watched(&zone).set().await, weighed(&[("10.0.0.1:80", 4), ("10.0.0.2:80", 8), ("10.0.0.9:80", 4)]));
}

#[tokio::test]
async fn a_service_that_is_decidedly_not_there_is_told_as_such() {
    let zone = two();
    zone.set(SERVICE, 0, [Server(0, 0, 0, ".")]);
    let error = watched(&zone).error().await;
    assert!(error.contains("decidedly not there"), "{error}");
}

#[tokio::test]
async fn services_and_targets_may_be_aliases() {
    let zone = two();
    zone.set(SERVICE, 0, [Alias("_grpc._tcp.elsewhere.example")]);
    zone.set("_grpc._tcp.elsewhere.example", 0, [Server(1, 1, 80, "c.example")]);
    zone.set("c.example", 0, [Alias("a.example")]);
    assert_eq!(watched(&zone).set().await, plain(&["10.0.0.1:80"]));
}

#[tokio::test]
async fn a_target_whose_look_up_fails_keeps_its_last_address() {
    let zone = two();
    zone.set(SERVICE, 0, [Server(1, 1, 80, "a.example"), Server(1, 1, 80, "b.example")]);
    let mut service = watched(&zone);
    assert_eq!(service.set().await, plain(&["10.0.0.1:80", "10.0.0.2:80"]));
    zone.be(Mode::FailsFor("b.example"));
    let error = service.error().await;
    assert!(error.contains("`b.example` has no address") && error.contains("SERVFAIL"), "{error}");
    service.silent().await;
    zone.set("a.example", 0, [V4("10.0.0.9")]);
    assert_eq!(service.set().await, plain(&["10.0.0.2:80", "10.0.0.9:80"]), "and the others change");
    service.error().await;
    zone.be(Mode::Answers);
    assert_eq!(service.set().await, plain(&["10.0.0.2:80", "10.0.0.9:80"]), "so that it is known to be over");
}

#[tokio::test]
async fn a_target_that_was_gone_has_no_last_address() {
    let zone = two();
    let (a, b) = (Server(1, 1, 80, "a.example"), Server(1, 1, 80, "b.example"));
    zone.set(SERVICE, 0, [a.clone(), b.clone()]);
    let mut service = watched(&zone);
    assert_eq!(service.set().await, plain(&["10.0.0.1:80", "10.0.0.2:80"]));
    zone.set(SERVICE, 0, [a.clone()]);
    assert_eq!(service.set().await, plain(&["10.0.0.1:80"]));
    zone.be(Mode::FailsFor("b.example"));
    zone.set(SERVICE, 0, [a, b]);
    // Who has its old address by now?
    let error = service.error().await;
    assert!(error.contains("`b.example` has no address"), "{error}");
    zone.be(Mode::Answers);
    assert_eq!(service.set().await, plain(&["10.0.0.1:80", "10.0.0.2:80"]));
}
