//! The line to the agent: one connection, which is kept from query to query.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use pool_connector_tcp::{Dialer, TcpConnection, TcpError, Tls};
use pool_core::OptionError;
use tokio::time::timeout;

use crate::ConsulOptions;
use crate::agent::Agent;

/// The line to the agent.
///
/// The connection is worked while a query is under way, and by nobody in between: there is no task that could outlive
/// it. A query that is dropped takes it along.
pub(crate) struct Line {
    agent: Agent,
    dialer: Dialer,
    tls: Option<Tls>,
    open: Option<Open>,
}

struct Open {
    sender: SendRequest<Empty<Bytes>>,
    connection: Pin<Box<Connection<TokioIo<TcpConnection>, Empty<Bytes>>>>,
}

/// What has come back, whatever it says.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why nothing has come back.
#[derive(Debug)]
pub(crate) enum Silence {
    Dial(TcpError),
    /// The connection that was kept had been closed by the other side, which says nothing of the agent.
    Lost,
    Broken(Box<dyn Error + Send + Sync>),
    Late(Duration),
}

impl Line {
    pub(crate) fn new(options: &ConsulOptions) -> Result<Line, OptionError> {
        let agent = Agent::parse(&options.address)?;
        let dialer = Dialer::new(options.socket.clone()).map_err(|error| error.below("socket"))?;
        let tls = match &options.tls {
            Some(_) if !agent.is_tls => {
                let message = "TLS is spoken with an agent at `https://` only; change `address`, or leave this out";
                return Err(OptionError::new("tls", message));
            }
            None if !agent.is_tls => None,
            tls => Some(Tls::new(tls.clone().unwrap_or_default())?),
        };
        Ok(Line { agent, dialer, tls, open: None })
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Whether there is a connection that was kept.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Asks for a path, within that time, connection included.
    pub(crate) async fn get(
        &mut self,
        path: &str,
        token: Option<&HeaderValue>,
        within: Duration,
    ) -> Result<Reply, Silence> {
        let kept = self.open.take();
        let asked = async {
            match kept {
                Some(kept) => self.on(kept, path, token).await.map_err(|_| Silence::Lost),
                None => {
                    let new = self.dial(within).await?;
                    self.on(new, path, token).await.map_err(Silence::Broken)
                }
            }
        };
        timeout(within, asked).await.unwrap_or(Err(Silence::Late(within)))
    }

    async fn dial(&self, within: Duration) -> Result<Open, Silence> {
        let mut connection = self.dialer.dial(&self.agent.dial, within).await.map_err(Silence::Dial)?;
        if let Some(tls) = &self.tls {
            connection = tls.wrap(&self.agent.dial, connection).await.map_err(Silence::Dial)?;
        }
        let shaken = http1::handshake(TokioIo::new(connection)).await;
        let (sender, connection) = shaken.map_err(|error| Silence::Broken(error.into()))?;
        Ok(Open { sender, connection: Box::pin(connection) })
    }

    async fn on(
        &mut self,
        open: Open,
        path: &str,
        token: Option<&HeaderValue>,
    ) -> Result<Reply, Box<dyn Error + Send + Sync>> {
        let mut request = Request::get(path).header(header::HOST, &self.agent.host);
        if let Some(token) = token {
            request = request.header("X-Consul-Token", token);
        }
        let request = request.body(Empty::new())?;
        let Open { mut sender, connection } = open;
        let talk = async {
            sender.ready().await?;
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, MOST_BYTES).collect().await?.to_bytes();
            Ok::<_, Box<dyn Error + Send + Sync>>(Reply { status: head.status, headers: head.headers, body })
        };
        let (reply, connection) = worked(talk, connection).await;
        let reply = reply?;
        self.open = connection.map(|connection| Open { sender, connection });
        Ok(reply)
    }
}

/// No service has so many instances.
const MOST_BYTES: usize = 64 << 20;

/// What is said over a connection, while the connection itself is driven; with the connection, unless it has ended.
async fn worked<T, C: Future + Unpin>(talk: impl Future<Output = T>, connection: C) -> (T, Option<C>) {
    let mut talk = pin!(talk);
    let mut connection = Some(connection);
    let said = poll_fn(|cx| {
        if let Poll::Ready(said) = talk.as_mut().poll(cx) {
            return Poll::Ready(said);
        }
        if connection.as_mut().is_some_and(|connection| Pin::new(connection).poll(cx).is_ready()) {
            // Only when it is dropped is a request refused that it had not taken yet.
            connection = None;
        }
        // What the connection has just read, or its end, is there for the talk.
        talk.as_mut().poll(cx)
    })
    .await;
    (said, connection)
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("agent", &self.agent)
            .field("is_open", &self.open.is_some())
            .finish_non_exhaustive()
    }
}
