//! Endpoints: several, none, sick ones, and where they come from.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pool_core::{Discovery, DiscoveryError, DiscoveryFuture, Endpoint};
use pool_tokio::{AcquireError, AcquireOptions, Pool};
use tokio::sync::Notify;

use crate::script::{Dial, Scripted, builder, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn t24_an_endpoint_that_fails_fast_attracts_no_load() {
    let connector = Scripted::new();
    connector.script().down.push("b:1".to_owned());
    let pool = builder(&connector, options(8)).endpoints(["a:1", "b:1"]).build().expect("sound");
    for _ in 0..1000 {
        let lease = pool.acquire().await.expect("the other one serves");
        assert_eq!(lease.endpoint, "a:1");
        tokio::time::sleep(ms(1)).await;
    }
    let to_b = connector.script().dialed.iter().filter(|name| *name == "b:1").count();
    assert!(to_b <= 20, "{to_b} dials to the sick one in a second");
}

#[test]
fn t25_what_makes_no_sense_is_told_at_once_and_all_of_it() {
    let connector = Scripted::new();
    let none = Pool::builder(connector.clone()).build().expect_err("no endpoint");
    assert!(none.to_string().contains("endpoints"), "{none}");
    let mut absurd = options(0);
    absurd.dial.max_concurrent = 0;
    let endpoints = [Endpoint::new("a:1"), Endpoint::new(""), Endpoint::new("a:1")];
    let error = Pool::builder(connector.clone()).name("orders").endpoints(endpoints).options(absurd).build();
    let error = error.expect_err("nothing of it makes sense");
    let paths: Vec<_> = error.found.iter().map(|mistake| mistake.path.join(".")).collect();
    assert_eq!(paths, ["limits.max_open", "dial.max_concurrent", "endpoints.1.address", "endpoints.2"]);
    assert!(error.to_string().starts_with("pool `orders`: limits.max_open: "), "{error}");
    let weightless = [Endpoint::new("a:1").weight(0), Endpoint::new("b:1").weight(0)];
    let error = Pool::builder(connector).endpoints(weightless).build().expect_err("all weights zero");
    assert!(error.to_string().contains("weight"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn t25_more_endpoints_than_sixteen_bits_can_count() {
    let connector = Scripted::new();
    let endpoints: Vec<_> = (0..70_000u32).map(|n| Endpoint::new(format!("host-{n}:1"))).collect();
    let pool = builder(&connector, options(2)).endpoints(endpoints.clone()).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    pool.set_endpoints(endpoints[69_999..].to_vec()).expect("sound");
    assert_eq!(pool.acquire().await.expect("dialed").endpoint, "host-69999:1");
}

#[tokio::test(start_paused = true)]
async fn endpoints_can_all_go_and_come_back() {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    drop(pool.acquire().await.expect("dialed"));
    pool.set_endpoints(Vec::new()).expect("an empty set is sound");
    settle().await;
    assert_eq!(connector.alive(), 0);
    let error = pool.acquire().await.expect_err("nowhere to go");
    assert!(matches!(error, AcquireError::NoEndpoint { total: 0, .. }), "{error}");
    pool.set_endpoints(vec![Endpoint::new("b:1")]).expect("sound");
    assert_eq!(pool.acquire().await.expect("dialed").endpoint, "b:1");
    assert!(pool.set_endpoints(vec!["c:1".into(), "c:1".into()]).is_err());
    assert_eq!(pool.acquire().await.expect("idle").endpoint, "b:1");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_endpoint_picked_is_served_by_another_when_that_goes() {
    let connector = Scripted::new();
    connector.script().dials.extend([Dial::Never; 2]);
    let mut strict = options(8);
    strict.wait.strict = true;
    let pool = builder(&connector, strict).build().expect("sound");
    let callers = async { tokio::join!(pool.acquire(), pool.acquire_with(AcquireOptions::new().endpoint("a:1"))) };
    let change = async {
        settle().await;
        pool.set_endpoints(vec![Endpoint::new("b:1")]).expect("sound");
    };
    let ((any, asked), ()) = tokio::join!(callers, change);
    assert_eq!(any.expect("there is another").endpoint, "b:1");
    let error = asked.expect_err("it asked for that one");
    assert!(matches!(error, AcquireError::NoEndpoint { .. }), "{error}");
}

/// A source that the test speaks through.
#[derive(Debug, Default)]
struct Spoken {
    sets: Mutex<Vec<Result<Vec<Endpoint>, &'static str>>>,
    more: Notify,
}

#[derive(Debug)]
struct Source(Arc<Spoken>);

impl Discovery for Source {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(async {
            loop {
                let more = self.0.more.notified();
                let next = self.0.sets.lock().expect("no panic").pop();
                match next {
                    Some(Ok(set)) => return Ok(set),
                    Some(Err(what)) => return Err(DiscoveryError::new(what)),
                    None => more.await,
                }
            }
        })
    }
}

impl Spoken {
    fn say(&self, what: Result<Vec<Endpoint>, &'static str>) {
        self.sets.lock().expect("no panic").insert(0, what);
        self.more.notify_one();
    }
}

#[tokio::test(start_paused = true)]
async fn discovery_is_followed_and_its_failures_are_told() {
    let connector = Scripted::new();
    let spoken = Arc::new(Spoken::default());
    let source = Box::new(Source(Arc::clone(&spoken)));
    let pool = Pool::builder(connector.clone()).discovery(source).options(options(2)).build().expect("sound");
    spoken.say(Err("the registry is down"));
    settle().await;
    let error = pool.acquire().await.expect_err("no endpoint yet");
    assert!(error.to_string().contains("the registry is down") && error.is_transient(), "{error}");
    spoken.say(Ok(vec!["b:1".into()]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.acquire().await.expect("dialed").endpoint, "b:1");
    spoken.say(Ok(vec!["b:1".into(), "b:1".into()]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.acquire().await.expect("the old set stays").endpoint, "b:1");
    spoken.say(Ok(vec![Endpoint::new("d:1").weight(0)]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.acquire().await.expect("the old set stays").endpoint, "b:1", "of weights that are all 0 too");
    spoken.say(Ok(vec!["c:1".into()]));
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(pool.acquire().await.expect("dialed").endpoint, "c:1");
    drop(pool);
    settle().await;
    assert_eq!(Arc::strong_count(&spoken), 1, "nobody follows for a pool that is gone");
}

#[tokio::test(start_paused = true)]
async fn what_a_source_knows_at_once_is_there_for_the_first_acquire() {
    let connector = Scripted::new();
    let spoken = Arc::new(Spoken::default());
    spoken.say(Ok(vec!["b:1".into()]));
    let source = Box::new(Source(Arc::clone(&spoken)));
    let pool = Pool::builder(connector).discovery(source).build().expect("sound");
    assert_eq!(pool.acquire().await.expect("dialed").endpoint, "b:1");
}

#[tokio::test(start_paused = true)]
async fn what_a_source_complains_of_at_once_is_told_to_the_first_acquire() {
    let spoken = Arc::new(Spoken::default());
    spoken.say(Err("the registry is down"));
    let source = Box::new(Source(Arc::clone(&spoken)));
    let pool = Pool::builder(Scripted::new()).discovery(source).build().expect("sound");
    // The source does not say it again: what was heard while the pool was built counts.
    let error = pool.acquire().await.expect_err("no endpoint yet");
    assert!(error.to_string().contains("the registry is down") && error.is_transient(), "{error}");
    spoken.say(Ok(vec!["b:1".into()]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.acquire().await.expect("dialed").endpoint, "b:1");
}

#[test]
fn a_source_is_followed_by_the_next_driver_too() {
    let connector = Scripted::new();
    let spoken = Arc::new(Spoken::default());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    let pool = first.block_on(async {
        spoken.say(Ok(vec!["a:1".into()]));
        let source = Box::new(Source(Arc::clone(&spoken)));
        let pool = Pool::builder(connector.clone()).discovery(source).build().expect("sound");
        drop(pool.acquire().await.expect("dialed"));
        pool
    });
    drop(first);
    runtime().block_on(async {
        pool.acquire().await.expect("idle").discard();
        drop(pool.acquire().await.expect("dialed"));
        spoken.say(Ok(vec!["b:1".into()]));
        tokio::time::sleep(ms(50)).await;
        assert_eq!(pool.acquire().await.expect("dialed").endpoint, "b:1");
    });
}
