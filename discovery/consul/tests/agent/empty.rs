//! Nobody is healthy, or nobody is there.

use std::time::Duration;

use crate::{Watched, but, instance, named, options, shared};

#[tokio::test]
async fn where_none_is_healthy_the_last_stay_and_it_is_told() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("all-sick", "g-1", 1));
    agent.register(&instance("all-sick", "g-2", 2));
    let mut service = Watched::of(agent, "all-sick");
    assert_eq!(service.set().await, named(&[("g-1", 1), ("g-2", 2)]));
    agent.check("g-1", "fail");
    assert_eq!(service.set().await, named(&[("g-2", 2)]));
    agent.check("g-2", "fail");
    let error = service.error().await;
    assert!(error.contains("any of the 2 instances of `all-sick`") && error.contains("stay"), "{error}");
    service.silent().await;
    agent.check("g-2", "pass");
    assert_eq!(service.set().await, named(&[("g-2", 2)]), "the same again, so that it is known to be over");
    agent.check("g-2", "fail");
    service.error().await;
    agent.check("g-1", "pass");
    assert_eq!(service.set().await, named(&[("g-1", 1)]));
}

#[tokio::test]
async fn one_that_is_kept_goes_with_its_registration() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("kept", "h-1", 1));
    agent.register(&instance("kept", "h-2", 2));
    let mut service = Watched::of(agent, "kept");
    assert_eq!(service.set().await, named(&[("h-1", 1), ("h-2", 2)]));
    agent.check("h-1", "fail");
    assert_eq!(service.set().await, named(&[("h-2", 2)]));
    agent.check("h-2", "fail");
    service.error().await;
    agent.deregister("h-2");
    let error = service.error().await;
    assert!(error.contains("stay for 1m"), "h-1 was not healthy, so it does not step in: {error}");
}

#[tokio::test]
async fn without_keep_last_the_sick_go_when_their_time_is_over() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("strict", "i-1", 1));
    let mut strict = but(options(agent, "strict"), |options| options.keep_last = false);
    strict.empty_after = Duration::from_secs(1).into();
    let mut service = Watched::new(strict);
    assert_eq!(service.set().await, named(&[("i-1", 1)]));
    agent.check("i-1", "fail");
    let error = service.error().await;
    assert!(error.contains("the one instance of `strict`") && error.ends_with("stay for 1s"), "{error}");
    assert_eq!(service.set().await, []);
    let error = service.error().await;
    assert!(error.ends_with("`one/i-1` by `alive`"), "why the set is empty: {error}");
    service.silent().await;
    agent.check("i-1", "pass");
    assert_eq!(service.set().await, named(&[("i-1", 1)]));
}

#[tokio::test]
async fn nobody_at_all_counts_when_it_has_stood_for_a_while() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("gone", "j-1", 1));
    let mut soon = options(agent, "gone");
    soon.empty_after = Duration::from_secs(3).into();
    let mut service = Watched::new(soon);
    assert_eq!(service.set().await, named(&[("j-1", 1)]));
    agent.deregister("j-1");
    assert!(service.error().await.contains("no instance of `gone`"));
    agent.register(&instance("gone", "j-1", 1));
    assert_eq!(service.set().await, named(&[("j-1", 1)]), "it was not to last");
    agent.deregister("j-1");
    service.error().await;
    assert_eq!(service.set().await, []);
    let error = service.error().await;
    assert!(error.contains("is that its name") && !error.contains("stay"), "{error}");
    agent.register(&instance("gone", "j-1", 2));
    assert_eq!(service.set().await, named(&[("j-1", 2)]));
}

#[tokio::test]
async fn an_empty_set_counts_at_once_where_that_is_wanted() {
    let Some(agent) = shared() else { return };
    agent.register(&instance("at-once", "k-1", 1));
    let mut at_once = options(agent, "at-once");
    at_once.empty_after = Duration::ZERO.into();
    let mut service = Watched::new(at_once);
    assert_eq!(service.set().await, named(&[("k-1", 1)]));
    agent.deregister("k-1");
    assert_eq!(service.set().await, []);
}

#[tokio::test]
async fn a_service_that_nobody_knows_is_a_mistake_until_somebody_registers_it() {
    let Some(agent) = shared() else { return };
    let mut service = Watched::of(agent, "unheard-of");
    let error = service.error().await;
    assert!(error.contains("no instance of `unheard-of`") && error.contains("`service:read`"), "{error}");
    service.silent().await;
    agent.register(&instance("unheard-of", "l-1", 1));
    assert_eq!(service.set().await, named(&[("l-1", 1)]));
}
