//! The ring: which endpoint a hash belongs to, and which are next.

use std::fmt::Write;

use pool_core::{EndpointId, EndpointsView};
use xxhash_rust::xxh64::xxh64;

use crate::RingHashOptions;

/// The places of all endpoints that take load, clockwise.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    /// Where they are; and beside it whose they are, as an index of `members`.
    hashes: Vec<u64>,
    owners: Vec<u32>,
    members: Vec<Member>,
}

/// An endpoint that has places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) id: EndpointId,
    /// At least 1.
    pub(crate) weight: u64,
}

impl Ring {
    pub(crate) fn of(endpoints: &EndpointsView<'_>, options: &RingHashOptions) -> Ring {
        let named = named_members(endpoints);
        let total = named.iter().map(|(_, member)| member.weight).sum();
        let density = Density::of(total, options);
        let mut places = Vec::new();
        let mut label = String::new();
        for (owner, (name, member)) in (0..).zip(&named) {
            label.clear();
            label.push_str(name);
            label.push('_');
            let stem = label.len();
            for number in 0..density.places(member.weight) {
                label.truncate(stem);
                // Writing into a string does not fail.
                let _ = write!(label, "{number}");
                places.push((xxh64(label.as_bytes(), 0), owner));
            }
        }
        places.sort_unstable();
        let (hashes, owners) = places.into_iter().unzip();
        Ring { hashes, owners, members: named.into_iter().map(|(_, member)| member).collect() }
    }

    /// All endpoints that have places.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The owners of all places, clockwise, from the first at or after this hash, round to where it began.
    pub(crate) fn clockwise(&self, hash: u64) -> impl Iterator<Item = Member> + use<'_> {
        let first = self.hashes.partition_point(|&place| place < hash);
        let (before, from) = self.owners.split_at(first);
        from.iter().chain(before).map(|&owner| self.members[owner as usize])
    }
}

/// Those that take load, in the order of their names: the order of discovery is no other process's.
fn named_members<'a>(endpoints: &EndpointsView<'a>) -> Vec<(&'a str, Member)> {
    let weightless = endpoints.iter().all(|endpoint| endpoint.spec().weight == 0);
    let mut named: Vec<_> = endpoints
        .iter()
        .filter(|endpoint| weightless || endpoint.spec().weight > 0)
        .map(|endpoint| {
            let weight = u64::from(endpoint.spec().weight.max(1));
            (endpoint.spec().name(), Member { id: endpoint.id(), weight })
        })
        .collect();
    named.sort_unstable_by_key(|&(name, member)| (name, member.id));
    named
}

/// How many places a weight has: as many for each unit whatever the others weigh, until there is no room.
#[derive(Debug, Clone, Copy)]
struct Density {
    per_unit: u64,
    halvings: u32,
}

impl Density {
    fn of(total: u64, options: &RingHashOptions) -> Density {
        let (per_unit, most) = (u64::from(options.min_ring_size), u128::from(options.max_ring_size));
        let wanted = u128::from(total) * u128::from(per_unit);
        let halvings = (0..128).find(|&halvings| wanted >> halvings <= most).unwrap_or(0);
        Density { per_unit, halvings }
    }

    fn places(self, weight: u64) -> u64 {
        // A weight is of 32 bits and `per_unit` of 20.
        ((weight * self.per_unit).checked_shr(self.halvings).unwrap_or(0)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    fn ring(endpoints: &[(&str, u32)], min: u32, max: u32) -> (Ring, Vec<EndpointId>) {
        let mut paper = Paper::new();
        let ids = endpoints.iter().map(|&(name, weight)| paper.endpoint(Endpoint::new(name).weight(weight))).collect();
        let options = RingHashOptions { min_ring_size: min, max_ring_size: max, ..RingHashOptions::default() };
        (Ring::of(&paper.endpoints_view(), &options), ids)
    }

    fn places_of(ring: &Ring, id: EndpointId) -> usize {
        ring.clockwise(0).filter(|member| member.id == id).count()
    }

    /// Envoy's `RingHashLoadBalancerTest.Basic`: six hosts of two places each.
    #[test]
    fn the_places_are_those_of_envoy() {
        let hosts: Vec<String> = (90..=95).map(|port| format!("127.0.0.1:{port}")).collect();
        let endpoints: Vec<_> = hosts.iter().map(|host| (host.as_str(), 1)).collect();
        let (ring, ids) = ring(&endpoints, 2, 64);
        let published: [(usize, u64); 12] = [
            (4, 833437586790550860),
            (2, 928266305478181108),
            (0, 1033482794131418490),
            (5, 3551244743356806947),
            (3, 3851675632748031481),
            (1, 5583722120771150861),
            (1, 6311230543546372928),
            (3, 7700377290971790572),
            (5, 13144177310400110813),
            (2, 13444792449719432967),
            (4, 15516499411664133160),
            (0, 16117243373044804889),
        ];
        assert_eq!(ring.hashes, published.map(|(_, hash)| hash));
        let owners: Vec<_> = ring.clockwise(0).map(|member| member.id).collect();
        assert_eq!(owners, published.map(|(host, _)| ids[host]));
        let owner = |hash| ring.clockwise(hash).next().map(|member| member.id);
        assert_eq!(owner(u64::MAX), Some(ids[4]), "round to the first");
        assert_eq!(owner(3551244743356806947), Some(ids[5]), "at its place");
        assert_eq!(owner(3551244743356806948), Some(ids[3]), "just after it");
    }

    #[test]
    fn places_are_as_many_as_the_weight_says_whoever_else_is_there() {
        let (few, ids) = ring(&[("a", 1), ("b", 5)], 100, 10_000);
        assert_eq!([places_of(&few, ids[0]), places_of(&few, ids[1])], [100, 500]);
        let (more, ids) = ring(&[("a", 1), ("b", 5), ("c", 94)], 100, 10_000);
        assert_eq!([places_of(&more, ids[0]), places_of(&more, ids[1])], [100, 500], "just room enough");
    }

    #[test]
    fn without_room_all_have_half_as_many_and_each_has_one() {
        let (full, ids) = ring(&[("a", 1), ("b", 5), ("c", 95)], 100, 10_000);
        assert_eq!([0, 1, 2].map(|at| places_of(&full, ids[at])), [50, 250, 4750]);
        let (steep, ids) = ring(&[("a", 1), ("b", u32::MAX), ("c", u32::MAX)], 100, 10_000);
        assert_eq!(places_of(&steep, ids[0]), 1);
        assert!((2_500..=5_000).contains(&places_of(&steep, ids[1])), "{}", places_of(&steep, ids[1]));
        assert_eq!(places_of(&steep, ids[1]), places_of(&steep, ids[2]));
        let (crowd, _) = ring(&[("a", 1), ("b", 1), ("c", 1)], 1, 2);
        assert_eq!(crowd.hashes.len(), 3);
    }

    #[test]
    fn weight_zero_has_no_place_unless_all_are_zero() {
        let (some, ids) = ring(&[("a", 0), ("b", 1)], 10, 100);
        assert_eq!([places_of(&some, ids[0]), places_of(&some, ids[1])], [0, 10]);
        let (none, ids) = ring(&[("a", 0), ("b", 0)], 10, 100);
        assert_eq!([places_of(&none, ids[0]), places_of(&none, ids[1])], [10, 10]);
    }

    #[test]
    fn the_order_of_discovery_plays_no_part() {
        let (one, ids) = ring(&[("a", 1), ("b", 2), ("c", 3)], 10, 100);
        let (other, others) = ring(&[("c", 3), ("a", 1), ("b", 2)], 10, 100);
        let names = |ring: &Ring, ids: [EndpointId; 3]| -> Vec<_> {
            ring.clockwise(7).map(|member| ids.iter().position(|&id| id == member.id)).collect()
        };
        assert_eq!(names(&one, [ids[0], ids[1], ids[2]]), names(&other, [others[1], others[2], others[0]]));
    }
}
