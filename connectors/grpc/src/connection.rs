//! A connection, and what a lease of it can do.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use tokio::task::AbortHandle;
use tonic::body::Body;

use crate::bare::Bare;
use crate::driver::Driver;
use crate::failure::Failure;
use crate::link::Link;
use crate::sender::Sender;
use crate::target::Target;
use crate::upload::Download;

/// One HTTP/2 connection to a server, shared by calls; clones are handles to the same one.
///
/// It is a service that generated clients can be made of (`MyClient::new(lease.clone())`), for calls that must go over
/// one and the same connection. Such calls are not the pool's: their outcome is for the lease's holder to tell. See
/// [`GrpcChannel`](crate::GrpcChannel) for calls that are.
#[derive(Clone)]
pub struct GrpcConnection {
    core: Arc<Core>,
}

struct Core {
    // Dropped in this order: who sends, who watches, who moves the frames.
    sender: Sender,
    watch: Option<Watch>,
    driver: Driver,
    link: Arc<Link>,
    target: Target,
    endpoint: Arc<str>,
}

/// The task of a connection's health, which ends with this.
pub(crate) struct Watch(pub(crate) AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl GrpcConnection {
    pub(crate) fn new(
        sender: Sender,
        driver: Driver,
        link: Arc<Link>,
        target: Target,
        endpoint: &str,
    ) -> GrpcConnection {
        GrpcConnection { core: Arc::new(Core { sender, watch: None, driver, link, target, endpoint: endpoint.into() }) }
    }

    /// The same with a task that watches its health; before it is shared.
    pub(crate) fn watched(mut self, watch: Watch) -> GrpcConnection {
        if let Some(core) = Arc::get_mut(&mut self.core) {
            core.watch = Some(watch);
        }
        self
    }

    /// The name of the endpoint that it leads to.
    pub fn endpoint(&self) -> &str {
        &self.core.endpoint
    }

    /// Whether it takes calls: its server has not said goodbye, nor that it is not serving, and it is not lost.
    pub fn is_ready(&self) -> bool {
        self.core.link.is_ready()
    }

    /// How many calls it takes at once, by the server's word and the options.
    pub fn max_streams(&self) -> u32 {
        self.core.link.limit()
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.core.link
    }

    /// What a task sends by that must not keep the connection open.
    pub(crate) fn bare(&self) -> Bare {
        Bare::new(self.core.sender.clone(), self.core.target.clone())
    }

    /// Sends a call, and waits for the head of its answer.
    pub(crate) fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Download>, Failure>> + Send + use<> {
        send(&self.core.sender, &self.core.target, request)
    }

    /// Closes it, unless somebody has taken a handle out of the pool; waits until it is closed.
    pub(crate) async fn close(self) {
        let Some(core) = Arc::into_inner(self.core) else { return };
        let Core { sender, watch, driver, .. } = core;
        drop((sender, watch));
        driver.ended().await;
    }
}

/// Sends a call: at once, whether or not what is returned is awaited.
pub(crate) fn send(
    sender: &Sender,
    target: &Target,
    mut request: Request<Body>,
) -> impl Future<Output = Result<Response<Download>, Failure>> + Send + use<> {
    name(&mut request, target);
    sender.send(request)
}

/// Adds what a call's URI leaves open: where it goes.
fn name(request: &mut Request<Body>, target: &Target) {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(target.scheme());
    parts.authority.get_or_insert_with(|| target.authority.clone());
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    // With all three parts there is nothing that could be wrong.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
}

impl fmt::Debug for GrpcConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcConnection")
            .field("endpoint", &self.core.endpoint)
            .field("ready", &self.is_ready())
            .finish_non_exhaustive()
    }
}
