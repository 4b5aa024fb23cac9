//! One request to the collector, over gRPC.

use std::error::Error;

use hyper::body::{Buf, Bytes};
use hyper::header::{HeaderName, HeaderValue};
use prost::bytes::BufMut;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};

use super::failure::printable;
use super::{Failure, Target};

/// Sends one message and reads the answer, on a connection of its own: see `post`.
pub(super) async fn call(
    target: &Target,
    headers: &[(HeaderName, HeaderValue)],
    body: Bytes,
) -> Result<Bytes, Failure> {
    let endpoint = Endpoint::from_shared(target.origin()).map_err(Failure::unreachable)?;
    let channel = endpoint.connect().await.map_err(|error| Failure::Unreachable(root_of(&error)))?;
    let path = target.path.parse().map_err(Failure::unreachable)?;
    let mut request = Request::new(body);
    *request.metadata_mut() = MetadataMap::from_headers(headers.iter().cloned().collect());
    let mut client = Grpc::new(channel);
    client.ready().await.map_err(|error| Failure::Unreachable(root_of(&error)))?;
    client.unary(request, path, Encoded).await.map(tonic::Response::into_inner).map_err(refused)
}

/// What tonic's "transport error" is really about.
fn root_of(error: &dyn Error) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string()
}

/// Which codes may pass is in the OTLP specification. An exhausted resource may only if the
/// collector says when, which this client does not read.
fn refused(status: Status) -> Failure {
    if status.code() == Code::Unavailable && status.source().is_some() {
        return Failure::Unreachable(root_of(&status));
    }
    let may_pass = matches!(
        status.code(),
        Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss
    );
    let reason = printable(status.message().as_bytes());
    Failure::Refused { status: format!("{:?}", status.code()), may_pass, reason }
}

/// Messages that are encoded already.
#[derive(Debug, Clone, Copy)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Encoded;
    type Decoder = Encoded;

    fn encoder(&mut self) -> Encoded {
        Encoded
    }

    fn decoder(&mut self) -> Encoded {
        Encoded
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
