//! What a pool hears of how calls went.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clearpool_servers::FaultProxy;
use pool_connector_grpc::{BrokenOn, GrpcOptions, GrpcPool};
use pool_core::{BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Named, Outcome, Policies, Reason};
use tonic::codegen::tokio_stream::{Stream, iter};
use tonic::{Code, Request, Status};

use crate::echo::{Ask, ask, fail, gated};
use crate::server::Server;
use crate::wire::{Act, Wire};
use crate::{builder, built, client, until};

/// A policy that takes the first endpoint, and listens.
#[derive(Debug, Default, Clone)]
struct Listener(Arc<Mutex<Vec<Outcome>>>);

impl BalancePolicy for Listener {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        Decision { choice: endpoints.iter().map(|endpoint| endpoint.id()).next(), reason: Reason::new("first") }
    }

    fn wants_feedback(&self) -> bool {
        true
    }

    fn feedback(&mut self, _: EndpointId, outcome: Outcome, _: Duration, _: &mut Cx<'_>) {
        self.0.lock().expect("no panic").push(outcome);
    }
}

impl Listener {
    /// What it has heard since it was asked last.
    fn heard(&self) -> Vec<Outcome> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

fn heard_pool(address: impl ToString, change: impl FnOnce(&mut GrpcOptions)) -> (GrpcPool, Listener) {
    let listener = Listener::default();
    let mut policies = Policies::plain();
    policies.balance = Named::new("listener", Box::new(listener.clone()));
    (built(builder(change).policies(policies), [address]), listener)
}

const TROUBLE: [Code; 6] =
    [Code::Unknown, Code::DeadlineExceeded, Code::ResourceExhausted, Code::Internal, Code::Unavailable, Code::DataLoss];

#[tokio::test]
async fn a_status_says_whether_the_server_is_in_trouble() {
    let server = Server::start("one").await;
    let (pool, listener) = heard_pool(server.address, |_| ());
    for code in (0..17).map(Code::from_i32) {
        let expected = if TROUBLE.contains(&code) { Outcome::Failed } else { Outcome::Ok };
        assert_eq!(client(&pool).say(fail(code)).await.map_or_else(|status| status.code(), |_| Code::Ok), code);
        assert_eq!(listener.heard(), [expected], "{code:?} in the head of the answer");
        let mut answers = client(&pool).count(Ask { count: 2, ..fail(code) }).await.expect("begun");
        while let Ok(Some(_)) = answers.message().await {}
        assert_eq!(listener.heard(), [expected], "{code:?} in the trailers");
    }
    assert_eq!(pool.pool().snapshot().counters().dials, 1, "none of it is the connection's fault");
}

#[tokio::test]
async fn a_connection_that_is_lost_is_broken_and_a_call_that_is_given_up_says_nothing() {
    let server = Server::start("one").await;
    let proxy = FaultProxy::to(server.address);
    let (pool, listener) = heard_pool(proxy.address(), |_| ());
    let mut answers = client(&pool).count(Ask { count: 3, ..gated() }).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    drop(answers);
    assert_eq!(listener.heard(), [Outcome::Ok]);
    until("its end at the server", || server.echo.running() == 0).await;
    let call = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.say(gated()).await })
    };
    until("the call to run", || server.echo.running() == 1).await;
    proxy.cut();
    assert_eq!(call.await.expect("no panic").expect_err("cut off").code(), Code::Unavailable);
    assert_eq!(listener.heard(), [Outcome::Broken]);
    client(&pool).say(ask()).await.expect("over a new connection");
    assert_eq!(listener.heard(), [Outcome::Ok]);
    let mut late = Request::new(gated());
    late.set_timeout(Duration::from_millis(300));
    assert_eq!(client(&pool).say(late).await.expect_err("late").code(), Code::DeadlineExceeded);
    assert_eq!(listener.heard(), [Outcome::Failed]);
}

#[tokio::test]
async fn what_breaks_the_rules_has_failed() {
    for act in [Act::NoTrailers, Act::Http(0x8e), Act::Page(0x8e), Act::Reset(2)] {
        let wire = Wire::listen(100, [act]).await;
        let (pool, listener) = heard_pool(wire.address(), |_| ());
        let _ = client(&pool).say(ask()).await;
        assert_eq!(listener.heard(), [Outcome::Failed], "{act:?}");
    }
}

#[tokio::test]
async fn with_any_error_every_failed_call_says_that_its_connection_is_broken() {
    let server = Server::start("one").await;
    let (pool, listener) = heard_pool(server.address, |options| options.broken_on = BrokenOn::AnyError);
    client(&pool).say(ask()).await.expect("served");
    client(&pool).say(fail(Code::NotFound)).await.expect_err("as asked");
    let mut answers = client(&pool).count(Ask { count: 3, ..gated() }).await.expect("begun");
    answers.message().await.expect("good").expect("the first");
    drop(answers);
    assert_eq!(listener.heard(), [Outcome::Ok, Outcome::Broken, Outcome::Broken]);
    assert_eq!(pool.pool().snapshot().counters().dials, 2, "the first connection was closed");
}

/// Messages of which the second is too long to be sent.
fn too_long() -> impl Stream<Item = Ask> + Send + 'static {
    iter([ask(), Ask { padding: vec![7; 2_000], ..ask() }])
}

#[tokio::test]
async fn a_message_that_its_caller_cannot_send_is_no_fault_of_the_server_and_says_what_is_wrong() {
    let server = Server::start("one").await;
    let (pool, listener) = heard_pool(server.address, |_| ());
    let mut neighbour = client(&pool).count(Ask { count: 2, ..gated() }).await.expect("begun");
    neighbour.message().await.expect("good").expect("the first");
    let refused = |status: Status| {
        assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
        assert!(status.message().contains("1000"), "{status:?}");
    };
    let alone = Ask { padding: vec![7; 2_000], ..ask() };
    refused(client(&pool).sending_at_most(1000).say(alone).await.expect_err("it is too long"));
    refused(client(&pool).sending_at_most(1000).sum(too_long()).await.expect_err("it is too long"));
    // The answer may have begun.
    let failed = match client(&pool).sending_at_most(1000).chat(too_long()).await {
        Ok(mut answers) => loop {
            if let Err(status) = answers.message().await {
                break status;
            }
        },
        Err(status) => status,
    };
    refused(failed);
    assert_eq!(listener.heard(), [Outcome::Ok; 3]);
    drop(neighbour);
    client(&pool).say(ask()).await.expect("served");
    assert_eq!(pool.pool().snapshot().counters().dials, 1);
}
