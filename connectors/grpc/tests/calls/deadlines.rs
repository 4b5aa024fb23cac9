//! How long calls may take, and what their callers are told.

use std::time::Duration;

use pool_connector_grpc::GrpcError;
use pool_core::{HumanDuration, PoolOptions};
use pool_tokio::{AcquireError, AcquireOptions};
use tonic::{Code, Request, Status};

use crate::echo::{Ask, EchoClient, ask, gated};
use crate::server::Server;
use crate::{AMPLE, builder, built, client, until};

fn within<T>(message: T, time: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(time);
    request
}

fn one_call_at_a_time(
    change: impl FnOnce(&mut PoolOptions),
) -> pool_tokio::PoolBuilder<pool_connector_grpc::GrpcConnector> {
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    change(&mut options);
    builder(|options| options.max_streams = Some(1)).options(options)
}

fn acquire_error(status: &Status) -> &AcquireError<GrpcError> {
    let source = std::error::Error::source(status).expect("a source");
    source.downcast_ref().expect("the pool's own error")
}

#[tokio::test]
async fn the_wait_for_a_connection_is_part_of_a_call_s_time() {
    let server = Server::start("one").await;
    let pool = built(one_call_at_a_time(|_| ()), [server.address]);
    let holder = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.say(gated()).await })
    };
    until("it to run", || server.echo.running() == 1).await;
    let status = client(&pool).say(within(ask(), Duration::from_millis(200))).await.expect_err("it waits in vain");
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(status.message().contains("no connection became free within"), "{status}");
    assert!(matches!(acquire_error(&status), AcquireError::Timeout { .. }));
    let waiter = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.say(within(ask(), Duration::from_secs(20))).await })
    };
    until("it to wait", || !pool.pool().waiting().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.open();
    holder.await.expect("no panic").expect("served");
    let told = waiter.await.expect("no panic").expect("served");
    // In microseconds, as 20 s fit into eight digits.
    let micros: u64 = told.timeout.strip_suffix('u').expect(&told.timeout).parse().expect("a number");
    assert!(micros < 19_951_000, "the server is told what is left, and the wait was 50 ms at least: {micros}");
}

#[tokio::test]
async fn an_answer_in_many_parts_has_a_deadline_too() {
    let server = Server::start("one").await;
    let pool = built(builder(|_| ()), [server.address]);
    let asked = within(Ask { count: 3, ..gated() }, Duration::from_secs(1));
    let mut answers = client(&pool).count(asked).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    let status = answers.message().await.expect_err("the second does not come");
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(pool.pool().leases().is_empty());
    until("the server to hear of it", || server.echo.running() == 0).await;
}

#[tokio::test]
async fn a_stream_that_never_pauses_ends_at_its_deadline() {
    let server = Server::start("one").await;
    let pool = built(builder(|_| ()), [server.address]);
    let asked = within(Ask { count: u32::MAX, ..ask() }, Duration::from_secs(1));
    let mut answers = client(&pool).count(asked).await.expect("begun");
    let status = loop {
        match answers.message().await {
            // Slower than the server, so that there is always one more to be read.
            Ok(Some(_)) => tokio::time::sleep(Duration::from_millis(2)).await,
            Ok(None) => unreachable!("it has no end"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(pool.pool().leases().is_empty());
}

#[tokio::test]
async fn calls_without_a_deadline_have_that_of_the_options() {
    let server = Server::start("one").await;
    let options = builder(|options| options.call_timeout = HumanDuration::from_millis(200));
    let pool = built(options, [server.address]);
    let status = EchoClient::new(pool.channel()).say(gated()).await.expect_err("it waits in vain");
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    let longer = pool.channel().timeout(Duration::from_secs(20));
    let told = EchoClient::new(longer).say(ask()).await.expect("served");
    assert!(told.timeout.starts_with("19"), "{}", told.timeout);
}

#[tokio::test]
async fn a_full_pool_is_an_exhausted_resource_and_one_without_a_server_is_unavailable() {
    let server = Server::start("one").await;
    for full in ["wait", "fail"] {
        let pool = built(
            one_call_at_a_time(|options| {
                options.wait.timeout = HumanDuration::from_millis(50);
                if full == "fail" {
                    options.wait.exhausted = pool_core::Exhausted::Fail;
                }
            }),
            [server.address],
        );
        let patient = AcquireOptions::new().timeout(AMPLE);
        let _held = pool.pool().acquire_with(patient).await.expect("a share");
        let status = client(&pool).say(ask()).await.expect_err("there is none left");
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        assert_eq!(status.message(), acquire_error(&status).to_string());
    }
    let nobody = built(builder(|_| ()), ["127.0.0.1:1"]);
    let status = client(&nobody).say(ask()).await.expect_err("nobody is there");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("pool `pool`: dials fail"), "{status}");
    assert!(status.message().contains("cannot connect to 127.0.0.1:1"), "{status}");
    assert!(acquire_error(&status).is_transient());
    nobody.pool().close();
    let status = client(&nobody).say(ask()).await.expect_err("it is closed");
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unavailable, "pool `pool`: it is closed and gives no more leases")
    );
}

#[tokio::test]
async fn a_timeout_that_makes_no_sense_is_the_caller_s_mistake() {
    let pool = built(builder(|_| ()), ["127.0.0.1:1"]);
    let mut request = Request::new(ask());
    request.metadata_mut().insert("grpc-timeout", "soon".parse().expect("a value"));
    let status = client(&pool).say(request).await.expect_err("it makes no sense");
    assert_eq!(status.code(), Code::InvalidArgument);
}
