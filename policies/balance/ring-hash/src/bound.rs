//! How many leases an endpoint may have before its keys go to the next.

use pool_core::{EndpointView, EndpointsView};

use crate::ring::{Member, Ring};

/// The bound on the load of each endpoint, at this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    /// The leases that there may be, all endpoints together.
    slots: u128,
    /// What those that can serve weigh together.
    weight: u128,
}

impl Bound {
    /// From the leases of those that can serve; the others take none, so their share falls to these.
    pub(crate) fn of(factor: u32, ring: &Ring, endpoints: &EndpointsView<'_>) -> Bound {
        let (mut leases, mut weight) = (0_u128, 0_u128);
        for member in ring.members() {
            if let Some(endpoint) = endpoints.get(member.id).filter(EndpointView::is_eligible) {
                leases += endpoint.in_flight() as u128;
                weight += u128::from(member.weight);
            }
        }
        // The one that is asked for counts too.
        Bound { slots: ((leases + 1) * u128::from(factor)).div_ceil(100), weight: weight.max(1) }
    }

    /// Whether it has all leases that it may have. As the shares are rounded up, that is never so of all.
    pub(crate) fn is_reached(&self, member: Member, endpoint: &EndpointView<'_>) -> bool {
        let share = (self.slots * u128::from(member.weight)).div_ceil(self.weight);
        endpoint.in_flight() as u128 >= share
    }
}
