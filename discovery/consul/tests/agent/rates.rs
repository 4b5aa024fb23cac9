//! How often Consul is asked.

use std::sync::Arc;
use std::time::Duration;

use clearpool_servers::{Consul, pause};
use pool_core::Discovery;
use serde_json::json;

use crate::{WHILE, Watched, instance, named, options, shared};

#[tokio::test]
async fn a_blocking_query_blocks() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("blocks", "m-1", 1));
    let mut service = Watched::of(agent, "blocks");
    service.set().await;
    service.silent().await;
    // The log may be a moment behind.
    assert!(agent.answered("/health/service/blocks") <= 1, "one that was answered, and one that waits");
    agent.register(&instance("blocks", "m-1", 2));
    assert_eq!(service.set().await, named(&[("m-1", 2)]));
}

#[tokio::test]
async fn a_wait_that_is_over_is_no_news_and_followed_by_another() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("short", "n-1", 1));
    let mut short = options(agent, "short");
    short.wait = Duration::from_secs(1).into();
    let mut service = Watched::new(short);
    service.set().await;
    service.silent().await;
    service.silent().await;
    let answered = agent.answered("/health/service/short");
    assert!((2..=8).contains(&answered), "one about every second for {:?}: {answered}", 2 * WHILE);
    agent.register(&instance("short", "n-1", 2));
    assert_eq!(service.set().await, named(&[("n-1", 2)]));
}

#[tokio::test]
async fn what_changes_all_the_time_without_a_difference_is_asked_for_more_slowly() {
    let Some(consul) = Consul::find() else { return };
    let agent = Arc::new(consul.start());
    agent.register(&instance("churn", "o-1", 1));
    let mut service = Watched::of(&agent, "churn");
    service.set().await;
    let writing = Arc::clone(&agent);
    let writer = tokio::task::spawn_blocking(move || {
        for write in 0..WRITES {
            let mut one = instance("churn", "o-1", 1);
            // Consul counts it as a change, and to us it is none.
            one["EnableTagOverride"] = json!(write % 2 == 0);
            writing.register(&one);
            pause(Duration::from_millis(25));
        }
    });
    tokio::select! {
        news = service.source.next() => panic!("no endpoint has changed, and yet: {news:?}"),
        written = writer => written.expect("every write was taken"),
    }
    let asked = agent.answered("/health/service/churn");
    assert!((3..WRITES / 4).contains(&asked), "{asked} queries for {WRITES} changes");
    agent.register(&instance("churn", "o-1", 2));
    assert_eq!(service.set().await, named(&[("o-1", 2)]), "and a change is seen all the same");
}

const WRITES: usize = 120;
