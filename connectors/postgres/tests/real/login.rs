//! Who is let in, and by which road.

use std::fs;

use clearpool_servers::{Postgres, serve_holding};
use pool_connector_postgres::{PLUGIN, PostgresConnector, PostgresError, SessionAttrs};
use pool_core::{Connector, Endpoint, ErrorClass};
use serde_json::json;

use crate::{beside, connector, dial, pool_to, pool_with, server};

/// What a dial fails with: the message, after a look at its class.
async fn refusal(connector: &PostgresConnector, address: impl ToString, class: ErrorClass) -> String {
    let error = dial(connector, address).await.expect_err("it must not be let in");
    assert_eq!(connector.classify(&error), class, "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_wrong_login_is_told_for_what_it_is() {
    let Some(server) = server() else { return };
    let address = server.address();
    let beside = beside(&server).await;
    let words = "drop role if exists outsider; create role outsider login password 'a word';
        drop database if exists closed; create database closed; revoke connect on database closed from public";
    for word in words.split(';') {
        beside.batch_execute(word).await.expect("a superuser may");
    }
    let wrong_password = connector(|options| options.password = Some("wr0ng".into()));
    let no_password = connector(|options| options.password = None);
    let no_user = connector(|options| options.user = Some("nobody there".into()));
    let no_database = connector(|options| options.database = Some("nowhere".into()));
    let no_right = connector(|options| {
        options.user = Some("outsider".into());
        options.password = Some("a word".into());
        options.database = Some("closed".into());
    });
    let bad_setting = connector(|options| {
        options.settings = [("no_such_setting".to_owned(), "1".to_owned())].into();
    });
    for (connector, said) in [
        (wrong_password, "28P01); check `user` and `password`"),
        (no_password, "password missing"),
        (no_user, "does not let `nobody there` into `nobody there`: password authentication failed"),
        (no_database, "3D000); check `database`"),
        (no_right, "42501); grant the right"),
        (bad_setting, "42704); check `settings`"),
    ] {
        let error = refusal(&connector, address, ErrorClass::Permanent).await;
        assert!(error.contains(said) && error.contains(&address.to_string()), "{error}");
        assert!(!error.contains("wr0ng") && !error.contains("a word"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_is_none_may_be_there_later() {
    let plain = connector(|_| {});
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let error = refusal(&plain, gone, ErrorClass::Transient).await;
    assert!(error.contains("cannot connect") && error.contains(&gone.to_string()), "{error}");
    let error = refusal(&plain, "unix:/nowhere", ErrorClass::Transient).await;
    assert!(error.contains("unix:/nowhere/.s.PGSQL.5432"), "{error}");

    let pool = pool_with(serve_holding(), connector(|_| {}), |options| {
        options.dial.timeout = pool_core::HumanDuration::from_millis(50);
    });
    let error = pool.acquire().await.expect_err("it says nothing").to_string();
    assert!(error.contains("50ms"), "{error}");
}

#[tokio::test]
async fn a_password_file_is_read_for_each_connection() {
    let Some(server) = server() else { return };
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("password");
    let beside = beside(&server).await;
    beside.batch_execute("drop role if exists rotated").await.expect("a superuser may");
    beside.batch_execute("create role rotated login password 'first'").await.expect("a superuser may");
    fs::write(&file, "first\n").expect("a file");
    let connector = connector(|options| {
        options.user = Some("rotated".into());
        options.database = Some("postgres".into());
        options.password = None;
        options.password_file = Some(file.clone());
    });
    let pool = pool_with(server.address(), connector, |options| options.limits.max_open = 2);
    let first = pool.acquire().await.expect("the first password");

    beside.batch_execute("alter role rotated password 'second'").await.expect("a superuser may");
    let error = refusal(pool.connector(), server.address(), ErrorClass::Permanent).await;
    assert!(error.contains("28P01"), "{error}");
    let theirs = pool.clone();
    let waiting = tokio::spawn(async move { theirs.acquire().await.map(drop) });
    crate::until("a dial that fails", async || pool.snapshot().counters().dial_failures > 0).await;
    fs::write(&file, "second\r\n").expect("a file");
    first.query("select 1", &[]).await.expect("who is in stays in");
    // The pool tries again by itself.
    waiting.await.expect("no panic").expect("the second password");

    fs::remove_file(&file).expect("our file");
    let error = dial(pool.connector(), server.address()).await.expect_err("there is no password");
    assert!(matches!(error, PostgresError::PasswordFile { .. }), "{error:?}");
    assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");
}

#[tokio::test]
async fn every_form_of_address_leads_there() {
    let Some(server) = server() else { return };
    let port = server.address().port();
    let run = server.socket_directory();
    let nobody = PostgresConnector::new(Default::default()).expect("good options");
    let url = server.url();
    let by_socket = url.replace(&format!("@{}/postgres", server.address()), "@/postgres");
    let by_socket = format!("{by_socket}?host={}&port={port}&application_name=a%20till", run.display());
    for address in [url.clone(), url.replace("127.0.0.1", "localhost"), by_socket.clone()] {
        let conn = dial(&nobody, &address).await.unwrap_or_else(|error| panic!("{error}"));
        conn.check_connection().await.expect("it answers");
    }
    let conn = dial(&nobody, by_socket).await.expect("it is there");
    let row = conn.query_one("select current_setting('application_name'), inet_client_addr() is null", &[]).await;
    let row = row.expect("a good query");
    assert_eq!((row.get(0), row.get(1), conn.address().starts_with("unix:/")), ("a till", true, true));
    let socket = format!("unix:{}/.s.PGSQL.{port}", run.display());
    dial(&connector(|_| {}), socket).await.expect("it is there");
}

#[tokio::test]
async fn a_url_with_a_password_shows_it_nowhere() {
    let Some(server) = server() else { return };
    let address = server.url().replace(&Postgres::PASSWORD.replace(' ', "%20"), "wr0ng");
    let pool = pool_to(&address, PostgresConnector::new(Default::default()).expect("good options"));
    let error = pool.acquire().await.expect_err("a wrong password");
    for shown in [error.to_string(), format!("{error:?}"), format!("{:?}", pool.snapshot())] {
        assert!(!shown.contains("wr0ng"), "{shown}");
    }
    let conn = dial(&connector(|_| {}), server.url()).await.expect("the right password");
    assert!(!format!("{conn:?} {:?}", pool.connector()).contains(Postgres::PASSWORD));
}

#[tokio::test]
async fn a_server_of_another_kind_will_not_do() {
    let Some(server) = server() else { return };
    let writes = connector(|options| options.target_session_attrs = SessionAttrs::ReadWrite);
    let reads = connector(|options| options.target_session_attrs = SessionAttrs::ReadOnly);
    let replica = |options: &mut pool_connector_postgres::PostgresOptions| {
        options.settings = [("default_transaction_read_only".to_owned(), "on".to_owned())].into();
    };
    dial(&writes, server.address()).await.expect("it takes writes");
    let error = refusal(&reads, server.address(), ErrorClass::Transient).await;
    assert!(error.contains("takes writes, and `target_session_attrs`"), "{error}");
    let writes = connector(|options| {
        replica(options);
        options.target_session_attrs = SessionAttrs::ReadWrite;
    });
    let error = refusal(&writes, server.address(), ErrorClass::Transient).await;
    assert!(error.contains("takes no writes"), "{error}");
    let url = format!("{}?target_session_attrs=read-only", server.url());
    dial(&connector(replica), url).await.expect("it takes no writes");
}

#[test]
fn the_plugin_refuses_addresses_that_lead_nowhere() {
    let check = |options: serde_json::Value, address: &str| PLUGIN.check_endpoint(options, &Endpoint::new(address));
    let named = json!({ "user": "me" });
    for address in ["db:5432", "unix:/run/postgresql", "postgres://db/orders"] {
        check(named.clone(), address).expect("a good address");
    }
    check(json!({}), "postgres://me@db").expect("it names a user");
    for (options, address, said) in [
        (named.clone(), "db", "port is missing"),
        (json!({}), "db:5432", "nobody is named who logs in"),
        (named, "postgres://db?sslmode=verify-full", "with `tls = {}`"),
    ] {
        let error = check(options, address).expect_err(said).to_string();
        assert!(error.starts_with("address: ") && error.contains(said), "{error}");
    }
}

#[test]
fn options_have_their_keys() {
    for (options, said) in [
        (json!({ "ssl_mode": "yes" }), "ssl_mode: unknown variant"),
        (json!({ "pasword": "a" }), "unknown field `pasword`"),
        (json!({ "socket": { "keepalive": "1ms" } }), "socket.keepalive: "),
        (json!({ "settings": { "a b": "1" } }), "settings: `a b`"),
        (json!({ "password": "a", "password_file": "b" }), "password_file: "),
    ] {
        let error = PLUGIN.normalize(options).expect_err(said).to_string();
        assert!(error.contains(said), "{error}");
    }
    let normal = PLUGIN.normalize(json!({ "user": "me", "password": "word" })).expect("good options");
    assert_eq!((&normal["password"], &normal["statement_cache"]), (&json!("word"), &json!(256)));
    let built = PostgresConnector::new(serde_json::from_value(normal).expect("the same options"));
    assert_eq!(built.expect("good options").protocol().name, Some("postgresql"));
}

#[test]
fn the_guide_has_every_option_and_no_other() {
    let guide = include_str!("../../../../docs/guides/postgres.md");
    let block = guide.split("```toml\n").find(|block| block.starts_with("[pools.orders]")).expect("a configuration");
    let block = block.split("```").next().expect("its end");
    let mut config: serde_json::Value = toml::from_str(block).expect("good TOML");
    let pool = &mut config["pools"]["orders"];
    let connector = pool["connector"].as_object_mut().expect("a table");
    assert_eq!(connector.remove("kind"), Some(json!(PLUGIN.kind)));
    let options: pool_connector_postgres::PostgresOptions =
        serde_json::from_value(serde_json::Value::from(connector.clone())).expect("good options");
    let all = serde_json::to_value(options).expect("all of them");
    let keys = |value: &serde_json::Value| value.as_object().expect("a table").keys().cloned().collect::<Vec<_>>();
    let mut told = keys(&serde_json::Value::from(connector.clone()));
    told.sort_unstable();
    assert_eq!(told, keys(&all));
    for key in keys(&all).iter().map(String::as_str).chain(["password"]) {
        assert!(guide.contains(&format!("\n| `{key}` |")), "`{key}` is not in the table");
    }
    let plain = serde_json::to_value(pool_connector_postgres::PostgresOptions::default()).expect("all of them");
    for (key, value) in plain.as_object().expect("a table") {
        assert!(key == "socket" || all[key] != *value, "`{key}` has its default");
    }
}
