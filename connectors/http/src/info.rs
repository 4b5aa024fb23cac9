//! What a response tells of the lease that it came by.

use std::time::Duration;

use http::Version;
use pool_tokio::Lease;

use crate::HttpConnector;

/// What a response tells of the lease that it came by, in its extensions:
/// `response.extensions().get::<LeaseInfo>()`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseInfo {
    /// The name of the endpoint that served.
    pub endpoint: String,
    /// Whether the connection was in the pool before.
    pub reused: bool,
    /// How long the request waited for it.
    pub waited: Duration,
    /// How many requests it has served, this one included.
    pub uses: u32,
    /// How old it was.
    pub age: Duration,
    /// Which HTTP is spoken on it.
    pub protocol: Version,
    /// The how-manyth try this was, from 1.
    pub tried: u32,
}

impl LeaseInfo {
    pub(crate) fn of(lease: &Lease<HttpConnector>, tried: u32) -> LeaseInfo {
        LeaseInfo {
            endpoint: lease.endpoint().name().to_owned(),
            reused: lease.is_reused(),
            waited: lease.waited(),
            uses: lease.uses(),
            age: lease.age(),
            protocol: lease.protocol(),
            tried,
        }
    }
}
