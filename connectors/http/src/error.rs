//! What can go wrong.

mod connect;
mod request;

pub use connect::ConnectError;
pub use request::HttpError;
