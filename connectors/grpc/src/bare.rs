//! What calls go by that are not the pool's: those of a lease's holder, and the health's.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;

use crate::GrpcConnection;
use crate::connection::send;
use crate::failure::Failure;
use crate::sender::Sender;
use crate::target::Target;
use crate::upload::Download;

/// By which calls are sent over a connection, without keeping hold of anything else of it.
#[derive(Clone)]
pub(crate) struct Bare {
    sender: Sender,
    target: Target,
}

impl Bare {
    pub(crate) fn new(sender: Sender, target: Target) -> Bare {
        Bare { sender, target }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

fn answering(sent: impl Future<Output = Result<Response<Download>, Failure>> + Send + 'static) -> Answering {
    Box::pin(async move {
        let answer = sent.await.map_err(|failure| failure.status)?;
        Ok(answer.map(|body| Body::new(Plain(body))))
    })
}

impl Service<Request<Body>> for GrpcConnection {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Answering;

    /// Always ready: a call that cannot be sent fails.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        answering(self.send(request))
    }
}

impl Service<Request<Body>> for Bare {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        answering(send(&self.sender, &self.target, request))
    }
}

/// The body of an answer, whose errors are told as gRPC tells them.
struct Plain(Download);

impl HttpBody for Plain {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.0).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(|failure| failure.status)))
    }

    fn is_end_stream(&self) -> bool {
        HttpBody::is_end_stream(&self.0)
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.0)
    }
}
