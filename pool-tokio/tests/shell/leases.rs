//! What a lease can do.

use pool_core::{CloseReason, Outcome, State};
use pool_tokio::AcquireOptions;

use crate::script::{Scripted, Step, builder, count, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn detach_takes_the_connection_out_and_frees_its_place() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let conn = pool.acquire().await.expect("dialed").detach();
    let other = pool.acquire().await.expect("the place is free");
    assert_eq!((conn.id, other.id, connector.alive()), (0, 1, 2));
    settle().await;
    assert!(connector.script().closed.is_empty(), "nobody closed what was detached");
    assert_eq!(pool.snapshot().open(), 1);
}

#[tokio::test(start_paused = true)]
async fn release_waits_for_the_reset_and_says_what_became_of_it() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let settled = pool.acquire().await.expect("dialed").release().await;
    assert_eq!((settled.closed, count(&pool, State::Idle)), (None, 1));

    connector.script().needs_reset = Step::Ok;
    let settled = pool.acquire().await.expect("idle").release().await;
    assert_eq!(settled.closed, None);
    assert_eq!((connector.script().resets, count(&pool, State::Idle)), (1, 1));

    connector.script().reset = Step::Never;
    let started = tokio::time::Instant::now();
    pool.acquire().await.expect("idle").release().await;
    assert!(started.elapsed() >= ms(1000) && started.elapsed() < ms(1010), "until the reset's deadline");
    assert_eq!(connector.script().closed, [CloseReason::RESET_FAILED]);

    let mut lease = pool.acquire().await.expect("a fresh one");
    lease.outcome(Outcome::Broken);
    let settled = lease.release().await;
    assert_eq!(settled.closed, Some(CloseReason::BROKEN));
    assert_eq!(connector.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_not_awaited_has_given_back_all_the_same() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let lease = pool.acquire().await.expect("dialed");
    drop(lease.release());
    assert_eq!(count(&pool, State::Idle), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_knows_its_facts() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let held = pool.acquire().await.expect("dialed");
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move {
            let lease = pool.acquire().await.expect("served");
            (lease.waited(), lease.age(), lease.uses(), lease.id())
        }
    });
    settle().await;
    tokio::time::sleep(ms(30)).await;
    let id = held.id();
    assert!(held.held_for() >= ms(30));
    drop(held);
    let (waited, age, uses, same) = waiter.await.expect("no panic");
    assert!(waited >= ms(30) && waited < ms(33), "{waited:?}");
    assert!(age >= ms(30) && uses == 2 && same == id);
}

#[tokio::test(start_paused = true)]
async fn leases_tell_who_holds_what() {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    let line = line!() + 1;
    let lease = pool.acquire().await.expect("dialed");
    let holdings = pool.leases();
    assert_eq!(holdings.len(), 1);
    assert_eq!((holdings[0].entry, holdings[0].site.expect("known").line()), (lease.id(), line));
}

#[tokio::test(start_paused = true)]
async fn waiting_tells_who_waits_for_what_and_how_long_the_longest_first() {
    let connector = Scripted::new();
    let pool = builder(&connector, options(1)).endpoints(["a:1", "b:1"]).build().expect("sound");
    assert!(pool.waiting().is_empty());
    let held = pool.acquire().await.expect("dialed");
    let asking = pool.clone();
    let first = async move { asking.acquire_with(AcquireOptions::new().endpoint("b:1")).await.map(drop) };
    let line = line!() - 1;
    let first = tokio::spawn(first);
    settle().await;
    tokio::time::sleep(ms(30)).await;
    let asking = pool.clone();
    let second = tokio::spawn(async move { asking.acquire().await.map(drop) });
    settle().await;
    let waiting = pool.waiting();
    let wanted: Vec<_> = waiting.iter().map(|one| one.endpoint.as_ref().map(|endpoint| endpoint.name())).collect();
    assert_eq!(wanted, [Some("b:1"), None]);
    assert_eq!(waiting[0].site.expect("known").line(), line);
    assert!(waiting[0].waited >= ms(30) && waiting[1].waited < ms(5), "{waiting:?}");
    second.abort();
    settle().await;
    assert_eq!(pool.waiting().len(), 1, "who went away does not wait");
    drop(held);
    first.await.expect("no panic").expect("served");
    assert!(pool.waiting().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_acquire_can_name_its_endpoint() {
    let connector = Scripted::new();
    let pool = builder(&connector, options(4)).endpoints(["a:1", "b:1"]).build().expect("sound");
    for _ in 0..4 {
        let lease = pool.acquire_with(AcquireOptions::new().endpoint("b:1")).await.expect("dialed");
        assert_eq!(lease.endpoint, "b:1");
    }
    assert_eq!(connector.made(), 1);
    let error = pool.acquire_with(AcquireOptions::new().endpoint("c:1")).await.expect_err("no such endpoint");
    assert!(matches!(error, pool_tokio::AcquireError::NoEndpoint { total: 2, .. }), "{error}");
    assert_eq!(error.to_string(), "pool `test`: the endpoint that was asked for is not one of its 2");
}

#[test]
fn futures_and_leases_are_small_and_move_between_threads() {
    fn sent<T: Send>() {}
    fn shared<T: Sync>() {}
    sent::<pool_tokio::AcquireFuture<'_, Scripted>>();
    sent::<pool_tokio::Lease<Scripted>>();
    shared::<pool_tokio::Pool<Scripted>>();
    assert!(size_of::<pool_tokio::AcquireFuture<'_, Scripted>>() <= 128);
    assert!(size_of::<pool_tokio::Lease<Scripted>>() <= 160);
    assert!(size_of::<pool_tokio::AcquireError<crate::script::Down>>() <= 32);
}
