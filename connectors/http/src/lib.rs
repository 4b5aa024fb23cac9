//! HTTP/1.1 and HTTP/2 for Clearpool: a pooled client on hyper.
//!
//! An endpoint is an origin: `http://10.0.0.1:8080`, `https://api.example`, `unix:/run/app.sock`, or only `host:port`.
//! [`HttpConnector`] makes connections to it: of HTTP/1.1, which one request has to itself, or of HTTP/2, which as
//! many share as the server allows. [`HttpPool`] sends requests over a pool of them, and gives each connection back
//! when the response has been read to its end.
//!
//! ```no_run
//! use http::Request;
//! use http_body_util::{BodyExt, Empty};
//! use pool_connector_http::{HttpConnector, HttpPool};
//! use pool_tokio::Pool;
//!
//! # async fn get() -> Result<(), Box<dyn std::error::Error>> {
//! let backends = ["http://10.0.0.1:8080", "http://10.0.0.2:8080", "http://10.0.0.3:8080"];
//! let pool = Pool::builder(HttpConnector::default()).name("orders").endpoints(backends).build()?;
//! let orders = HttpPool::new(pool);
//!
//! let response = orders.get("/orders/7").await?;
//! let order = response.into_body().collect().await?.to_bytes();
//! # drop(order);
//! # Ok(())
//! # }
//! ```
//!
//! There are two uses. With [`HttpPool::new`] a request has a path only, and the pool's balance policy picks one of
//! the configured backends. With [`HttpPool::open`] a request has any absolute URI, as with the transport of Go's
//! net/http: an endpoint joins the pool with the first request to it, and leaves when it is not used any more.
//!
//! A request that met a connection which its server had just closed is sent once more on a fresh one, if that does no
//! harm: see [`Retries`]. Each response tells of its lease in its extensions: see [`LeaseInfo`].

#![forbid(unsafe_code)]

mod basic;
mod body;
mod connection;
mod connector;
mod dial;
mod error;
mod exchange;
mod form;
mod frames;
mod info;
mod keep_alive;
mod key;
mod loan;
mod no_proxy;
mod options;
mod origin;
mod origins;
mod plugin;
mod pool;
mod proxy;
mod retry;
mod route;
mod service;
mod target;
mod tunnel;
mod wire;

pub use body::{BoxError, HttpBody, RequestBody};
pub use connection::HttpConnection;
pub use connector::HttpConnector;
pub use error::{ConnectError, HttpError};
pub use info::LeaseInfo;
pub use key::RequestOptions;
pub use options::{Http1Options, Http2Options, HttpOptions, HttpVersion, OriginOptions, Retries, ServerErrors};
pub use origins::OnDemand;
pub use plugin::{ON_DEMAND, PLUGIN};
pub use pool::HttpPool;
pub use proxy::ProxyOptions;
