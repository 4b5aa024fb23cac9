//! Servers that are killed, paused, restarted, or leave; and networks that cut.

use std::time::Duration;

use clearpool_servers::FaultProxy;
use pool_connector_grpc::{Connectivity, GrpcConnection};
use pool_core::{Counts, HumanDuration, PoolOptions};
use tonic::{Code, Request};

use crate::echo::{Ask, ask, gated};
use crate::server::Server;
use crate::{AMPLE, builder, built, client, pool, process, until, warm};

fn asking<T>(message: T, within: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(within);
    request
}

#[tokio::test]
async fn calls_on_a_killed_server_fail_and_the_others_serve() {
    let ((one, a), (_two, b), (_three, c)) = (process::start("one"), process::start("two"), process::start("three"));
    let pool = pool([a, b, c]);
    warm(&pool).await;
    let calls = (0..9).map(|_| {
        let mut client = client(&pool);
        tokio::spawn(async move { client.say(Ask { hold: 3_000, ..ask() }).await })
    });
    let calls: Vec<_> = calls.collect();
    until("the calls to be under way", || pool.pool().leases().len() == 9).await;
    // Sent is what was lent a moment ago.
    tokio::time::sleep(Duration::from_millis(300)).await;
    one.kill();
    let (mut served, mut failed) = (0, 0);
    for call in calls {
        match call.await.expect("no panic") {
            Ok(_) => served += 1,
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status}");
                failed += 1;
            }
        }
    }
    assert_eq!((served, failed), (6, 3));
    let mut client = client(&pool);
    for _ in 0..12 {
        let told = client.say(ask()).await.expect("two are left");
        assert_ne!(told.server, "one");
    }
    assert_eq!(pool.states()[0].connectivity, Connectivity::TransientFailure);
}

#[tokio::test]
async fn a_server_that_is_restarted_while_nobody_calls_is_found_again() {
    let (one, address) = process::start("one");
    let pool = pool([address]);
    let mut client = client(&pool);
    assert_eq!(client.say(ask()).await.expect("served").server, "one");
    one.kill();
    until("the connection to be gone", || pool.pool().snapshot().open() == 0).await;
    let _again = process::start_again("one again", address);
    let told = client.say(ask()).await.expect("the first call after that");
    assert_eq!(told.server, "one again");
}

#[test]
fn a_pool_outlives_the_runtime_that_its_connections_were_made_on() {
    let (_one, address) = process::start("one");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    let pool = first.block_on(async { pool([address]) });
    for runtime in [first, runtime(), runtime()] {
        let told = runtime.block_on(client(&pool).say(ask()));
        assert_eq!(told.expect("served").server, "one");
        let lease = runtime.block_on(async { pool.pool().acquire().await }).expect("a share");
        let connection = GrpcConnection::clone(&lease);
        assert!(connection.is_ready());
        drop((lease, runtime));
        assert!(!connection.is_ready(), "nobody moves its frames");
    }
    assert_eq!(pool.pool().snapshot().counters().dials, 3);
}

#[tokio::test]
async fn calls_to_a_paused_server_end_at_their_deadline() {
    let (one, address) = process::start("one");
    let pool = pool([address]);
    let mut client = client(&pool);
    client.say(ask()).await.expect("served");
    process::pause(&one);
    let late = tokio::time::timeout(AMPLE, client.say(asking(ask(), Duration::from_millis(300)))).await;
    let status = late.expect("it ends").expect_err("no answer comes");
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(pool.pool().leases().is_empty());
    one.resume();
    assert_eq!(client.say(asking(ask(), AMPLE)).await.expect("served").server, "one");
}

#[tokio::test]
async fn dials_to_a_paused_server_end_at_theirs() {
    let (one, address) = process::start("one");
    process::pause(&one);
    let pool = pool([address]);
    let status = client(&pool).say(asking(ask(), Duration::from_millis(300))).await.expect_err("no answer comes");
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(status.message().contains("no connection could be made within"), "{status}");
}

#[tokio::test]
async fn pings_find_a_server_that_is_gone_without_a_word() {
    let (one, address) = process::start("one");
    let options = builder(|options| {
        options.keep_alive.interval = HumanDuration::from_millis(100);
        options.keep_alive.timeout = HumanDuration::from_millis(500);
    });
    let pool = built(options, [address]);
    let mut client = client(&pool);
    client.say(ask()).await.expect("served");
    process::pause(&one);
    let status = client.say(ask()).await.expect_err("the connection is given up");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    until("the connection to be gone", || pool.pool().snapshot().endpoints[0].closes.len() == 1).await;
}

#[tokio::test]
async fn pings_may_take_their_time() {
    let server = Server::start("one").await;
    let ages = HumanDuration::from(Duration::from_secs(u64::MAX / 2));
    for (interval, timeout) in [(ages, HumanDuration::from_secs(20)), (HumanDuration::from_millis(50), ages)] {
        let options = builder(|options| {
            options.keep_alive.interval = interval;
            options.keep_alive.timeout = timeout;
            options.keep_alive.while_idle = true;
        });
        let pool = built(options, [server.address]);
        for _ in 0..3 {
            assert_eq!(client(&pool).say(ask()).await.expect("served").server, "one");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(pool.pool().snapshot().counters().dials, 1, "every {interval}, within {timeout}");
    }
}

#[tokio::test]
async fn a_server_that_says_goodbye_fails_no_call() {
    let (one, two) = (Server::start("one").await, Server::start("two").await);
    let pool = pool([one.address, two.address]);
    warm(&pool).await;
    let running: Vec<_> = (0..10)
        .map(|_| {
            let mut client = client(&pool);
            tokio::spawn(async move { client.say(gated()).await })
        })
        .collect();
    until("the calls to run", || one.echo.running() + two.echo.running() == 10).await;
    let mut callers = Vec::new();
    for _ in 0..4 {
        let mut client = client(&pool);
        callers.push(tokio::spawn(async move {
            for _ in 0..200 {
                client.say(ask()).await?;
            }
            Ok::<(), tonic::Status>(())
        }));
    }
    until("some calls to be over", || one.echo.served() > 50).await;
    let leaving = one.say_goodbye();
    for caller in callers {
        caller.await.expect("no panic").expect("no call fails");
    }
    assert_eq!(leaving.echo.running(), 5, "those that ran may end");
    leaving.open();
    two.open();
    for call in running {
        call.await.expect("no panic").expect("those that ran end well");
    }
    leaving.gone().await;
}

#[tokio::test]
async fn a_successor_is_used_while_calls_still_run_on_its_predecessor_if_there_is_room() {
    for (most, closing, is_room) in [(1, Counts::Counted, false), (2, Counts::Counted, true), (1, Counts::Free, true)] {
        let old = Server::start("old").await;
        let mut options = PoolOptions::default();
        options.limits.max_open_per_endpoint = Some(most);
        options.limits.closing = closing;
        let pool = built(builder(|_| ()).options(options), [old.address]);
        let running = {
            let mut client = client(&pool);
            tokio::spawn(async move { client.say(gated()).await })
        };
        until("the call to run", || old.echo.running() == 1).await;
        let address = old.address;
        let leaving = old.say_goodbye();
        until("the goodbye", || pool.pool().try_acquire().is_err()).await;
        let _new = Server::start_at(address, "new", |tonic| tonic).await;
        let answer = client(&pool).say(asking(ask(), Duration::from_millis(if is_room { 30_000 } else { 300 }))).await;
        match answer {
            Ok(told) => assert!(is_room && told.server == "new"),
            Err(status) => assert!(!is_room && status.code() == Code::DeadlineExceeded, "{status}"),
        }
        leaving.open();
        assert_eq!(running.await.expect("no panic").expect("it ends well").server, "old");
        assert_eq!(client(&pool).say(ask()).await.expect("there is room now").server, "new");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_an_error_and_the_connection_is_gone() {
    let server = Server::start("one").await;
    let proxy = FaultProxy::to(server.address);
    let pool = pool([proxy.address()]);
    let mut answers = client(&pool).count(Ask { count: 3, ..gated() }).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    proxy.cut();
    let status = answers.message().await.expect_err("cut off");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(pool.pool().leases().is_empty());
    until("the connection to be closed", || pool.pool().snapshot().open() == 0).await;
    assert_eq!(client(&pool).say(ask()).await.expect("a new connection").server, "one");
    assert_eq!(proxy.accepted(), 2);
}

#[tokio::test]
async fn a_slow_network_costs_time_and_nothing_else() {
    let server = Server::start("one").await;
    let proxy = FaultProxy::to(server.address);
    proxy.delay(Duration::from_millis(30));
    let pool = pool([proxy.address()]);
    for _ in 0..3 {
        assert_eq!(client(&pool).say(ask()).await.expect("served").server, "one");
    }
    proxy.hold(true);
    let status = client(&pool).say(asking(ask(), Duration::from_millis(200))).await.expect_err("held back");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    proxy.hold(false);
    assert_eq!(client(&pool).say(ask()).await.expect("served").server, "one");
    assert_eq!(proxy.accepted(), 1);
}
