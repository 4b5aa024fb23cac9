//! By what calls are handed to the task that sends them.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use http::{Request, Response};
use hyper::client::conn::http2::SendRequest;
use tonic::body::Body;

use crate::failure::Failure;
use crate::seat::Seat;
use crate::upload::{Download, Upload};

/// Hands calls to a connection's task.
#[derive(Clone)]
pub(crate) struct Sender {
    calls: SendRequest<Upload>,
    gate: Arc<Gate>,
    seat: Seat,
}

impl Sender {
    pub(crate) fn new(calls: SendRequest<Upload>, gate: Arc<Gate>, seat: Seat) -> Sender {
        Sender { calls, gate, seat }
    }

    /// Sends a call: at once, whether or not what is returned is awaited.
    pub(crate) fn send(
        &self,
        call: Request<Body>,
    ) -> impl Future<Output = Result<Response<Download>, Failure>> + Send + use<> {
        let mut calls = self.calls.clone();
        let (head, body) = call.into_parts();
        let (upload, wanted) = Upload::new(body, &self.seat);
        let sent = self.gate.pass(|| calls.try_send_request(Request::from_parts(head, upload)));
        async move {
            match sent.await {
                Ok(answer) => Ok(answer.map(|incoming| Download::new(incoming, wanted))),
                Err(failed) => Err(wanted.failure(|| Failure::of_sending(failed))),
            }
        }
    }
}

/// Keeps a call from being handed over while who would take it up goes.
///
/// hyper hands calls to its task through a channel of tokio's. As the task's end of it is dropped, what is in there is
/// given back; but not what a sender is about to put there just then, having found the channel open a moment ago. That
/// lies there for as long as the connection has a handle, and its caller waits for ever.
#[derive(Debug, Default)]
pub(crate) struct Gate(RwLock<()>);

impl Gate {
    fn pass<T>(&self, hand_over: impl FnOnce() -> T) -> T {
        let _open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        hand_over()
    }

    /// Drops who takes calls up.
    pub(crate) fn close<T>(&self, taker: &mut Option<T>) {
        let _closed = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *taker = None;
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::time::Duration;

    use pool_connector_tcp::{Dialer, SocketOptions};
    use pool_core::Handle;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::task::yield_now;
    use tokio::time::timeout;
    use tonic::Code;

    use super::*;
    use crate::KeepAliveOptions;
    use crate::driver::{Setup, begin};
    use crate::link::Link;

    const AMPLE: Duration = Duration::from_secs(20);

    /// A server's greeting: 100 streams at once.
    const SETTINGS: [u8; 15] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];

    const SENDERS: usize = 3;

    /// Calls while the connection ends, and how each fails.
    async fn send_some(sender: Sender) -> Vec<Failure> {
        let mut sent = Vec::new();
        for _ in 0..50 {
            sent.push(sender.send(Request::new(Body::empty())));
            yield_now().await;
        }
        let mut failed = Vec::new();
        for call in sent {
            let end = timeout(AMPLE, call).await.expect("it comes to an end");
            failed.push(end.err().expect("nobody answers"));
        }
        failed
    }

    /// A call that is handed over just as the task ends that would take it up is not forgotten. Without the [`Gate`], each
    /// run of this met one that was.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_call_that_is_sent_as_its_connection_ends_comes_to_an_end_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let dialer = Dialer::new(SocketOptions::default()).expect("good options");
        let setup = Setup { keep_alive: KeepAliveOptions::default(), adaptive_window: false };
        let mut unsent = 0;
        for round in 0..2_000 {
            let tcp = dialer.dial(&address, AMPLE).await.expect("it listens");
            let (mut theirs, _) = listener.accept().await.expect("a connection");
            theirs.write_all(&SETTINGS).await.expect("it reads");
            let link = Arc::new(Link::new(Handle::detached(), None));
            let (sender, driver) = begin(&setup, tcp, link).await.expect("greeted");
            // It is closed by us, or lost.
            let (ends, _stays): (Box<dyn Any + Send>, Box<dyn Any + Send>) = if round % 2 == 0 {
                (Box::new(driver), Box::new(theirs))
            } else {
                (Box::new(theirs), Box::new(driver))
            };
            let ending = tokio::spawn(async move {
                for _ in 0..round % 7 {
                    yield_now().await;
                }
                drop(ends);
            });
            let senders: Vec<_> = (0..SENDERS).map(|_| tokio::spawn(send_some(sender.clone()))).collect();
            for sent in senders {
                for failure in sent.await.expect("no call waits for ever") {
                    assert_eq!(failure.status.code(), Code::Unavailable, "{failure:?}, in round {round}");
                    unsent += u32::from(failure.unprocessed);
                }
            }
            ending.await.expect("no panic");
        }
        assert!(unsent > 0, "the connection ended before some were sent");
    }
}
