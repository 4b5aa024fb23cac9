//! The client as a service of tower.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{BoxError, HttpBody, HttpError, HttpPool};

impl<B> Service<Request<B>> for HttpPool
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<HttpBody>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<HttpBody>, HttpError>> + Send>>;

    /// Always: who cannot be served at once waits in the pool's queue, which has the limits.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let pool = self.clone();
        Box::pin(async move { pool.request(request).await })
    }
}
