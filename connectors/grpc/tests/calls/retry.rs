//! Calls that are sent a second time, and those that are not.

use pool_connector_grpc::GrpcPool;
use tokio::sync::mpsc;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::echo::{Ask, Told, ask};
use crate::wire::{Act, Wire};
use crate::{client, pool};

const REFUSED_STREAM: u8 = 7;
const INTERNAL_ERROR: u8 = 2;
const CANCEL: u8 = 8;
const ENHANCE_YOUR_CALM: u8 = 11;

struct Trial {
    wire: Wire,
    pool: GrpcPool,
}

impl Trial {
    /// A server that does so with the first calls.
    async fn with(acts: impl IntoIterator<Item = Act>) -> Trial {
        let wire = Wire::listen(100, acts).await;
        let pool = pool([wire.address()]);
        Trial { wire, pool }
    }

    async fn call(&self, ask: Ask) -> Result<Told, Status> {
        let answer = client(&self.pool).say(ask).await;
        assert!(self.pool.pool().leases().is_empty());
        answer
    }

    async fn fails(&self) -> Code {
        self.call(ask()).await.expect_err("it is not answered").code()
    }
}

#[tokio::test]
async fn a_call_that_is_refused_is_sent_again_once() {
    let trial = Trial::with([Act::Reset(REFUSED_STREAM)]).await;
    trial.call(ask()).await.expect("answered the second time");
    assert_eq!((trial.wire.calls(), trial.wire.connections()), (2, 1));
    let trial = Trial::with([Act::Reset(REFUSED_STREAM), Act::Reset(REFUSED_STREAM)]).await;
    assert_eq!(trial.fails().await, Code::Unavailable);
    assert_eq!(trial.wire.calls(), 2);
}

#[tokio::test]
async fn a_call_that_a_goodbye_leaves_out_is_sent_again_on_another_connection() {
    let trial = Trial::with([Act::GoAway]).await;
    trial.call(ask()).await.expect("answered the second time");
    assert_eq!((trial.wire.calls(), trial.wire.connections()), (2, 2));
}

#[tokio::test]
async fn a_call_that_may_have_been_heeded_is_not_sent_again() {
    for (act, code) in [
        (Act::Close, Code::Unavailable),
        (Act::Reset(INTERNAL_ERROR), Code::Internal),
        (Act::Reset(CANCEL), Code::Cancelled),
        (Act::Reset(ENHANCE_YOUR_CALM), Code::ResourceExhausted),
    ] {
        let trial = Trial::with([act]).await;
        assert_eq!((trial.fails().await, trial.wire.calls()), (code, 1), "{act:?}");
        trial.call(ask()).await.expect("the next is answered");
    }
}

/// A stream of so many questions of 1000 bytes each, which goes on when it may.
fn questions(count: usize) -> (mpsc::Sender<Ask>, ReceiverStream<Ask>) {
    let (sender, receiver) = mpsc::channel(count);
    for _ in 0..count {
        sender.try_send(Ask { padding: vec![7; 1_000], ..ask() }).expect("there is room");
    }
    (sender, ReceiverStream::new(receiver))
}

#[tokio::test]
async fn a_stream_of_questions_is_sent_again_from_its_beginning() {
    // The second is answered only if all ten come once more.
    let trial = Trial::with([Act::LateReset(REFUSED_STREAM, 10_000), Act::LateAnswer(10_000)]).await;
    let (sender, asked) = questions(10);
    client(&trial.pool).sum(asked).await.expect("answered the second time");
    assert_eq!(trial.wire.calls(), 2);
    drop(sender);
}

#[tokio::test]
async fn a_call_too_long_to_be_kept_is_not_sent_again() {
    let trial = Trial::with([Act::LateReset(REFUSED_STREAM, 300_000)]).await;
    let (sender, asked) = questions(400);
    let mut client = client(&trial.pool);
    let status = client.sum(asked).await.expect_err("what was sent is not there any more");
    assert_eq!((status.code(), trial.wire.calls()), (Code::Unavailable, 1), "{status}");
    drop(sender);
}

#[tokio::test]
async fn what_is_no_grpc_is_told_by_its_http_status() {
    for (act, code) in
        [(Act::Http(0x8d), Code::Unimplemented), (Act::Http(0x8e), Code::Unknown), (Act::NoTrailers, Code::Unknown)]
    {
        let trial = Trial::with([act]).await;
        let answer = trial.call(ask()).await;
        // tonic takes an answer without trailers for a good one.
        assert!(answer.as_ref().map_or_else(Status::code, |_| code) == code, "{act:?}: {answer:?}");
        assert_eq!(trial.wire.calls(), 1);
    }
}
