//! Time: paused, turned, absurd.

use std::time::Duration;

use pool_core::{CloseReason, ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, Moments, Named, Policies, Reason, State};
use pool_tokio::AcquireOptions;

use crate::script::{Dial, Scripted, TestPool, builder, count, ms, options, pool, settle};

/// Closes what is idle for so long.
#[derive(Debug)]
struct IdleFor(Duration);

impl EvictPolicy for IdleFor {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at = conn.idle_since().after(self.0);
        Some(Expiry::new(at, Moments::ALL, Reason::new("idle")).with_floor(true))
    }

    fn rule(&self) -> ExpiryRule {
        let (after, moments, reason, floor) = (self.0, Moments::ALL, Reason::new("idle"), true);
        ExpiryRule::Idle { after, moments, reason, floor, replace: false }
    }
}

fn idle_for(connector: &Scripted, max_open: u32, min_idle: u32, after: Duration) -> TestPool {
    let mut options = options(max_open);
    options.limits.min_idle = min_idle;
    let evict: Box<dyn EvictPolicy> = Box::new(IdleFor(after));
    let policies = Policies { evict: vec![Named::new("idle-for", evict)], ..Policies::plain() };
    builder(connector, options).policies(policies).build().expect("sound")
}

#[tokio::test(start_paused = true)]
async fn idle_connections_expire_on_a_paused_clock() {
    let connector = Scripted::new();
    let pool = idle_for(&connector, 4, 0, Duration::from_secs(300));
    drop([pool.acquire().await.expect("1"), pool.acquire().await.expect("2")]);
    tokio::time::sleep(Duration::from_secs(299)).await;
    assert_eq!(connector.alive(), 2);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(connector.alive(), 0);
    assert_eq!(connector.script().closed[0].policy, "idle-for");
}

#[tokio::test(start_paused = true)]
async fn t14_the_reaper_keeps_the_floor_and_does_not_spin() {
    let connector = Scripted::new();
    let pool = idle_for(&connector, 8, 2, Duration::from_secs(10));
    pool.warm(8).await.expect("warm");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(count(&pool, State::Idle), 2);
    assert_eq!(connector.made(), 8, "none was closed only to be dialed again");
}

#[tokio::test]
async fn a_clock_that_is_paused_and_turned_later_is_followed() {
    let connector = Scripted::new();
    let pool = idle_for(&connector, 4, 0, Duration::from_secs(60));
    drop(pool.acquire().await.expect("dialed"));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(120)).await;
    settle().await;
    assert_eq!(connector.alive(), 0, "{:?}", pool.snapshot().uptime);
}

#[tokio::test(start_paused = true)]
async fn t26_absurd_times_neither_panic_nor_wrap() {
    let connector = Scripted::new();
    let mut all = options(2);
    all.wait.timeout = Duration::MAX.into();
    all.dial.timeout = Duration::MAX.into();
    all.upkeep.close_timeout = Duration::MAX.into();
    all.lease.overdue_after = Duration::from_secs(u64::MAX).into();
    let pool = builder(&connector, all).build().expect("sound");
    let lease = pool.acquire().await.expect("dialed");
    tokio::time::advance(Duration::from_secs(20 * 365 * 24 * 3600)).await;
    assert!(lease.age() >= Duration::from_secs(19 * 365 * 24 * 3600));
    drop(lease);
    let options = AcquireOptions::new().timeout(Duration::MAX);
    pool.acquire_with(options).await.expect("idle").discard();
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::DISCARDED]);
}

#[tokio::test(start_paused = true)]
async fn t28_zero_and_never_mean_what_they_say() {
    let connector = Scripted::new();
    // Zero: what is not ready at once fails.
    let mut zero = options(1);
    zero.wait.timeout = Duration::ZERO.into();
    let none_ready = builder(&connector, zero).build().expect("sound");
    assert!(none_ready.acquire().await.is_err());
    settle().await;
    none_ready.warm(1).await.expect("warm");
    none_ready.acquire().await.expect("one is ready");

    // Never: it waits as long as it takes.
    let mut never = options(1);
    never.wait.timeout = pool_core::HumanDuration::NEVER;
    let patient = builder(&connector, never).build().expect("sound");
    let held = patient.acquire().await.expect("dialed");
    let waiter = tokio::spawn({
        let patient = patient.clone();
        async move { patient.acquire().await.map(drop) }
    });
    tokio::time::sleep(Duration::from_secs(100_000)).await;
    assert!(!waiter.is_finished());
    drop(held);
    waiter.await.expect("no panic").expect("served");

    // Zero where it makes no sense is refused, with a reason.
    let mut absurd = options(1);
    absurd.dial.timeout = Duration::ZERO.into();
    let error = builder(&connector, absurd).build().expect_err("no dial can succeed");
    assert!(error.to_string().contains("dial.timeout"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn min_idle_is_dialed_ahead() {
    let connector = Scripted::new();
    let mut ahead = options(4);
    ahead.limits.min_idle = 2;
    connector.script().dial = Dial::After(ms(5));
    let pool = builder(&connector, ahead).build().expect("sound");
    tokio::time::sleep(ms(20)).await;
    assert_eq!(count(&pool, State::Idle), 2);
    let _held = pool.acquire().await.expect("idle");
    tokio::time::sleep(ms(20)).await;
    assert_eq!(count(&pool, State::Idle), 2);
}

#[tokio::test]
async fn time_runs_while_nobody_pauses_it() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let lease = pool.acquire().await.expect("dialed");
    let before = lease.held_for();
    tokio::time::sleep(ms(20)).await;
    let passed = lease.held_for() - before;
    assert!(passed >= ms(19) && passed < Duration::from_secs(5), "{passed:?}");
}
