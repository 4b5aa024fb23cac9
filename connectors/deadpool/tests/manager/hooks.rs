//! Hooks of deadpool run as they do there.

use std::sync::{Arc, Mutex};

use deadpool::managed::{Hook, HookError};
use pool_connector_deadpool::DeadpoolConnector;

use crate::script::{Conn, Scripted, options, settle};

#[tokio::test(start_paused = true)]
async fn each_runs_at_its_moment_in_the_order_that_they_were_given() {
    let manager = Scripted::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hook = |name: &'static str| {
        let heard = Arc::clone(&heard);
        Hook::sync_fn(move |conn: &mut Conn, metrics| {
            heard.lock().expect("nobody panics with it").push((name, conn.id, metrics.recycle_count));
            Ok(())
        })
    };
    let heard_later = Arc::clone(&heard);
    let slow = Hook::async_fn(move |conn: &mut Conn, metrics| {
        let heard = Arc::clone(&heard_later);
        Box::pin(async move {
            tokio::task::yield_now().await;
            heard.lock().expect("nobody panics with it").push(("slow", conn.id, metrics.recycle_count));
            Ok(())
        })
    });
    let connector = DeadpoolConnector::new(manager.clone());
    let connector = connector.post_create(hook("create")).post_create(slow);
    let connector = connector.pre_recycle(hook("pre")).post_recycle(hook("post"));
    let pool = connector.pool().options(options(1)).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    drop(pool.acquire().await.expect("recycled"));
    settle().await;
    let told = heard.lock().expect("nobody panics with it").clone();
    let one = [("create", 0, 0), ("slow", 0, 0), ("pre", 0, 0), ("post", 0, 0), ("pre", 0, 1), ("post", 0, 1)];
    assert_eq!(told, one);
}

#[tokio::test(start_paused = true)]
async fn what_a_hook_refuses_after_create_is_a_failed_dial() {
    let manager = Scripted::new();
    let refuse = Hook::sync_fn(|_: &mut Conn, _| Err(HookError::message("a replica")));
    let pool = DeadpoolConnector::new(manager.clone()).post_create(refuse).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(error.to_string().contains("a hook refuses the connection: a replica"), "{error}");
    assert_eq!((manager.alive(), &manager.script().detached[..]), (0, &[0][..]));
}

#[tokio::test(start_paused = true)]
async fn what_a_hook_refuses_around_recycle_is_closed() {
    for before in [true, false] {
        let manager = Scripted::new();
        let old = Hook::sync_fn(|_: &mut Conn, metrics| match metrics.recycle_count {
            2 => Err(HookError::message("too old")),
            _ => Ok(()),
        });
        let connector = DeadpoolConnector::new(manager.clone());
        let connector = if before { connector.pre_recycle(old) } else { connector.post_recycle(old) };
        let pool = connector.pool().options(options(1)).build().expect("sound");
        let mut ids = Vec::new();
        for _ in 0..7 {
            ids.push(pool.acquire().await.expect("served").id);
        }
        assert_eq!(ids, [0, 0, 0, 1, 1, 1, 2], "before: {before}");
        settle().await;
        assert_eq!(manager.script().detached, [0, 1]);
    }
}
