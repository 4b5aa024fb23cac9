//! The table: which endpoint each row belongs to.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pool_core::{EndpointId, EndpointsView};
use xxhash_rust::xxh64::xxh64;

/// The rows, and the endpoints that they belong to.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Of each row, its owner as an index of `members`. Empty if there is no endpoint.
    rows: Vec<u32>,
    members: Vec<EndpointId>,
}

/// A row that nobody has taken yet.
const FREE: u32 = u32::MAX;

impl Table {
    pub(crate) fn of(endpoints: &EndpointsView<'_>, size: u32) -> Table {
        let candidates = candidates(endpoints, size);
        let rows = if candidates.is_empty() { Vec::new() } else { filled(&candidates, size) };
        Table { rows, members: candidates.into_iter().map(|candidate| candidate.id).collect() }
    }

    /// The owners of all rows, from the one of this hash on, round to where it began.
    pub(crate) fn from(&self, hash: u64) -> impl Iterator<Item = EndpointId> + use<'_> {
        let first = (hash % (self.rows.len() as u64).max(1)) as usize;
        let (before, from) = self.rows.split_at(first);
        from.iter().chain(before).map(|&owner| self.members[owner as usize])
    }
}

/// An endpoint that is to have rows: the order in which it asks for them, and how often.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    id: EndpointId,
    /// At least 1.
    weight: u64,
    /// The row that it asks for first, and how many further the next is each time.
    offset: u32,
    skip: u32,
}

/// Those that take load, in the order of their names: the order of discovery is no other process's.
fn candidates(endpoints: &EndpointsView<'_>, size: u32) -> Vec<Candidate> {
    let weightless = endpoints.iter().all(|endpoint| endpoint.spec().weight == 0);
    let mut named: Vec<_> = endpoints
        .iter()
        .filter(|endpoint| weightless || endpoint.spec().weight > 0)
        .map(|endpoint| (endpoint.spec().name(), endpoint.id(), u64::from(endpoint.spec().weight.max(1))))
        .collect();
    named.sort_unstable();
    let candidate = |(name, id, weight): (&str, _, _)| {
        let hash = |seed, below: u32| (xxh64(name.as_bytes(), seed) % u64::from(below)) as u32;
        Candidate { id, weight, offset: hash(0, size), skip: hash(1, size - 1) + 1 }
    };
    named.into_iter().map(candidate).collect()
}

/// Lets them take rows in turns until there is none left. The heaviest has a turn in each round, one of a third of its
/// weight in every third; all have one in the first.
fn filled(candidates: &[Candidate], size: u32) -> Vec<u32> {
    let heaviest = candidates.iter().map(|candidate| candidate.weight).max().unwrap_or(1);
    let mut rows = vec![FREE; size as usize];
    let mut asked: Vec<u32> = candidates.iter().map(|candidate| candidate.offset).collect();
    let mut taken = vec![0_u64; candidates.len()];
    // Whose turn is next: the round, and in it the order of names. So a round in which few have a turn costs little.
    let mut turns: BinaryHeap<_> = (0..candidates.len()).map(|at| Reverse((1_u64, at))).collect();
    for _ in 0..size {
        let Some(mut turn) = turns.peek_mut() else { break };
        let Reverse((round, at)) = *turn;
        let candidate = candidates[at];
        while rows[asked[at] as usize] != FREE {
            asked[at] = (asked[at] + candidate.skip) % size;
        }
        rows[asked[at] as usize] = at as u32;
        taken[at] += 1;
        let due = (taken[at] * heaviest).div_ceil(candidate.weight);
        *turn = Reverse((due.max(round + 1), at));
    }
    rows
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    fn hosts(weights: &[u32]) -> Vec<(String, u32)> {
        (90..).map(|port| format!("127.0.0.1:{port}")).zip(weights.iter().copied()).collect()
    }

    /// The table as positions among these endpoints.
    fn table(endpoints: &[(String, u32)], size: u32) -> Vec<usize> {
        let mut paper = Paper::new();
        let mut ids = Vec::new();
        for (name, weight) in endpoints {
            ids.push(paper.endpoint(Endpoint::new(name).weight(*weight)));
        }
        let table = Table::of(&paper.endpoints_view(), size);
        table.from(0).map(|id| ids.iter().position(|&it| it == id).expect("one of them")).collect()
    }

    /// Envoy's `MaglevLoadBalancerTest.Basic`.
    #[test]
    fn the_table_is_that_of_envoy() {
        assert_eq!(table(&hosts(&[1; 6]), 7), [2, 4, 0, 1, 5, 0, 3]);
    }

    /// Envoy's `BasicWithHostName`.
    #[test]
    fn short_names_do_as_in_envoy() {
        let names: Vec<_> = (90..96).map(|name| (name.to_string(), 1)).collect();
        assert_eq!(table(&names, 7), [2, 5, 0, 3, 4, 1, 0]);
    }

    /// Envoy's `Weighted`, and two of its tests of localities, whose weights come out as 1 : 1 and 8 : 2.
    #[test]
    fn with_weights_the_table_is_that_of_envoy_too() {
        assert_eq!(table(&hosts(&[1, 2]), 17), [1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1]);
        assert_eq!(table(&hosts(&[1, 1]), 17), [1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1]);
        assert_eq!(table(&hosts(&[8, 2]), 17), [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn the_order_of_discovery_plays_no_part() {
        let one = hosts(&[3, 1, 2, 1]);
        let mut other = one.clone();
        other.reverse();
        let mirrored: Vec<_> = table(&other, 251).into_iter().map(|at| 3 - at).collect();
        assert_eq!(table(&one, 251), mirrored);
    }

    #[test]
    fn rows_are_as_many_as_the_weight_says() {
        let weights = [1, 2, 3, 10, 100];
        let table = table(&hosts(&weights), 65_537);
        for (at, weight) in weights.into_iter().enumerate() {
            let rows = table.iter().filter(|&&owner| owner == at).count() as f64;
            let wanted = 65_537.0 * f64::from(weight) / 116.0;
            assert!((rows - wanted).abs() <= 2.0, "{rows} of {wanted}");
        }
    }

    #[test]
    fn weight_zero_has_no_row_unless_all_are_zero_and_the_lightest_has_one() {
        assert_eq!(table(&hosts(&[0, 1]), 7), [1; 7]);
        assert_eq!(table(&hosts(&[0, 0]), 17), table(&hosts(&[1, 1]), 17));
        let steep = table(&hosts(&[u32::MAX, 1, u32::MAX]), 251);
        assert_eq!(steep.iter().filter(|&&owner| owner == 1).count(), 1);
        assert!(table(&[], 7).is_empty());
    }
}
