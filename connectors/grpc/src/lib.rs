//! gRPC channels for Clearpool: shared connections, balanced call by call.
//!
//! A [`GrpcConnector`] makes HTTP/2 connections, each shared by as many calls as its server takes. A [`GrpcPool`] gives
//! [`GrpcChannel`]s, of which any client is made that tonic generates: `MyClient::new(pool.channel())`. Each call is a
//! lease: it is balanced, counted, timed and told like any other, and its outcome is what the server answered.
//!
//! An address is `host:port`, `http://host:port`, `https://host:port` or `unix:/path`.

#![forbid(unsafe_code)]

mod answer;
mod bare;
mod call;
mod call_options;
mod channel;
mod connection;
mod connector;
mod deadline;
mod driver;
mod error;
mod failure;
mod health;
mod hold;
mod link;
mod options;
mod plugin;
mod pool;
mod recall;
mod refusal;
mod replay;
mod seat;
mod sender;
mod target;
mod upload;

pub use call_options::CallOptions;
pub use channel::GrpcChannel;
pub use connection::GrpcConnection;
pub use connector::GrpcConnector;
pub use error::GrpcError;
pub use options::{BrokenOn, GrpcOptions, HealthOptions, KeepAliveOptions};
pub use plugin::PLUGIN;
pub use pool::{Connectivity, EndpointState, GrpcPool};
