//! Many callers who leave everything behind that can be left, go away half-way, and are thrown out.

use std::time::Duration;

use pool_connector_redis::redis::{self, RedisResult, Value};
use pool_connector_redis::{RedisConnector, Resp};
use pool_tokio::Pool;

use crate::{ask, one, pool_of, start, until};

const CALLERS: usize = 16;
const ROUNDS: usize = 60;
const CONNECTIONS: u32 = 4;

/// What callers do before they go, all of it ill-mannered.
const DEEDS: [&str; 12] = [
    "SET key 1",
    "MULTI",
    "SELECT 7",
    "WATCH key",
    "SUBSCRIBE news weather",
    "PSUBSCRIBE n* w*",
    "CLIENT SETNAME me",
    "BLPOP nothing 0",
    "AUTH default wr0ng",
    "CLIENT TRACKING ON",
    "CLIENT REPLY SKIP",
    "PUBLISH news rain",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_others_have_done_a_lease_finds_its_connection_as_new() {
    let Some(server) = start() else { return };
    for protocol in [Resp::Resp2, Resp::Resp3] {
        let mut options = one();
        options.limits.max_open = CONNECTIONS;
        let pool = pool_of(options, server.address(), |options| options.protocol = protocol);
        let callers: Vec<_> = (0..CALLERS).map(|caller| tokio::spawn(call(pool.clone(), caller))).collect();
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            server.kill_clients();
        }
        let mut seen = 0;
        for caller in callers {
            seen += caller.await.expect("no panic");
        }
        assert!(seen > CALLERS * ROUNDS / 2, "{seen}: most have a connection, and look at it");
        until("all to be back", || pool.snapshot().leases == 0).await;
        assert!(pool.snapshot().open() <= CONNECTIONS);
        assert!(pool.drain(clearpool_servers::LONG).await.drained);
        until("all to be closed", || server.clients().is_empty()).await;
    }
}

/// How often it has seen its connection as new.
async fn call(pool: Pool<RedisConnector>, caller: usize) -> usize {
    let mut seen = 0;
    for round in 0..ROUNDS {
        let Ok(mut conn) = pool.acquire().await else {
            // A dial was thrown out.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        // Whoever is thrown out in the middle has an error, and never the answer to something else.
        let word = format!("word-{caller}-{round}");
        let echoed: RedisResult<String> = redis::cmd("ECHO").arg(&word).query_async(&mut *conn).await;
        match echoed {
            Ok(echoed) => assert_eq!(echoed, word),
            Err(error) => assert!(error.is_connection_dropped(), "{error}"),
        }
        if let Ok(client) = ask::<String>(&mut conn, "CLIENT INFO").await {
            let as_new = [" name= ", " db=0 ", " sub=0 ", " psub=0 ", " multi=-1 ", " user=default "];
            assert!(as_new.iter().all(|field| client.contains(field)), "{client}");
            seen += 1;
        }
        let deed = ask::<Value>(&mut conn, DEEDS[(caller * 7 + round) % DEEDS.len()]);
        // Some go before the answer is there.
        let patience = Duration::from_millis(if round % 3 == 0 { 0 } else { 5 });
        let _ = tokio::time::timeout(patience, deed).await;
    }
    seen
}
