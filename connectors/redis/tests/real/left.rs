//! What a lease leaves, the next one does not find.

use std::time::Duration;

use clearpool_servers::FaultProxy;
use pool_connector_redis::redis::{self, AsyncCommands};
use pool_connector_redis::{RedisConnector, RedisOptions, ResetWhen, Resp};
use pool_core::{CloseReason, State};
use pool_tokio::Pool;

use crate::{acquire, ask, id, pool, start, until};

/// A lease runs these commands and goes. The next one has the same connection, as if it were new.
async fn undone(pool: &Pool<RedisConnector>, commands: &[&str]) {
    let mut conn = acquire(pool).await;
    let before: String = ask(&mut conn, "CLIENT INFO").await.expect("a line");
    for command in commands {
        // The answers are of no interest, and some are errors.
        let _: redis::RedisResult<redis::Value> = ask(&mut conn, command).await;
    }
    drop(conn);
    let mut conn = acquire(pool).await;
    let after: String = ask(&mut conn, "CLIENT INFO").await.expect("an answer, and the right one");
    assert_eq!(state_in(&before), state_in(&after), "{commands:?}");
    assert_eq!(ask::<u32>(&mut conn, "INCRBY counter 0").await.expect("a number"), 0, "{commands:?}");
}

/// What the server says of the state of a connection, and that it is the same one.
fn state_in(client: &str) -> Vec<&str> {
    let wanted = ["id=", "name=", "db=", "sub=", "psub=", "multi=", "flags=", "user=", "resp=", "redir="];
    client.split(' ').filter(|field| wanted.iter().any(|key| field.starts_with(key))).collect()
}

/// Pools that are asked for each thing in turn: in both protocols, in another database than the first, with a name.
fn pools(address: std::net::SocketAddr) -> Vec<Pool<RedisConnector>> {
    let named = |options: &mut RedisOptions| {
        options.database = 5;
        options.client_name = Some("orders".into());
    };
    vec![
        pool(address, |_| ()),
        pool(address, |options| options.protocol = Resp::Resp3),
        pool(address, named),
        pool(address, |options| options.reset = ResetWhen::Always),
    ]
}

#[tokio::test]
async fn whatever_can_be_undone_is_undone() {
    let Some(server) = start() else { return };
    for pool in pools(server.address()) {
        for commands in [
            &["MULTI"][..],
            &["MULTI", "SET counter 7"],
            &["multi", "SET counter 7", "NO-SUCH-COMMAND"],
            &["WATCH counter"],
            &["WATCH counter", "MULTI", "SELECT 3"],
            &["SELECT 9"],
            &["SELECT 9", "MULTI", "SELECT 5"],
            &["SELECT 1000000"],
            &["CLIENT SETNAME another"],
            &["CLIENT TRACKING ON", "GET counter"],
            &["CLIENT NO-EVICT ON"],
            &["SUBSCRIBE news"],
            &["PSUBSCRIBE n*"],
            &["SSUBSCRIBE shard"],
            &["SUBSCRIBE news weather sports", "PSUBSCRIBE a* b*"],
            &["SUBSCRIBE news weather", "UNSUBSCRIBE"],
            &["SELECT 3", "WATCH a b", "SUBSCRIBE news weather"],
            &["READONLY"],
            &["GET counter"],
        ] {
            undone(&pool, commands).await;
        }
        assert_eq!(pool.snapshot().closes, [], "one connection did it all");
        assert_eq!(count_at(&server), server.clients().len());
    }
}

/// So many connections the server has counted to now; each pool above has one.
fn count_at(server: &clearpool_servers::RedisServer) -> usize {
    server.clients().iter().filter(|client| client.contains(" multi=-1 ")).count()
}

#[tokio::test]
async fn a_transaction_left_open_is_not_carried_out_and_a_watch_left_fails_nobody() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let () = ask(&mut conn, "WATCH stock").await.expect("it is watched");
    let () = ask(&mut conn, "MULTI").await.expect("it begins");
    let () = ask(&mut conn, "SET stock 0").await.expect("it is queued");
    drop(conn);
    server.ask(&["SET", "stock", "8"]);

    let mut conn = acquire(&pool).await;
    assert_eq!(id(&mut conn).await, first);
    assert_eq!(conn.get::<_, u32>("stock").await.expect("a number"), 8);
    let mut atomic = redis::pipe();
    let (took,): (Option<u32>,) = atomic.atomic().incr("stock", 1).query_async(&mut *conn).await.expect("it runs");
    assert_eq!(took, Some(9), "nobody's watch has failed it");
}

#[tokio::test]
async fn what_pipelines_leave_is_undone_as_well() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let mut pipeline = redis::pipe();
    pipeline.cmd("SELECT").arg(4).cmd("WATCH").arg("a").cmd("MULTI").cmd("SET").arg("a").arg(1);
    let () = pipeline.query_async(&mut *conn).await.expect("four answers");
    drop(conn);
    let mut conn = acquire(&pool).await;
    assert_eq!(id(&mut conn).await, first);
    let client: String = ask(&mut conn, "CLIENT INFO").await.expect("a line");
    assert!(client.contains(" db=0 ") && client.contains(" multi=-1 "), "{client}");
}

#[tokio::test]
async fn messages_that_nobody_read_are_no_answers_to_the_next_lease() {
    let Some(server) = start() else { return };
    for protocol in [Resp::Resp2, Resp::Resp3] {
        let pool = pool(server.address(), |options| options.protocol = protocol);
        for round in 0..20 {
            let mut conn = acquire(&pool).await;
            let _: redis::RedisResult<redis::Value> = ask(&mut conn, "SUBSCRIBE news weather").await;
            for _ in 0..5 {
                server.ask(&["PUBLISH", "news", "it rains"]);
            }
            drop(conn);
            let mut conn = acquire(&pool).await;
            let key = format!("{protocol:?}-{round}");
            let () = conn.set(&key, round).await.expect("it is set");
            assert_eq!(conn.get::<_, u32>(&key).await.expect("a number"), round);
        }
        assert_eq!(pool.snapshot().closes, []);
    }
}

#[tokio::test]
async fn the_ends_of_a_thousand_subscriptions_are_all_waited_for() {
    let Some(server) = start() else { return };
    let channels: Vec<String> = (0..1000).map(|number| format!("a-channel-with-a-long-name-{number}")).collect();
    for protocol in [Resp::Resp2, Resp::Resp3] {
        let proxy = FaultProxy::to(server.address());
        let pool = pool(proxy.address(), |options| options.protocol = protocol);
        let mut conn = acquire(&pool).await;
        let first = id(&mut conn).await;
        let mut subscribe = redis::cmd("SUBSCRIBE");
        let _: redis::RedisResult<redis::Value> = subscribe.arg(&channels).query_async(&mut *conn).await;
        // So that they come in pieces, and what is sent next has answers in front of its own.
        proxy.delay(Duration::from_millis(20));
        drop(conn);
        let mut conn = acquire(&pool).await;
        assert_eq!(id(&mut conn).await, first, "{protocol:?}");
    }
}

#[tokio::test]
async fn an_answer_that_was_not_wanted_is_nobodys() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let mut quiet = redis::cmd("INCR");
    quiet.arg("counter").set_no_response(true);
    let _: redis::RedisResult<redis::Value> = quiet.query_async(&mut *conn).await;
    drop(conn);
    let mut conn = acquire(&pool).await;
    assert_eq!(id(&mut conn).await, first);
    assert_eq!(conn.get::<_, u32>("counter").await.expect("a number"), 1);
}

#[tokio::test]
async fn what_nothing_undoes_costs_the_connection() {
    let Some(server) = start() else { return };
    server.ask(&["ACL", "SETUSER", "other", "on", ">pw", "~*", "+@all"]);
    let pool = pool(server.address(), |_| ());
    for command in ["AUTH other pw", "HELLO 3", "RESET", "MONITOR", "CLIENT REPLY ON", "QUIT"] {
        let mut conn = acquire(&pool).await;
        let first = id(&mut conn).await;
        let _: redis::RedisResult<redis::Value> = ask(&mut conn, command).await;
        drop(conn);
        let mut conn = acquire(&pool).await;
        assert_ne!(id(&mut conn).await, first, "{command}");
        let client: String = ask(&mut conn, "CLIENT INFO").await.expect("a line");
        assert!(client.contains("user=default") && client.contains("resp=2"), "{command}: {client}");
    }
    until("the old ones to be closed", || server.clients().len() == 1).await;
    assert!(!pool.snapshot().closes.is_empty());
}

#[tokio::test]
async fn a_reset_that_the_server_does_not_allow_costs_the_connection() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let () = ask(&mut conn, "SELECT 3").await.expect("another database");
    server.ask(&["ACL", "SETUSER", "default", "-select"]);
    let settled = conn.release().await;
    assert_eq!(settled.closed, None, "the reset comes first");
    until("the end of the reset", || crate::count(&pool, State::Idle) + crate::count(&pool, State::Resetting) == 0)
        .await;
    assert_eq!(pool.snapshot().closes, [(CloseReason::RESET_FAILED, 1)]);
}

#[tokio::test]
async fn always_means_a_round_trip_after_each_lease() {
    let Some(server) = start() else { return };
    let pings = || {
        let stats = server.ask(&["INFO", "commandstats"]);
        let stats = stats.as_str().unwrap_or_default().to_owned();
        let line = stats.lines().find(|line| line.starts_with("cmdstat_ping")).unwrap_or("calls=0,").to_owned();
        let calls = line.split("calls=").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or("0").to_owned();
        calls.parse::<u32>().expect("a number")
    };
    let with = |reset| pool(server.address(), move |options| options.reset = reset);
    for (reset, each) in [(ResetWhen::Dirty, 0), (ResetWhen::Always, 1)] {
        let pool = with(reset);
        drop(acquire(&pool).await);
        until("it to be idle", || crate::count(&pool, State::Idle) == 1).await;
        let before = pings();
        for _ in 0..5 {
            let _ = id(&mut *acquire(&pool).await).await;
        }
        until("it to be idle", || crate::count(&pool, State::Idle) == 1).await;
        assert_eq!(pings() - before, 5 * each, "{reset:?}");
    }
}
