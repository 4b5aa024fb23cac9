//! Jaeger's page over the spans that arrive, which it keeps in memory, the newest ones only.
//!
//!     trace-ui [ADDRESS]
//!
//! One port, by default any free one of the loopback address, for both: the page at `/`, OTLP over HTTP at
//! `/v1/traces`. Prints its URL as its first line, and serves until standard input ends, which it does when
//! whoever started it is gone. Built by `scripts/install-servers trace-ui`; it is not a part of Clearpool.

#![forbid(unsafe_code)]

use std::error::Error;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use otlp_embedded::proto::collector::trace::v1::ExportTraceServiceRequest;
use otlp_embedded::{Config, State, StateRef, TraceService, TraceServiceImpl, ui_app};
use prost::Message;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// As many traces are kept, in as much memory.
const KEPT: Config = Config { max_length: 2000, max_memory_usage: 64 << 20 };

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("http://{}/", listener.local_addr()?);
    let state = State::new(KEPT);
    let kept = state.clone();
    let receive = post(move |body: Bytes| receive(kept.clone(), body));
    let site = Router::new().route("/v1/traces", receive).merge(ui_app(state, "/"));
    tokio::select! {
        ended = axum::serve(listener, site) => Ok(ended?),
        () = end_of_input() => Ok(()),
    }
}

async fn receive(state: StateRef, body: Bytes) -> impl IntoResponse {
    let Ok(message) = ExportTraceServiceRequest::decode(body) else {
        return (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/plain")], b"no spans".to_vec());
    };
    let taken = TraceServiceImpl::new(state).export(tonic::Request::new(message)).await;
    match taken {
        Ok(answer) => {
            let answer = answer.into_inner().encode_to_vec();
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-protobuf")], answer)
        }
        Err(status) => {
            let why = status.message().as_bytes().to_vec();
            (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/plain")], why)
        }
    }
}

async fn end_of_input() {
    let (mut input, mut nothing) = (tokio::io::stdin(), [0; 64]);
    while input.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
}
