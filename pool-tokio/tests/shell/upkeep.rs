//! Checks, and changes to a live pool.

use pool_core::{Change, CloseReason, Reason, ReleasePolicy};
use pool_core::{Cx, Decision, LeaseView, Named, Settle};

use crate::script::{Scripted, Step, builder, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn what_was_idle_for_long_is_checked_before_it_is_lent() {
    let connector = Scripted::new();
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(100).into();
    let pool = builder(&connector, options).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    drop(pool.acquire().await.expect("idle"));
    assert_eq!(connector.script().checks, 0);
    tokio::time::sleep(ms(150)).await;
    assert_eq!(pool.acquire().await.expect("checked").id, 0);
    assert_eq!(connector.script().checks, 1);
    tokio::time::sleep(ms(150)).await;
    connector.script().check = Step::Fail;
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    assert_eq!(connector.script().closed, [CloseReason::CHECK_FAILED]);
}

#[derive(Debug)]
struct Never;

impl ReleasePolicy for Never {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Close, Reason::new("never-again"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_changed_on_the_live_pool() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    drop(pool.acquire().await.expect("dialed"));
    let release: Box<dyn ReleasePolicy> = Box::new(Never);
    let change = Change { release: Some(Named::new("never", release)), ..Change::default() };
    pool.reconfigure(change).expect("sound");
    let lease = pool.acquire().await.expect("the connection survived");
    assert_eq!(lease.id, 0);
    drop(lease);
    settle().await;
    let why = connector.script().closed[0];
    assert_eq!((why.policy, why.reason.as_str()), ("never", "never-again"));

    let mut options = pool.options();
    options.limits.max_open = 0;
    let change = Change { options: Some(options), ..Change::default() };
    let error = pool.reconfigure(change).expect_err("no sense");
    assert!(error.to_string().contains("limits.max_open"), "{error}");
    assert_eq!(pool.options().limits.max_open, 1, "nothing was changed");
}

#[derive(Debug)]
struct Panics;

impl ReleasePolicy for Panics {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        panic!("a policy that panics");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_panics_is_overruled() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let release: Box<dyn ReleasePolicy> = Box::new(Panics);
    let change = Change { release: Some(Named::new("panics", release)), ..Change::default() };
    pool.reconfigure(change).expect("sound");
    for _ in 0..3 {
        assert_eq!(pool.acquire().await.expect("served").id, 0);
    }
    assert_eq!(pool.snapshot().faults[0].count, 3);
}
