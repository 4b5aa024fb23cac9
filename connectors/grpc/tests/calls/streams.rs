//! How many calls share a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pool_connector_grpc::{GrpcChannel, GrpcPool};
use pool_core::{HumanDuration, PoolOptions};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::codegen::tokio_stream::StreamExt;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::echo::{Ask, EchoClient, Told, ask, fail, gated};
use crate::server::Server;
use crate::wire::Wire;
use crate::{builder, built, client, pool, until, warm};

type Call = JoinHandle<Result<Told, Status>>;

/// Begins so many calls that wait at the gate; waits until they are there.
async fn begin(client: &EchoClient<GrpcChannel>, server: &Server, calls: usize) -> Vec<Call> {
    let before = server.echo.running();
    let begun = (0..calls).map(|_| {
        let mut client = client.clone();
        tokio::spawn(async move { client.say(gated()).await })
    });
    let begun = begun.collect();
    until("the calls to run", || server.echo.running() == before + calls).await;
    begun
}

async fn finish(calls: Vec<Call>) {
    for call in calls {
        call.await.expect("no panic").expect("served");
    }
}

fn open(pool: &GrpcPool) -> u32 {
    pool.pool().snapshot().open()
}

fn leases(pool: &GrpcPool) -> usize {
    pool.pool().leases().len()
}

#[tokio::test]
async fn calls_share_a_connection_and_one_more_is_made_when_its_streams_are_out() {
    let server = Server::start("one").await;
    let options = builder(|options| options.max_streams = Some(2));
    let pool = built(options, [server.address]);
    warm(&pool).await;
    let mut calls = begin(&client(&pool), &server, 2).await;
    assert_eq!(open(&pool), 1);
    calls.extend(begin(&client(&pool), &server, 3).await);
    assert_eq!((open(&pool), leases(&pool)), (3, 5));
    server.open();
    finish(calls).await;
    until("the shares to be back", || leases(&pool) == 0).await;
}

#[tokio::test]
async fn a_server_s_own_limit_is_kept() {
    let server = Server::start_as("one", |tonic| tonic.max_concurrent_streams(3)).await;
    let pool = pool([server.address]);
    warm(&pool).await;
    let calls = begin(&client(&pool), &server, 7).await;
    assert_eq!(open(&pool), 3);
    let connection = pool.pool().acquire().await.expect("a share").max_streams();
    assert_eq!(connection, 3);
    server.open();
    finish(calls).await;
}

#[tokio::test]
async fn a_server_without_a_limit_has_one_connection() {
    let server = Server::start_as("one", |tonic| tonic.max_concurrent_streams(None)).await;
    let pool = pool([server.address]);
    warm(&pool).await;
    let calls = begin(&client(&pool), &server, 300).await;
    assert_eq!(open(&pool), 1);
    server.open();
    finish(calls).await;
}

#[tokio::test]
async fn a_limit_that_the_server_changes_is_followed() {
    let wire = Wire::listen(2, []).await;
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    let pool = builder(|_| ()).endpoints([wire.address()]).options(options).build().expect("a pool");
    let first = pool.acquire().await.expect("a share");
    let second = pool.acquire().await.expect("a share");
    pool.try_acquire().expect_err("the server allows two");
    wire.allow(3);
    until("the news to be there", || first.max_streams() == 3).await;
    let third = pool.acquire().await.expect("a share");
    wire.allow(1);
    until("the news to be there", || first.max_streams() == 1).await;
    drop((second, third));
    pool.try_acquire().expect_err("one has the only share");
    drop(first);
    pool.acquire().await.expect("a share");
    wire.allow(0);
    until("the news to be there", || pool.try_acquire().is_err()).await;
}

#[tokio::test]
async fn a_stream_of_answers_holds_its_share_until_its_end() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    let mut answers = client(&pool).count(Ask { count: 3, ..gated() }).await.expect("begun");
    assert_eq!(answers.message().await.expect("good").expect("the first").number, 0);
    assert_eq!(leases(&pool), 1);
    server.open();
    assert_eq!(answers.message().await.expect("good").expect("the second").number, 1);
    assert_eq!(answers.message().await.expect("good").expect("the third").number, 2);
    assert_eq!(leases(&pool), 1, "its trailers have not come");
    assert_eq!(answers.message().await.expect("good"), None);
    assert_eq!(leases(&pool), 0, "it has ended, though it is not dropped");
    drop(answers);
}

#[tokio::test]
async fn a_stream_of_questions_holds_its_share_until_the_answer() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    let (sender, receiver) = mpsc::channel(1);
    let call = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.sum(ReceiverStream::new(receiver)).await })
    };
    // More than is kept of a call for a second try.
    for _ in 0..1_000 {
        sender.send(Ask { padding: vec![7; 1_000], ..ask() }).await.expect("it is read");
    }
    assert_eq!(leases(&pool), 1);
    drop(sender);
    let told = call.await.expect("no panic").expect("served");
    assert_eq!((told.number, told.padding), (1_000, 1_000_000));
    assert_eq!(leases(&pool), 0);
}

#[tokio::test]
async fn a_server_that_answers_before_it_has_heard_all_ends_the_call() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    let (sender, receiver) = mpsc::channel(1);
    let call = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.sum(ReceiverStream::new(receiver)).await })
    };
    sender.send(fail(Code::OutOfRange)).await.expect("it is read");
    assert_eq!(call.await.expect("no panic").expect_err("enough").code(), Code::OutOfRange);
    assert_eq!(leases(&pool), 0);
    tokio::time::timeout(crate::AMPLE, sender.closed()).await.expect("nobody reads what nobody wants");
    assert_eq!(client(&pool).say(ask()).await.expect("the connection is whole").server, "one");
    assert_eq!(pool.pool().snapshot().counters().dials, 1);
}

#[tokio::test]
async fn a_stream_of_questions_that_panics_costs_its_call_and_no_other() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    warm(&pool).await;
    let others = begin(&client(&pool), &server, 2).await;
    let (sender, receiver) = mpsc::channel::<bool>(1);
    let panics = Arc::new(AtomicBool::new(false));
    let (noted, questions) = (Arc::clone(&panics), ReceiverStream::new(receiver));
    let questions = questions.map(move |good| {
        noted.store(!good, Ordering::SeqCst);
        if good { ask() } else { panic!("on purpose") }
    });
    let call = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.sum(questions).await })
    };
    sender.send(true).await.expect("it is read");
    sender.send(false).await.expect("it is read");
    until("the panic", || panics.load(Ordering::SeqCst)).await;
    call.abort();
    server.open();
    finish(others).await;
    assert_eq!(pool.pool().snapshot().counters().dials, 1);
}

#[tokio::test]
async fn calls_that_are_given_up_leave_no_share_behind_and_end_at_the_server() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    warm(&pool).await;
    let calls = begin(&client(&pool), &server, 5).await;
    calls.iter().for_each(JoinHandle::abort);
    let mut answers = client(&pool).count(Ask { count: 3, ..gated() }).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    drop(answers);
    until("the shares to be back", || leases(&pool) == 0).await;
    until("the calls to end at the server", || server.echo.running() == 0).await;
    assert_eq!(client(&pool).say(ask()).await.expect("the connection is whole").server, "one");
    let snapshot = pool.pool().snapshot();
    assert_eq!((snapshot.open(), snapshot.counters().dials), (1, 1));
}

#[tokio::test]
async fn a_connection_that_is_closed_leaves_no_task() {
    let server = Server::start("one").await;
    let mut options = PoolOptions::default();
    // It is closed in peace, and not given up.
    options.upkeep.close_timeout = HumanDuration::NEVER;
    let pool = built(builder(|_| ()).options(options), [server.address]);
    client(&pool).say(ask()).await.expect("served");
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let with = tasks();
    pool.pool().clear();
    until("the connection to be closed", || open(&pool) == 0).await;
    // Its driver, and the server's.
    until("its tasks to be gone", || tasks() <= with - 2).await;
}

#[tokio::test]
async fn a_lease_s_own_calls_go_over_its_connection() {
    let server = Server::start("one").await;
    let pool = pool([server.address]);
    let lease = pool.pool().acquire().await.expect("a share");
    let mut client = EchoClient::new(pool_connector_grpc::GrpcConnection::clone(&lease));
    assert_eq!(client.say(ask()).await.expect("served").server, "one");
    let status = client.say(fail(Code::NotFound)).await.expect_err("as asked");
    assert_eq!(status.code(), Code::NotFound);
    server.say_goodbye();
    until("the goodbye", || !lease.is_ready()).await;
    let status = client.say(ask()).await.expect_err("it takes no more calls");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}
