//! Connections that several leases share.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use pool_core::{CloseReason, Outcome, State};

use crate::script::{Scripted, count, pool, settle};

fn sharing(capacity: u32) -> Scripted {
    let connector = Scripted::new();
    connector.script().capacity = Some(capacity);
    connector
}

#[tokio::test(start_paused = true)]
async fn leases_share_a_connection_up_to_its_capacity() {
    let connector = sharing(3);
    let pool = pool(&connector, 2);
    let leases = [
        pool.acquire().await.expect("1"),
        pool.acquire().await.expect("2"),
        pool.acquire().await.expect("3"),
        pool.acquire().await.expect("of another connection"),
    ];
    assert_eq!(leases.iter().map(|lease| lease.id).collect::<Vec<_>>(), [0, 0, 0, 1]);
    assert_eq!((connector.made(), pool.snapshot().leases, count(&pool, State::Leased)), (2, 4, 2));
    drop(leases);
    settle().await;
    assert_eq!((pool.snapshot().leases, count(&pool, State::Idle)), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_broken_shared_connection_is_closed_when_its_last_lease_ends() {
    let connector = sharing(4);
    let pool = pool(&connector, 2);
    let mut first = pool.acquire().await.expect("dialed");
    let second = pool.acquire().await.expect("shared");
    first.outcome(Outcome::Broken);
    drop(first);
    settle().await;
    assert_eq!(connector.alive(), 1, "the other lease goes on");
    let third = pool.acquire().await.expect("a fresh one");
    assert_eq!(third.id, 1);
    drop(second);
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::BROKEN]);
    assert_eq!(connector.alive(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_shared_connection_that_is_dead_is_replaced_unseen() {
    let connector = sharing(4);
    let pool = pool(&connector, 2);
    let first = pool.acquire().await.expect("dialed");
    first.dead.store(true, SeqCst);
    let second = pool.acquire().await.expect("a fresh one");
    assert_eq!((first.id, second.id), (0, 1));
    drop(first);
    settle().await;
    assert_eq!(connector.alive(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_say_that_it_is_dead_or_has_room() {
    let connector = sharing(1);
    let pool = pool(&connector, 1);
    let first = pool.acquire().await.expect("dialed");
    assert!(pool.try_acquire().is_err());
    first.handle.set_capacity(2);
    let second = pool.acquire().await.expect("room was made");
    assert_eq!(second.id, 0);
    second.handle.mark_dead();
    drop((first, second));
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::DEAD]);
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_says_it_is_dead_is_closed_at_once() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let handle = pool.acquire().await.expect("dialed").handle.clone();
    handle.mark_dead();
    settle().await;
    assert_eq!((connector.alive(), pool.snapshot().open()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_balance_under_load() {
    let connector = sharing(5);
    let pool = pool(&connector, 2);
    let tasks: Vec<_> = (0..32u64)
        .map(|seed| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..300 {
                    let mut lease = pool.acquire().await.expect("served");
                    if random.u32(0..50) == 0 {
                        lease.outcome(Outcome::Broken);
                    }
                    if random.bool() {
                        tokio::task::yield_now().await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.leases, snapshot.pending), (0, 0));
    assert!(connector.most_alive() <= 2, "{}", connector.most_alive());
    let counters = snapshot.counters();
    assert_eq!(counters.acquired, counters.released);
    drop(Arc::new(pool));
}

#[tokio::test(start_paused = true)]
async fn a_capacity_that_changes_while_the_dial_ends_is_the_one_that_counts() {
    let connector = sharing(1);
    connector.script().changed_capacity = Some(3);
    let pool = pool(&connector, 2);
    let leases = [pool.acquire().await, pool.acquire().await, pool.acquire().await];
    assert!(leases.iter().all(|lease| lease.as_ref().is_ok_and(|lease| lease.id == 0)), "three on one: {leases:?}");
}
