//! Whom the client speaks to: servers of hyper, and peers that say word for word what a test wants.

mod backend;
mod frames;
mod proxy;
mod script;

pub(crate) use backend::{Backend, Speaks};
pub(crate) use frames::{Heard, Http2Guest, Http2Peer};
pub(crate) use proxy::{Asked, ForwardProxy};
pub(crate) use script::{Script, answer, read_request, serve};
