//! A connection, of either version of HTTP.

mod line;
mod runner;

pub(crate) use line::{CutUnlessKept, Line};
pub(crate) use runner::Runner;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, Version};
use hyper::client::conn::{TrySendError, http1, http2};
use pool_core::Capacity;
use tokio::time::{Instant, timeout};

use crate::body::{Download, Upload};
use crate::form::Form;
use crate::keep_alive::KeepAlive;
use crate::wire::{Mark, Passed};
use crate::{ConnectError, RequestBody};

/// A connection of HTTP/1.1, or a handle to one of HTTP/2. [`HttpPool`](crate::HttpPool) sends requests on it.
pub struct HttpConnection {
    sender: Sender,
    line: Arc<Line>,
    /// When its server is about to close it for being idle.
    fit_until: Option<Instant>,
}

pub(crate) enum Sender {
    Http1(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<Upload>),
}

/// A request that was not answered.
pub(crate) struct Unanswered {
    pub(crate) error: hyper::Error,
    /// Its body, if it was not taken up at all.
    pub(crate) body: Option<RequestBody>,
}

impl Unanswered {
    fn of<B>(mut failed: TrySendError<Request<B>>, body: impl FnOnce(B) -> RequestBody) -> Unanswered {
        let body = failed.take_message().map(|request| body(request.into_body()));
        Unanswered { error: failed.into_error(), body }
    }
}

impl HttpConnection {
    pub(crate) fn new(sender: Sender, line: Arc<Line>) -> HttpConnection {
        HttpConnection { sender, line, fit_until: None }
    }

    /// Which HTTP is spoken on it.
    pub fn protocol(&self) -> Version {
        match self.sender {
            Sender::Http1(_) => Version::HTTP_11,
            Sender::Http2(_) => Version::HTTP_2,
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    /// Whether it can take a request, as far as is known without asking its server.
    pub(crate) fn is_open(&self) -> bool {
        let closed = match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        };
        !closed && self.line.wire().is_open() && self.fit_until.is_none_or(|until| Instant::now() < until)
    }

    /// Whether it is in the middle of a request, so that it could not take another.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(&self.sender, Sender::Http1(sender) if !sender.is_ready() && !sender.is_closed())
    }

    /// What its server has said of how long it will be of use, counted from now.
    pub(crate) fn heed(&mut self, said: KeepAlive) {
        match said {
            KeepAlive::Last => self.line.wire().retire(),
            KeepAlive::More(idle) => self.fit_until = idle.and_then(|idle| Instant::now().checked_add(idle)),
        }
    }

    pub(crate) fn form(&self) -> &Form {
        self.line.form()
    }

    pub(crate) fn mark(&self) -> Mark {
        self.line.wire().mark()
    }

    pub(crate) fn since(&self, mark: Mark) -> Passed {
        self.line.wire().since(mark)
    }

    /// Sends a request whose head has the form that is wanted here. Dropped, it is given up: in HTTP/1.1 the connection
    /// with it, in HTTP/2 only the stream.
    pub(crate) async fn send(&mut self, request: Request<RequestBody>) -> Result<Response<Download>, Unanswered> {
        let runner = self.line.runner();
        match &mut self.sender {
            Sender::Http1(sender) => {
                if let Err(error) = sender.ready().await {
                    return Err(Unanswered { error, body: Some(request.into_body()) });
                }
                let sent = runner.hand_over(|| sender.try_send_request(request)).await;
                let response = sent.map_err(|failed| Unanswered::of(failed, |body| body))?;
                Ok(response.map(|incoming| Download::new(incoming, None)))
            }
            Sender::Http2(sender) => {
                let (parts, body) = request.into_parts();
                let (upload, wanted) = Upload::new(body, runner.begun());
                let request = Request::from_parts(parts, upload);
                let sent = runner.hand_over(|| sender.try_send_request(request)).await;
                let response = sent.map_err(|failed| Unanswered::of(failed, Upload::into_inner))?;
                Ok(response.map(|incoming| Download::new(incoming, wanted)))
            }
        }
    }

    /// Asks its server for a sign of life.
    pub(crate) async fn check(&mut self, path: Option<&str>) -> Result<(), ConnectError> {
        let dead = |status| ConnectError::Check { origin: self.line.origin().to_string(), status };
        if !self.is_open() {
            return Err(dead(None));
        }
        let Some(path) = path else { return Ok(()) };
        let request = Request::builder().method(Method::HEAD).uri(path).body(RequestBody::empty());
        let (mut parts, body) = request.map_err(|_| dead(None))?.into_parts();
        self.form().give(&mut parts, self.protocol()).map_err(|_| dead(None))?;
        let answer = self.send(Request::from_parts(parts, body)).await;
        let dead = |status| ConnectError::Check { origin: self.line.origin().to_string(), status };
        match answer {
            Ok(answer) if answer.status().is_server_error() => Err(dead(Some(answer.status()))),
            Ok(_) => Ok(()),
            Err(_) => Err(dead(None)),
        }
    }

    /// Waits until it could take another request.
    pub(crate) async fn until_ready(&mut self, within: Duration) -> Result<(), ConnectError> {
        let origin = || self.line.origin().to_string();
        let Sender::Http1(sender) = &mut self.sender else { return Ok(()) };
        match timeout(within, sender.ready()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(ConnectError::Ended { origin: origin() }),
            Err(_) => Err(ConnectError::Busy { origin: origin() }),
        }
    }

    /// Says goodbye and waits until the socket is gone. Given up, it cuts.
    pub(crate) async fn close(self) {
        let HttpConnection { sender, line, .. } = self;
        let _cut_in_the_end = CutUnlessKept::new(&line);
        match sender {
            Sender::Http1(sender) if !sender.is_ready() => return,
            sender => drop(sender),
        }
        line.wire().end().await;
    }

    pub(crate) fn capacity(&self) -> Capacity {
        match self.sender {
            Sender::Http1(_) => Capacity::Exclusive,
            Sender::Http2(_) => Capacity::Shared(self.line.wire().streams()),
        }
    }

    pub(crate) fn share(&self) -> Option<HttpConnection> {
        match &self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(HttpConnection::new(Sender::Http2(sender.clone()), Arc::clone(&self.line))),
        }
    }
}

impl fmt::Debug for HttpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConnection")
            .field("protocol", &self.protocol())
            .field("origin", &format_args!("{}", self.line.origin()))
            .field("open", &self.is_open())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};
    use pool_core::{ConnectCx, Connector, Endpoint, Handle};
    use tokio::net::TcpListener;

    use super::*;
    use crate::HttpConnector;

    #[tokio::test]
    async fn a_request_that_is_not_taken_up_comes_back_with_its_body() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = Endpoint::new(listener.local_addr().expect("bound").to_string());
        let (connector, handle) = (HttpConnector::default(), Handle::detached());
        let cx = ConnectCx::new(&endpoint, "test", Duration::from_secs(20), &handle);
        let mut connection = connector.connect(&cx).await.expect("it listens");
        drop(listener.accept().await.expect("a connection"));
        connection.line.wire().end().await;
        assert!(!connection.is_open());
        let once = RequestBody::of(Full::new(&b"abc"[..]).boxed());
        let Err(unanswered) = connection.send(Request::new(once)).await else { panic!("nobody is there") };
        let body = unanswered.body.expect("it comes back").collect().await.expect("a good body");
        assert_eq!(body.to_bytes(), "abc");
    }

    /// A request that is handed over just as the task ends that would take it up is not forgotten. Before the gate of
    /// [`Runner`] was there, one in some thousands was.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_request_that_is_sent_as_its_connection_ends_comes_to_an_end_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = Endpoint::new(listener.local_addr().expect("bound").to_string());
        let (connector, handle) = (HttpConnector::default(), Handle::detached());
        for round in 0..10_000 {
            let cx = ConnectCx::new(&endpoint, "test", Duration::from_secs(20), &handle);
            let mut connection = connector.connect(&cx).await.expect("it listens");
            let (theirs, _) = listener.accept().await.expect("a connection");
            let line = Arc::clone(&connection.line);
            let cutting = tokio::spawn(async move {
                for _ in 0..round % 7 {
                    tokio::task::yield_now().await;
                }
                line.runner().cut();
                drop(theirs);
            });
            let sent = tokio::spawn(async move {
                for _ in 0..round % 5 {
                    tokio::task::yield_now().await;
                }
                timeout(Duration::from_secs(20), connection.send(Request::new(RequestBody::empty()))).await.is_ok()
            });
            assert!(sent.await.expect("no panic"), "it waits for ever, in round {round}");
            cutting.await.expect("no panic");
        }
    }
}
