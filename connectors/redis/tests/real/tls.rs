//! TLS, with certificates made here.

use std::time::Duration;

use clearpool_servers::{Authority, Papers, Redis, RedisServer};
use pool_connector_redis::redis::AsyncCommands;
use pool_connector_redis::{RedisOptions, Resp};
use pool_connector_tcp::TlsOptions;
use pool_core::{Connector, ErrorClass};

use crate::{acquire, connector, dial, dial_within, id, pool, until};

fn start(authority: &Authority, asks_clients: bool) -> Option<RedisServer> {
    let roots = authority.roots();
    Some(Redis::find()?.with_tls(&authority.server(), asks_clients.then_some(roots.as_path())).start())
}

async fn failure(address: impl ToString, change: impl FnOnce(&mut RedisOptions)) -> (String, ErrorClass) {
    let connector = connector(change);
    let error = dial(&connector, address).await.expect_err("no agreement");
    (error.to_string(), connector.classify(&error))
}

#[tokio::test]
async fn commands_work_in_tls_and_what_is_left_is_undone() {
    let authority = Authority::new();
    let Some(server) = start(&authority, false) else { return };
    for (address, protocol) in [
        (server.tls().to_string(), Resp::Resp2),
        (format!("rediss://{}", server.tls()), Resp::Resp2),
        (format!("rediss://localhost:{}/2", server.tls().port()), Resp::Resp3),
    ] {
        let pool = pool(&address, |options| {
            options.tls = Some(TlsOptions::new(authority.roots()));
            options.protocol = protocol;
        });
        let mut conn = acquire(&pool).await;
        let first = id(&mut conn).await;
        let () = conn.set("large", "x".repeat(100_000)).await.expect("it is set");
        let () = crate::ask(&mut conn, "WATCH large").await.expect("it is watched");
        drop(conn);
        let mut conn = acquire(&pool).await;
        assert_eq!(conn.get::<_, String>("large").await.expect("a text").len(), 100_000);
        assert_eq!(id(&mut conn).await, first);
        drop(conn);
        assert!(server.kill_clients() > 0);
        assert_ne!(id(&mut *acquire(&pool).await).await, first, "killed while idle");
        pool.drain(clearpool_servers::LONG).await;
        until("it to be closed", || server.clients().is_empty()).await;
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_permanent() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let Some(server) = start(&stranger, false) else { return };
    let trusting = |options: &mut RedisOptions| options.tls = Some(TlsOptions::new(authority.roots()));
    let (error, class) = failure(server.tls(), trusting).await;
    assert!(error.contains("because of a certificate"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_told_so_and_one_with_it_is_let_in() {
    let authority = Authority::new();
    let Some(server) = start(&authority, true) else { return };
    let without = |options: &mut RedisOptions| options.tls = Some(TlsOptions::new(authority.roots()));
    let (error, class) = failure(server.tls(), without).await;
    assert!(error.contains("certificate"), "{error}");
    assert_eq!(class, ErrorClass::Permanent, "{error}");

    let Papers { certificate, key } = authority.client();
    let with = |options: &mut RedisOptions| {
        options.tls = Some(TlsOptions::new(authority.roots()).client(certificate, key));
    };
    let mut conn = dial(&connector(with), server.tls()).await.expect("the certificate is good");
    assert!(id(&mut conn).await > 0);
}

#[tokio::test]
async fn one_side_that_speaks_tls_and_one_that_does_not_are_told_so() {
    let authority = Authority::new();
    let Some(server) = start(&authority, false) else { return };
    let speaking = |options: &mut RedisOptions| options.tls = Some(TlsOptions::new(authority.roots()));
    // Redis takes the handshake for the beginning of a command, and waits for its end.
    let waits = dial_within(&connector(speaking), server.address(), Duration::from_millis(300)).await;
    let error = waits.expect_err("no agreement").to_string();
    assert!(error.contains("within 300ms; does it speak TLS?"), "{error}");
    let (error, _) = failure(server.tls(), |_| ()).await;
    assert!(error.contains("does it want TLS"), "{error}");
}

#[tokio::test]
async fn a_unix_socket_needs_a_name_for_tls() {
    let authority = Authority::new();
    let Some(server) = start(&authority, false) else { return };
    let speaking = |options: &mut RedisOptions| options.tls = Some(TlsOptions::new(authority.roots()));
    let (error, class) = failure(format!("unix:{}", server.socket().display()), speaking).await;
    assert!(error.contains("tls.server_name"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}
