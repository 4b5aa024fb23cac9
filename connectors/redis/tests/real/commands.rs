//! What works on a lease: all of redis-rs.

use pool_connector_redis::Resp;
use pool_connector_redis::redis::{self, AsyncCommands, RedisResult};
use pool_core::{Connector, Protocol};

use crate::{acquire, ask, connector, dial, id, pool, start};

#[tokio::test]
async fn commands_pipelines_and_transactions_work_on_a_lease() {
    let Some(server) = start() else { return };
    for protocol in [Resp::Resp2, Resp::Resp3] {
        let pool = pool(server.address(), |options| options.protocol = protocol);
        let mut conn = acquire(&pool).await;
        let () = conn.set("answer", 42).await.expect("it is set");
        let answer: u32 = redis::cmd("GET").arg("answer").query_async(&mut *conn).await.expect("a number");
        assert_eq!(answer, 42);
        let mut pipeline = redis::pipe();
        pipeline.set("a", 1).ignore().get("a").incr("a", 1);
        let answers: (u32, u32) = pipeline.query_async(&mut *conn).await.expect("two answers");
        assert_eq!(answers, (1, 2));
        let mut atomic = redis::pipe();
        atomic.atomic().set("a", 5).ignore().get("a");
        let answers: (u32,) = atomic.query_async(&mut *conn).await.expect("one answer");
        assert_eq!(answers, (5,));
        assert_eq!((conn.address(), conn.database()), (server.address().to_string().as_str(), 0));

        // A lease like these leaves nothing: its connection is there at once, and is the same.
        let first = id(&mut conn).await;
        drop(conn);
        let mut conn = pool.try_acquire().expect("idle, with nothing to undo");
        assert_eq!(id(&mut conn).await, first);
    }
}

#[tokio::test]
async fn an_error_of_the_server_leaves_the_connection_well() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let () = conn.set("text", "x").await.expect("it is set");
    let failed: RedisResult<u32> = conn.incr("text", 1).await;
    assert!(failed.expect_err("not a number").to_string().contains("not an integer"));
    let mut atomic = redis::pipe();
    atomic.atomic().incr("text", 1).cmd("NO-SUCH-COMMAND");
    let failed: RedisResult<()> = atomic.query_async(&mut *conn).await;
    failed.expect_err("the transaction is aborted");
    let failed: RedisResult<()> = redis::Cmd::new().query_async(&mut *conn).await;
    failed.expect_err("no command");
    drop(conn);
    let mut conn = acquire(&pool).await;
    assert_eq!(id(&mut conn).await, first, "nothing was wrong with it");
    assert_eq!(ask::<String>(&mut conn, "GET text").await.expect("in no transaction"), "x");
}

#[tokio::test]
async fn every_form_of_address_leads_there() {
    let Some(server) = start() else { return };
    let socket = server.socket();
    for address in [
        server.address().to_string(),
        format!("redis://{}", server.address()),
        format!("redis://{}/3?protocol=resp3", server.address()),
        format!("unix:{}", socket.display()),
        format!("redis+unix://{}?db=3", socket.display()),
    ] {
        let mut conn = dial(&connector(|options| options.database = 2), &address).await.expect("it answers");
        let client: String = ask(&mut conn, "CLIENT INFO").await.expect("a line");
        let database = if address.contains('3') && !address.starts_with("127") && address.contains("/3")
            || address.contains("db=3")
        {
            3
        } else {
            2
        };
        assert!(client.contains(&format!(" db={database} ")), "{address}: {client}");
        assert_eq!(client.contains("resp=3"), address.contains("resp3"), "{address}: {client}");
    }
}

#[tokio::test]
async fn a_connection_has_the_name_that_it_was_given() {
    let Some(server) = start() else { return };
    let mut conn = dial(&connector(|options| options.client_name = Some("orders".into())), server.address())
        .await
        .expect("it answers");
    assert_eq!(ask::<String>(&mut conn, "CLIENT GETNAME").await.expect("a name"), "orders");
}

#[tokio::test]
async fn a_check_is_a_round_trip() {
    let Some(server) = start() else { return };
    let connector = connector(|_| ());
    let mut conn = dial(&connector, server.address()).await.expect("it answers");
    assert!(connector.is_open(&mut conn));
    connector.check(&mut conn).await.expect("it answers");
    server.process().kill();
    let error = connector.check(&mut conn).await.expect_err("nobody is there").to_string();
    assert!(error.contains(&server.address().to_string()), "{error}");
    assert!(!connector.is_open(&mut conn));
    assert_eq!(connector.protocol(), Protocol::named("redis").database("redis").default_port(6379));
}

#[tokio::test]
async fn a_closed_connection_is_gone_at_the_server_at_once() {
    let Some(server) = start() else { return };
    let connector = connector(|_| ());
    let conn = dial(&connector, server.address()).await.expect("it answers");
    connector.close(conn, pool_core::CloseReason::CLOSED).await;
    crate::until("the server to see it", || server.clients().is_empty()).await;
}
