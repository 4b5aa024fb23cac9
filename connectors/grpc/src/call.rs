//! One call: a connection, the sending, and a second try if the first came to nothing.

use http::header::USER_AGENT;
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderValue, Request, Response, Uri};
use pool_tokio::{AcquireOptions, Lease, Pool};
use tonic::Status;
use tonic::body::Body;

use crate::answer::{Answer, Leased};
use crate::call_options::own_key;
use crate::channel::Terms;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::replay::Replay;
use crate::{CallOptions, GrpcChannel, GrpcConnector, refusal};

/// Makes a call: it is sent again if it is certain that nothing was done, once (gRFC A6, "transparent retries").
pub(crate) async fn call(channel: GrpcChannel, request: Request<Body>) -> Result<Response<Body>, Status> {
    let GrpcChannel { pool, terms } = channel;
    let deadline = Deadline::of(request.headers(), terms.timeout)?;
    let (mut head, body) = request.into_parts();
    sign(&mut head, &terms);
    let body = Replay::new(body);
    let mut is_first = true;
    loop {
        let lease = acquire(&pool, &head, deadline).await?;
        let failure = match send(lease, &head, &body, &terms, deadline).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if !(failure.unprocessed && is_first && body.is_whole()) {
            return Err(failure.status);
        }
        is_first = false;
    }
}

async fn acquire(pool: &Pool<GrpcConnector>, head: &Parts, deadline: Deadline) -> Result<Lease<GrpcConnector>, Status> {
    let mut options = AcquireOptions::new();
    let wanted = head.extensions.get::<CallOptions>();
    options.endpoint = wanted.and_then(|wanted| wanted.endpoint.as_deref());
    options.key = own_key(head, pool.connector().key_header());
    let left = deadline.left().filter(|left| *left <= pool.wait_timeout());
    options.timeout = left;
    pool.acquire_with(options).await.map_err(|error| refusal::status(error, left.is_some()))
}

async fn send(
    lease: Lease<GrpcConnector>,
    head: &Parts,
    body: &Replay,
    terms: &Terms,
    deadline: Deadline,
) -> Result<Response<Body>, Failure> {
    let mut request = Request::from_parts(head.clone(), body.again());
    deadline.tell(request.headers_mut());
    let sending = lease.send(request);
    let mut leased = Leased::new(lease, terms.broken_on);
    match deadline.bound("it waited for its answer", sending).await {
        Ok(Ok(answer)) => {
            body.commit();
            Ok(Answer::of(answer, leased, deadline))
        }
        Ok(Err(failure)) => {
            leased.fail(&failure);
            Err(failure)
        }
        Err(status) => {
            let failure = Failure::of_deadline(status);
            leased.fail(&failure);
            Err(failure)
        }
    }
}

/// Whose call it is, and to whom.
fn sign(head: &mut Parts, terms: &Terms) {
    let user_agent = match head.headers.get(USER_AGENT) {
        Some(own) => joined(own, &terms.user_agent),
        None => terms.user_agent.clone(),
    };
    head.headers.insert(USER_AGENT, user_agent);
    if let Some(authority) = &terms.authority {
        let mut uri = std::mem::take(&mut head.uri).into_parts();
        // A URI with an authority has a scheme; the connection knows which.
        uri.scheme.get_or_insert(Scheme::HTTP);
        uri.authority = Some(authority.clone());
        head.uri = Uri::from_parts(uri).unwrap_or_default();
    }
}

/// The caller's own first, as it is with tonic.
fn joined(own: &HeaderValue, ours: &HeaderValue) -> HeaderValue {
    let both = [own.as_bytes(), b" ", ours.as_bytes()].concat();
    HeaderValue::from_bytes(&both).unwrap_or_else(|_| ours.clone())
}
