//! TLS, whoever wants it.

use clearpool_servers::{Authority, Postgres, PostgresServer};
use pool_connector_postgres::{PostgresConnection, PostgresConnector, PostgresOptions, SslMode};
use pool_connector_tcp::TlsOptions;
use pool_core::{Connector, ErrorClass};

use crate::{activity, connector, dial, give_up_when_active, pool_to, server, until};

/// A server that speaks TLS, and nothing but that.
fn secure_server(authority: &Authority) -> Option<PostgresServer> {
    let found = Postgres::find()?.allow("hostnossl all all all reject");
    Some(found.with_tls(&authority.server(), None).start())
}

fn trusting(authority: &Authority) -> PostgresConnector {
    trusting_and(authority, |_| {})
}

fn trusting_and(authority: &Authority, change: impl FnOnce(&mut PostgresOptions)) -> PostgresConnector {
    connector(|options| {
        options.tls = Some(TlsOptions::new(authority.roots()));
        change(options);
    })
}

async fn is_secure(conn: &PostgresConnection) -> bool {
    let query = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    conn.query_one(query, &[]).await.expect("a good query").get(0)
}

/// What a dial fails with, and that nobody need try again.
async fn refusal(connector: &PostgresConnector, server: &PostgresServer) -> String {
    let error = dial(connector, server.address()).await.expect_err("it must not be let in");
    assert_eq!(connector.classify(&error), ErrorClass::Permanent, "{error}");
    assert!(error.to_string().contains(&server.address().to_string()), "{error}");
    error.to_string()
}

#[tokio::test]
async fn what_is_said_is_encrypted_also_the_word_to_stop() {
    let authority = Authority::new();
    let Some(server) = secure_server(&authority) else { return };
    let pool = pool_to(server.address(), trusting(&authority));
    let beside = dial(&trusting(&authority), server.address()).await.expect("it lets us in");
    let conn = pool.acquire().await.expect("a connection");
    assert!(is_secure(&conn).await);
    let backend = conn.backend_pid();
    give_up_when_active(&beside, backend, conn.query("select pg_sleep(600)", &[])).await;
    drop(conn);
    assert_ne!(pool.acquire().await.expect("another connection").backend_pid(), backend);
    until("the end of the query", async || activity(&beside, backend).await.is_none()).await;

    let local = format!("unix:{}/.s.PGSQL.{}", server.socket_directory().display(), server.address().port());
    let local = dial(&trusting(&authority), local).await.expect("it lets us in");
    assert!(!is_secure(&local).await, "nobody is between us");
}

#[tokio::test]
async fn tls_is_spoken_if_it_can_be_where_it_is_preferred() {
    let authority = Authority::new();
    let (Some(secure), Some(plain)) = (secure_server(&authority), server()) else { return };
    let prefers = trusting_and(&authority, |options| options.ssl_mode = Some(SslMode::Prefer));
    assert!(is_secure(&dial(&prefers, secure.address()).await.expect("it lets us in")).await);
    assert!(!is_secure(&dial(&prefers, plain.address()).await.expect("it lets us in")).await);
    let not_here = format!("{}?sslmode=disable", plain.url());
    dial(&trusting(&authority), not_here).await.expect("it lets us in");
}

#[tokio::test]
async fn who_speaks_tls_and_who_does_not_do_not_meet() {
    let authority = Authority::new();
    let (Some(secure), Some(plain)) = (secure_server(&authority), server()) else { return };
    let error = refusal(&trusting(&authority), &plain).await;
    assert!(error.contains("does not speak TLS") && error.contains("`ssl`"), "{error}");
    let error = refusal(&connector(|_| {}), &secure).await;
    assert!(error.contains("no encryption (FATAL, 28000); check `user` and `tls`"), "{error}");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_trusted() {
    let authority = Authority::new();
    let Some(server) = secure_server(&authority) else { return };
    let error = refusal(&trusting(&Authority::new()), &server).await;
    assert!(error.contains("because of a certificate"), "{error}");
    let elsewhere = trusting_and(&authority, |options| {
        options.tls = Some(TlsOptions::new(authority.roots()).server_name("elsewhere.example"));
    });
    let error = refusal(&elsewhere, &server).await;
    assert!(error.contains("because of a certificate"), "{error}");
    let expired = Postgres::find().expect("it is there").with_tls(&authority.expired(), None).start();
    let error = refusal(&trusting(&authority), &expired).await;
    assert!(error.contains("because of a certificate"), "{error}");
}

#[tokio::test]
async fn a_client_with_a_certificate_needs_no_password() {
    let authority = Authority::new();
    let Some(found) = Postgres::find() else { return };
    let server = found.with_tls(&authority.server(), Some(&authority.roots())).start();
    let shows = |papers: clearpool_servers::Papers| {
        trusting_and(&authority, |options| {
            options.password = None;
            options.tls = Some(TlsOptions::new(authority.roots()).client(papers.certificate, papers.key));
        })
    };
    let conn = dial(&shows(authority.client()), server.address()).await.expect("it lets us in");
    assert!(is_secure(&conn).await);
    let error = refusal(&trusting(&authority), &server).await;
    assert!(error.contains("client certificate (FATAL, 28000); check `user` and `tls`"), "{error}");
    let stranger = Authority::new();
    let error = refusal(&shows(stranger.client()), &server).await;
    assert!(error.to_lowercase().contains("alert"), "{error}");
}
