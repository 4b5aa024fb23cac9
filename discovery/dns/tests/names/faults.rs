//! Names that are gone, servers that fail, are silent, or are mimicked.

use std::net::UdpSocket;
use std::time::Duration;

use pool_discovery_dns::DnsOptions;
use simple_dns::RCODE;

use crate::zone::Data::{V4, V6};
use crate::zone::{Mode, Zone};
use crate::{Watched, options, plain};

const NAME: &str = "orders.example:80";

fn soon(options: &mut DnsOptions) {
    options.timeout = Duration::from_millis(300).into();
}

#[tokio::test]
async fn a_name_that_goes_leaves_the_last_endpoints_and_is_told_of_once() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    let mut name = Watched::new(options(NAME, [zone.address()], |options| {
        // Else the next look is when the zone says that nothing is no longer nothing.
        options.max_interval = Duration::from_millis(200).into();
    }));
    assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
    zone.set("orders.example", 0, []);
    let error = name.error().await;
    assert!(error.contains("there is no name `orders.example`; the last endpoints stay"), "{error}");
    name.silent().await;
    zone.set("orders.example", 0, [V6("fd00::1")]);
    assert_eq!(name.set().await, plain(&["[fd00::1]:80"]));
    zone.set("orders.example", 0, []);
    name.error().await;
    zone.set("orders.example", 0, [V6("fd00::1")]);
    assert_eq!(name.set().await, plain(&["[fd00::1]:80"]), "the same again, so that it is known to be over");
}

#[tokio::test]
async fn a_name_that_stays_away_empties_the_set_where_that_is_wanted() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    let mut name = Watched::new(options(NAME, [zone.address()], |options| {
        options.empty_after = Duration::from_millis(500).into();
        options.max_interval = Duration::from_millis(200).into();
    }));
    assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
    zone.set("orders.example", 0, []);
    assert!(name.error().await.ends_with("the last endpoints stay"));
    assert_eq!(name.set().await, []);
    let error = name.error().await;
    assert!(error.ends_with("there is no name `orders.example`"), "why the set is empty: {error}");
    name.silent().await;
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
}

#[tokio::test]
async fn a_name_that_was_never_there_is_a_mistake_until_it_is() {
    let zone = Zone::start();
    let often = |options: &mut DnsOptions| options.max_interval = Duration::from_millis(200).into();
    let mut name = Watched::new(options(NAME, [zone.address()], often));
    let error = name.error().await;
    assert!(error.contains("nothing under `orders.example`") && !error.contains("stay"), "{error}");
    name.silent().await;
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
}

#[tokio::test]
async fn a_server_that_fails_changes_nothing_and_is_told_of_once() {
    let zone = Zone::start();
    zone.set("orders.example", 0, [V4("10.0.0.1")]);
    let mut name = Watched::new(options(NAME, [zone.address()], soon));
    assert_eq!(name.set().await, plain(&["10.0.0.1:80"]));
    for (mode, said) in [
        (Mode::Refuses(RCODE::ServerFailure), "SERVFAIL"),
        (Mode::Refuses(RCODE::Refused), "REFUSED"),
        (Mode::IsSilent, "no answer within 300ms"),
    ] {
        zone.be(mode);
        let error = name.error().await;
        assert!(error.contains(said) && error.contains(&zone.address()), "{error}");
        name.silent().await;
        zone.be(Mode::Answers);
        assert_eq!(name.set().await, plain(&["10.0.0.1:80"]), "the same again, so that it is known to be over");
    }
}

#[tokio::test]
async fn the_next_server_is_asked_when_one_cannot_tell() {
    let zone = Zone::start();
    zone.set("orders.example", 60, [V4("10.0.0.1")]);
    let (failing, silent) = (Zone::start(), Zone::start());
    failing.be(Mode::Refuses(RCODE::ServerFailure));
    silent.be(Mode::IsSilent);
    // Bound and given up again: nobody is there.
    let nobody = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").to_string();
    let servers = [nobody.clone(), failing.address(), silent.address(), zone.address()];
    assert_eq!(Watched::new(options(NAME, servers, soon)).set().await, plain(&["10.0.0.1:80"]));
    assert_eq!((failing.asked().len(), silent.asked().len(), zone.asked().len()), (1, 1, 1));
    let error = Watched::new(options(NAME, [nobody.clone(), failing.address()], soon)).error().await;
    for part in ["cannot look up `orders.example`", &nobody, "nobody serves DNS there", "SERVFAIL"] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

#[tokio::test]
async fn an_answer_from_somebody_else_does_not_count() {
    let zone = Zone::start();
    zone.be(Mode::IsMimicked);
    zone.set("orders.example", 60, [V4("10.0.0.1")]);
    assert_eq!(Watched::new(options(NAME, [zone.address()], |_| ())).set().await, plain(&["10.0.0.1:80"]));
}

#[tokio::test]
async fn a_server_that_is_older_than_edns_is_asked_without() {
    let zone = Zone::start();
    zone.be(Mode::IsOld);
    zone.set("orders.example", 60, [V4("10.0.0.1")]);
    assert_eq!(Watched::new(options(NAME, [zone.address()], |_| ())).set().await, plain(&["10.0.0.1:80"]));
    assert_eq!(zone.asked().len(), 2);
}
