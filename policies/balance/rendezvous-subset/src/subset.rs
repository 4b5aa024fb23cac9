//! Which endpoints are in the subset, and which would be next.

use pool_core::{EndpointId, EndpointsView};
use xxhash_rust::xxh64::xxh64;

/// All endpoints that take load, by the numbers that one client gives them.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    order: Vec<EndpointId>,
    size: usize,
}

impl Ranking {
    pub(crate) fn of(endpoints: &EndpointsView<'_>, seed: u64, size: usize) -> Ranking {
        let weightless = endpoints.iter().all(|endpoint| endpoint.spec().weight == 0);
        let mut numbered: Vec<_> = endpoints
            .iter()
            .filter(|endpoint| weightless || endpoint.spec().weight > 0)
            .map(|endpoint| {
                let name = endpoint.spec().name();
                (xxh64(name.as_bytes(), seed), name, endpoint.id())
            })
            .collect();
        numbered.sort_unstable();
        let order: Vec<_> = numbered.into_iter().map(|(_, _, id)| id).collect();
        Ranking { size: size.min(order.len()), order }
    }

    /// Those in the subset.
    pub(crate) fn subset(&self) -> &[EndpointId] {
        &self.order[..self.size]
    }

    /// The others, the next to come in first.
    pub(crate) fn beyond(&self) -> &[EndpointId] {
        &self.order[self.size..]
    }
}
