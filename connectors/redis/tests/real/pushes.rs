//! Subscribers: what the server sends unasked.

use clearpool_servers::LONG;
use pool_connector_redis::redis::{Msg, PushInfo, PushKind, RedisResult};
use pool_connector_redis::{Resp, fault};
use pool_tokio::Fault;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{acquire, ask, id, pool, start, until};

async fn next(pushes: &mut UnboundedReceiver<PushInfo>) -> PushInfo {
    let push = tokio::time::timeout(LONG, pushes.recv()).await.expect("one must come");
    push.expect("somebody can send it")
}

#[tokio::test]
async fn a_subscriber_takes_its_connection_out_of_the_pool_and_hears_messages() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |options| options.protocol = Resp::Resp3);
    let (sender, mut pushes) = unbounded_channel::<PushInfo>();
    let mut subscriber = acquire(&pool).await.detach();
    subscriber.on_push(sender).expect("it speaks RESP3");
    subscriber.subscribe(&["news", "weather"]).await.expect("both");
    subscriber.psubscribe("sport.*").await.expect("a pattern");

    // Its place in the pool is free.
    let mut conn = acquire(&pool).await;
    for (channel, message) in [("news", "one"), ("weather", "two"), ("sport.chess", "three")] {
        let heard: u32 = ask(&mut conn, &format!("PUBLISH {channel} {message}")).await.expect("a number");
        assert_eq!(heard, 1);
    }
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let push = next(&mut pushes).await;
        if let Some(message) = Msg::from_push_info(push) {
            heard.push(message.get_payload::<String>().expect("text"));
        }
    }
    assert_eq!(heard, ["one", "two", "three"]);

    subscriber.unsubscribe(&["news"]).await.expect("one less");
    subscriber.punsubscribe(&[] as &[&str]).await.expect("none of them");
    let client: String = ask(&mut subscriber, "CLIENT INFO").await.expect("commands work besides");
    assert!(client.contains(" sub=1 psub=0 "), "{client}");

    server.kill_clients();
    // Behind word of the subscriptions that ended.
    while next(&mut pushes).await.kind != PushKind::Disconnection {}
    let late: RedisResult<()> = ask(&mut subscriber, "PING").await;
    assert_eq!(fault(&late.expect_err("it has ended")), Fault::UNANSWERED, "it had subscribed before");
}

#[tokio::test]
async fn a_detached_connection_is_closed_by_whoever_drops_it() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await.detach();
    drop(pool);
    assert!(id(&mut conn).await > 0, "it needs no pool");
    drop(conn);
    until("the server to see it", || server.clients().is_empty()).await;
}

#[tokio::test]
async fn a_lease_hears_pushes_and_the_next_one_does_not() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |options| options.protocol = Resp::Resp3);
    let (sender, mut pushes) = unbounded_channel::<PushInfo>();
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    conn.on_push(sender).expect("it speaks RESP3");
    let () = ask(&mut conn, "CLIENT TRACKING ON").await.expect("it tracks");
    let _: Option<String> = ask(&mut conn, "GET key").await.expect("nothing");
    server.ask(&["SET", "key", "other"]);
    let push = next(&mut pushes).await;
    assert_eq!(push.kind, PushKind::Invalidate);
    drop(conn);

    let mut conn = acquire(&pool).await;
    assert_eq!(id(&mut conn).await, first);
    let _: Option<String> = ask(&mut conn, "GET key").await.expect("a text");
    server.ask(&["SET", "key", "another"]);
    let _: Option<String> = ask(&mut conn, "GET key").await.expect("a text");
    assert!(pushes.recv().await.is_none(), "its sender is gone with the lease");
}

#[tokio::test]
async fn resp2_has_no_pushes_and_says_what_to_do() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let (sender, _pushes) = unbounded_channel::<PushInfo>();
    let error = conn.on_push(sender).expect_err("RESP2").to_string();
    assert!(error.contains("`protocol`"), "{error}");
    conn.subscribe("news").await.expect_err("RESP2");
    let first = id(&mut conn).await;
    drop(conn);
    assert_eq!(id(&mut *acquire(&pool).await).await, first, "nothing was sent");
}
