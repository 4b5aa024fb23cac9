//! The discovery of a pool whose endpoints come with the requests.

use pool_core::{Discovery, DiscoveryFuture};

/// Stands where a pool has a discovery, if its endpoints come with the requests: see
/// [`HttpPool::open`](crate::HttpPool::open). It says nothing, ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnDemand;

impl Discovery for OnDemand {
    fn has_its_own(&self) -> bool {
        false
    }

    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(std::future::pending())
    }
}
