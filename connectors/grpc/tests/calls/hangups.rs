//! Calls whose answers end, or are given up, while their caller still has something to say.

use std::time::Duration;

use pool_connector_grpc::{GrpcConnection, GrpcPool};
use pool_core::PoolOptions;
use tokio::sync::mpsc;
use tonic::Streaming;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;

use crate::echo::{Ask, EchoClient, Told, ask, gated};
use crate::server::Server;
use crate::wire::{Act, Wire};
use crate::{AMPLE, builder, built, client, until};

/// A conversation that has begun, and what is said in it by.
async fn chat(pool: &GrpcPool, first: Ask) -> (mpsc::Sender<Ask>, Streaming<Told>) {
    let (sender, receiver) = mpsc::channel(1);
    sender.send(first).await.expect("there is room");
    let mut answers = in_time(client(pool).chat(ReceiverStream::new(receiver))).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    (sender, answers)
}

/// Before a call that hangs has the test wait for its deadline.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(AMPLE / 2, work).await.expect("it does not hang")
}

/// A pool that could dial a second connection.
fn pool(address: impl ToString) -> GrpcPool {
    let mut options = PoolOptions::default();
    options.limits.max_open = 2;
    built(builder(|_| ()).options(options), [address])
}

fn leases_and_dials(pool: &GrpcPool) -> (usize, u64) {
    (pool.pool().leases().len(), pool.pool().snapshot().counters().dials)
}

#[tokio::test]
async fn conversations_that_are_given_up_end_at_the_server_though_their_senders_are_open() {
    let server = Server::start_as("one", |tonic| tonic.max_concurrent_streams(2)).await;
    let pool = pool(server.address);
    let mut senders = Vec::new();
    for _ in 0..6 {
        let (sender, answers) = chat(&pool, ask()).await;
        drop(answers);
        until("it to end at the server", || server.echo.running() == 0).await;
        senders.push(sender);
    }
    for sender in senders {
        in_time(sender.closed()).await;
    }
    assert_eq!(leases_and_dials(&pool), (0, 1));
}

#[tokio::test]
async fn one_that_is_given_up_leaves_the_others_alone() {
    let server = Server::start("one").await;
    let pool = pool(server.address);
    let (mut kept, mut given_up) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        kept.push(chat(&pool, ask()).await);
        // One of them is over when it is given up.
        client(&pool).say(ask()).await.expect("served");
        given_up.push(chat(&pool, ask()).await);
    }
    let _senders: Vec<_> = given_up.into_iter().map(|(sender, _)| sender).collect();
    until("half of them to end", || server.echo.running() == 4).await;
    for (sender, answers) in &mut kept {
        sender.send(ask()).await.expect("it is read");
        in_time(answers.message()).await.expect("good").expect("another");
    }
    assert_eq!(leases_and_dials(&pool), (4, 1));
}

#[tokio::test]
async fn one_whose_messages_the_server_does_not_read_ends_too() {
    let server = Server::start_as("one", |tonic| tonic.max_concurrent_streams(1)).await;
    let pool = pool(server.address);
    let (sender, answers) = chat(&pool, gated()).await;
    let long = || Ask { padding: vec![7; 100_000], ..ask() };
    // Until nothing passes any more.
    while sender.send_timeout(long(), Duration::from_millis(200)).await.is_ok() {}
    drop(answers);
    in_time(sender.closed()).await;
    assert_eq!(in_time(client(&pool).say(ask())).await.expect("served").server, "one");
    assert_eq!(leases_and_dials(&pool), (0, 1));
}

#[tokio::test]
async fn a_server_that_answers_in_full_and_does_not_ask_for_silence_is_told_no_more() {
    // The only stream would stay open for as long as the caller may talk.
    let wire = Wire::listen(1, [Act::Answer]).await;
    let pool = pool(wire.address());
    let (sender, receiver) = mpsc::channel::<Ask>(1);
    let mut answers = client(&pool).chat(ReceiverStream::new(receiver)).await.expect("begun");
    while answers.message().await.expect("good").is_some() {}
    assert_eq!(leases_and_dials(&pool), (0, 1));
    in_time(client(&pool).say(ask())).await.expect("served");
    in_time(sender.closed()).await;
    assert_eq!(leases_and_dials(&pool), (0, 1));
}

#[tokio::test]
async fn a_lease_s_own_conversation_ends_with_its_answers() {
    let server = Server::start("one").await;
    let pool = pool(server.address);
    let lease = pool.pool().acquire().await.expect("a share");
    let (sender, receiver) = mpsc::channel(1);
    sender.send(ask()).await.expect("there is room");
    let mut own = EchoClient::new(GrpcConnection::clone(&lease));
    let mut answers = own.chat(ReceiverStream::new(receiver)).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    drop(answers);
    in_time(sender.closed()).await;
    until("it to end at the server", || server.echo.running() == 0).await;
}
