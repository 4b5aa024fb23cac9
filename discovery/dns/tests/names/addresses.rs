//! Addresses of a host.

use std::time::Duration;

use pool_core::Discovery;
use pool_discovery_dns::Family;
use simple_dns::TYPE;
use tokio::time::timeout;

use crate::zone::Data::{Alias, V4, V6};
use crate::zone::{Mode, Zone};
use crate::{AMPLE, Watched, options, plain};

const NAME: &str = "orders.example:80";

fn watched(zone: &Zone) -> Watched {
    Watched::new(options(NAME, [zone.address()], |_| ()))
}

#[tokio::test]
async fn each_address_is_an_endpoint_and_changes_are_seen() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.2"), V4("10.0.0.1")]);
    let mut name = watched(&zone);
    assert_eq!(name.set().await, plain(&["10.0.0.1:80", "10.0.0.2:80"]));
    zone.set("orders.example", 0, [V4("10.0.0.1"), V4("10.0.0.2"), V4("10.0.0.1")]);
    name.silent().await;
    zone.set("orders.example", 0, [V4("10.0.0.3")]);
    assert_eq!(name.set().await, plain(&["10.0.0.3:80"]));
}

#[tokio::test]
async fn the_family_says_which_addresses_count() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.1"), V6("fd00::1")]);
    zone.set("old.example", 0, [V4("10.0.0.1")]);
    zone.set("new.example", 0, [V6("fd00::1")]);
    let (four, six) = (plain(&["10.0.0.1:80"]), plain(&["[fd00::1]:80"]));
    let both = plain(&["10.0.0.1:80", "[fd00::1]:80"]);
    for (family, orders, old, new) in [
        (Family::PreferV4, Some(&four), Some(&four), Some(&six)),
        (Family::PreferV6, Some(&six), Some(&four), Some(&six)),
        (Family::V4, Some(&four), Some(&four), None),
        (Family::V6, Some(&six), None, Some(&six)),
        (Family::Both, Some(&both), Some(&four), Some(&six)),
    ] {
        for (name, expected) in [("orders.example:80", orders), ("old.example:80", old), ("new.example:80", new)] {
            let mut name = Watched::new(options(name, [zone.address()], |options| options.family = family));
            match expected {
                Some(expected) => assert_eq!(name.set().await, *expected, "{family:?}"),
                None => assert!(name.error().await.contains("record of"), "{family:?}"),
            }
        }
    }
}

#[tokio::test]
async fn aliases_are_followed_by_the_server_or_by_us() {
    for mode in [Mode::Answers, Mode::AnswersLess] {
        let zone = Zone::start();
        zone.be(mode);
        zone.set("orders.example", 0, [Alias("a.example")]);
        zone.set("a.example", 0, [Alias("b.example")]);
        zone.set("b.example", 0, [V4("10.0.0.1")]);
        let mut name = watched(&zone);
        assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
        zone.set("a.example", 0, [Alias("c.example")]);
        zone.set("c.example", 0, [V4("10.0.0.9")]);
        assert_eq!(name.set().await, plain(&["10.0.0.9:80"]));
    }
}

#[tokio::test]
async fn aliases_that_go_in_a_circle_end() {
    let zone = Zone::start();
    zone.be(Mode::AnswersLess);
    zone.set("orders.example", 0, [Alias("a.example")]);
    zone.set("a.example", 0, [Alias("orders.example")]);
    let error = watched(&zone).error().await;
    assert!(error.contains("aliases lead on and on"), "{error}");
}

#[tokio::test]
async fn what_has_a_ttl_is_not_asked_for_before_it_is_over_nor_after_the_longest_interval() {
    let zone = Zone::start();
    zone.set("orders.example", 2, [V4("10.0.0.1")]);
    let mut name = watched(&zone);
    name.set().await;
    name.silent().await;
    assert_eq!(zone.asked().len(), 1, "two seconds are not over");
    zone.set("orders.example", 3600, [V4("10.0.0.2")]);
    assert_eq!(name.set().await, plain(&["10.0.0.2:80"]));
    name.silent().await;
    assert_eq!(zone.asked().len(), 2, "an hour is not over");

    let short = |options: &mut pool_discovery_dns::DnsOptions| options.max_interval = Duration::from_millis(200).into();
    let mut name = Watched::new(options(NAME, [zone.address()], short));
    name.set().await;
    name.silent().await;
    assert!(zone.asked().len() > 4, "at most this long: {}", zone.asked().len());
}

#[tokio::test]
async fn a_ttl_of_nothing_is_asked_for_at_the_shortest_interval() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    let mut name = watched(&zone);
    name.set().await;
    name.silent().await;
    let asked = zone.asked().len();
    assert!((3..=11).contains(&asked), "every 100 ms for a second: {asked}");
}

#[tokio::test]
async fn what_is_too_long_for_udp_is_asked_for_by_tcp() {
    let zone = Zone::start();
    zone.be(Mode::Cuts);
    zone.set("orders.example", 60, [V4("10.0.0.1")]);
    assert_eq!(watched(&zone).set().await, plain(&["10.0.0.1:80"]));
    let asked: Vec<_> = zone.asked().into_iter().map(|asked| (asked.kind, asked.by_tcp)).collect();
    assert_eq!(asked, [(TYPE::A, false), (TYPE::A, true)]);
}

#[tokio::test]
async fn a_dropped_call_loses_no_change() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    let mut name = watched(&zone);
    drop(name.source.next());
    assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
    zone.set("orders.example", 0, [V4("10.0.0.2")]);
    let seen = async {
        // Given up at every moment of the wait and of the look-up.
        for patience in (0..).map(Duration::from_millis) {
            if let Ok(news) = timeout(patience, name.source.next()).await {
                return news.expect("a set");
            }
        }
        unreachable!("patience grows");
    };
    let seen = timeout(AMPLE, seen).await.expect("the change comes");
    assert_eq!(seen[0].address, "10.0.0.2:80");
}
