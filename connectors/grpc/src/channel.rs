//! A channel: what generated clients are made of.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::Authority;
use http::{HeaderValue, Request, Response};
use pool_core::OptionError;
use pool_tokio::Pool;
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;

use crate::call::call;
use crate::connector::{parse_authority, user_agent};
use crate::{BrokenOn, GrpcConnector};

/// A service that generated clients are made of: `MyClient::new(pool.channel())`. Clones are cheap.
///
/// Each call is a lease of its pool: the balance policy picks its endpoint, and it holds its share of a connection until
/// its answer has come with its trailers, or is dropped. It is always ready; a call waits for a connection as the
/// pool's options say, and its `grpc-timeout` (`Request::set_timeout`) bounds that wait too.
#[derive(Clone)]
pub struct GrpcChannel {
    pub(crate) pool: Pool<GrpcConnector>,
    pub(crate) terms: Arc<Terms>,
}

/// What calls of a channel have in common.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) authority: Option<Authority>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) broken_on: BrokenOn,
}

impl GrpcChannel {
    pub(crate) fn new(pool: Pool<GrpcConnector>) -> GrpcChannel {
        let connector = pool.connector();
        let options = connector.options();
        let terms = Terms {
            authority: None,
            user_agent: connector.user_agent().clone(),
            timeout: options.call_timeout.get(),
            broken_on: options.broken_on,
        };
        GrpcChannel { pool, terms: Arc::new(terms) }
    }

    /// The same with another `:authority` than the connector's option `authority`, or the endpoint's address.
    ///
    /// # Errors
    /// If it is none.
    pub fn authority(self, authority: &str) -> Result<GrpcChannel, OptionError> {
        let authority = Some(parse_authority(authority)?);
        Ok(self.with(|terms| terms.authority = authority))
    }

    /// The same with something else at the front of `user-agent` than the connector's option `user_agent`.
    ///
    /// # Errors
    /// If it has signs that no header can have.
    pub fn user_agent(self, front: &str) -> Result<GrpcChannel, OptionError> {
        let user_agent = user_agent(Some(front))?;
        Ok(self.with(|terms| terms.user_agent = user_agent))
    }

    /// The same with another time for calls that bring no `grpc-timeout` than the connector's option `call_timeout`.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> GrpcChannel {
        self.with(|terms| terms.timeout = timeout)
    }

    fn with(mut self, change: impl FnOnce(&mut Terms)) -> GrpcChannel {
        change(Arc::make_mut(&mut self.terms));
        self
    }
}

impl Service<Request<Body>> for GrpcChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    /// Always ready: it is each call that waits for a connection.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(call(self.clone(), request))
    }
}

impl fmt::Debug for GrpcChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcChannel").field("pool", &self.pool.name()).finish_non_exhaustive()
    }
}
