//! The bodies of requests and responses.

mod request;
mod response;
mod upload;
mod watched;

pub use request::{BoxError, RequestBody};
pub(crate) use response::Ending;
pub use response::HttpBody;
pub(crate) use upload::{Begun, Download, Upload};
pub(crate) use watched::OwnError;
