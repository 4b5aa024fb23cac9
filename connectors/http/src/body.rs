//! The bodies of requests and responses.

mod request;
mod response;

pub use request::{BoxError, RequestBody};
pub(crate) use response::Ending;
pub use response::HttpBody;
