//! Passwords, users, databases: who may do what, and who is told what when not.

use std::fs;

use clearpool_servers::{LONG, Redis};
use pool_connector_redis::{RedisConnector, RedisError, RedisOptions, Resp};
use pool_core::{Connector, ErrorClass};

use crate::{acquire, ask, connector, dial, one, pool, pool_of, start};

/// How a dial fails, and what class it has.
async fn failure(address: impl ToString, change: impl FnOnce(&mut RedisOptions)) -> (RedisError, ErrorClass) {
    let connector = connector(change);
    let error = dial(&connector, &address.to_string()).await.expect_err("it is refused");
    let class = connector.classify(&error);
    (error, class)
}

fn with_users() -> Option<clearpool_servers::RedisServer> {
    let redis = Redis::find()?
        .config("requirepass tell-nobody")
        .config("user app on >app-secret ~app:* &* +@all")
        .config("user poor on >poor-secret ~* +get +auth +hello +client +ping")
        .config("databases 4");
    Some(redis.start())
}

#[tokio::test]
async fn a_password_and_a_user_with_his_own_are_let_in() {
    let Some(server) = with_users() else { return };
    for protocol in [Resp::Resp2, Resp::Resp3] {
        let of_default = |options: &mut RedisOptions| {
            options.protocol = protocol;
            options.password = Some("tell-nobody".into());
        };
        let of_app = |options: &mut RedisOptions| {
            options.protocol = protocol;
            options.username = Some("app".into());
            options.password = Some("app-secret".into());
        };
        let by_url = format!("redis://app:app-secret@{}", server.address());
        for (connector, address, user) in [
            (connector(of_default), server.address().to_string(), "default"),
            (connector(of_app), server.address().to_string(), "app"),
            (connector(of_default), by_url, "app"),
        ] {
            let mut conn = dial(&connector, &address).await.expect("the password is right");
            assert_eq!(ask::<String>(&mut conn, "ACL WHOAMI").await.expect("a name"), user);
            assert!(!format!("{conn:?} {connector:?}").contains("secret"));
            assert!(!conn.address().contains("secret"));
        }
    }
}

#[tokio::test]
async fn who_is_refused_is_told_why_and_what_to_do_and_it_is_permanent() {
    let Some(server) = with_users() else { return };
    let plain = server.address().to_string();
    for protocol in [Resp::Resp2, Resp::Resp3] {
        let cases = [
            (plain.clone(), None, "Authentication required", "set `password`"),
            (plain.clone(), Some("wr0ng"), "invalid username-password pair", "check `username` and `password`"),
            (format!("redis://app:wr0ng@{plain}"), None, "invalid username-password pair", "check `username`"),
            (format!("redis://{plain}/7"), Some("tell-nobody"), "DB index is out of range", "check `database`"),
            (format!("redis://poor:poor-secret@{plain}/1"), None, "select", "ACL SETUSER"),
        ];
        for (address, password, why, what) in cases {
            let (error, class) = failure(&address, |options| {
                options.protocol = protocol;
                options.password = password.map(Into::into);
            })
            .await;
            let told = error.to_string();
            assert!(told.contains(why) && told.contains(what) && told.contains(&plain), "{told}");
            assert_eq!(class, ErrorClass::Permanent, "{told}");
            let all = format!("{told} {error:?}");
            for secret in ["wr0ng", "tell-nobody", "poor-secret"] {
                assert!(!all.contains(secret), "{all}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_without_a_password_refuses_one() {
    let Some(server) = start() else { return };
    let with = |options: &mut RedisOptions| options.password = Some("tell-nobody".into());
    let (error, class) = failure(server.address(), with).await;
    assert!(error.to_string().contains("leave `password` out"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_server_that_does_not_know_resp3_is_named() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.config("rename-command HELLO \"\"").start();
    let (error, class) = failure(server.address(), |options| options.protocol = Resp::Resp3).await;
    assert!(error.to_string().contains("does not speak RESP3"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

/// How a dial fails at a peer that says this to whatever it is told.
async fn failure_at(said: &str) -> (RedisError, ErrorClass) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("one connects");
        tokio::io::AsyncWriteExt::write_all(&mut stream, said.as_bytes()).await.expect("open");
        stream
    };
    let with = |options: &mut RedisOptions| options.password = Some("tell-nobody".into());
    let (failed, _stream) = tokio::join!(failure(address, with), serve);
    failed
}

#[tokio::test]
async fn a_server_that_repeats_what_it_was_told_is_not_repeated() {
    let (error, class) = failure_at("-ERR unknown command 'AUTH', with args beginning with: 'tell-nobody' \r\n").await;
    let seen = format!("{error} {error:?}");
    assert!(seen.contains("unknown command 'AUTH'") && !seen.contains("tell-nobody"), "{seen}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_user_without_a_password_makes_no_sense() {
    let Some(server) = start() else { return };
    let address = format!("redis://app@{}", server.address());
    let (error, class) = failure(&address, |_| ()).await;
    assert!(error.to_string().contains("a user needs a password"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
    let refused = RedisConnector::check_address(&RedisOptions::default(), &address).expect_err("no password");
    assert_eq!(refused.to_string(), error.to_string());
}

#[tokio::test]
async fn a_password_that_is_rotated_is_read_anew_at_each_dial() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.config("requirepass first").start();
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("password");
    fs::write(&file, "first\n").expect("a file");
    let mut options = one();
    options.dial.backoff_max = std::time::Duration::from_millis(50).into();
    let pool = pool_of(options, server.address(), |options| options.password_file = Some(file.clone()));
    let mut conn = acquire(&pool).await;
    assert_eq!(ask::<String>(&mut conn, "PING").await.expect("an answer"), "PONG");

    // Connections that are there stay; new ones need the new password, which is not in the file yet.
    server.ask(&["CONFIG", "SET", "requirepass", "second"]);
    assert_eq!(ask::<String>(&mut conn, "PING").await.expect("an answer"), "PONG");
    conn.discard();
    let error = pool.acquire().await.expect_err("the old password");
    assert!(error.to_string().contains("`password_file`") && error.is_transient(), "{error}");
    fs::write(&file, "second").expect("a file");
    let renewed = async {
        loop {
            if let Ok(conn) = pool.acquire().await {
                return conn;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let mut conn = tokio::time::timeout(LONG, renewed).await.expect("the new password");
    assert_eq!(ask::<String>(&mut conn, "PING").await.expect("an answer"), "PONG");

    fs::remove_file(&file).expect("it is there");
    let (error, class) = failure(server.address(), |options| options.password_file = Some(file.clone())).await;
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    assert_eq!(class, ErrorClass::Transient, "it may come back");
}

#[tokio::test]
async fn a_pool_with_a_wrong_password_fails_at_once_and_dials_no_storm() {
    let Some(server) = with_users() else { return };
    let pool = pool(server.address(), |options| options.password = Some("wr0ng".into()));
    for _ in 0..50 {
        let error = pool.acquire().await.expect_err("the wrong password");
        assert!(error.to_string().contains("WRONGPASS"), "{error}");
        assert!(!error.is_transient(), "{error}");
    }
    assert!(pool.snapshot().counters().dial_failures <= 2, "{:?}", pool.snapshot().counters());
}

#[tokio::test]
async fn a_peer_that_is_no_redis_is_named() {
    let (error, class) = failure_at("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert!(error.to_string().contains("is it a Redis"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}
