//! The schedule: whose turn it is, computed and not kept.

/// The weight of the heaviest, to which all others are scaled; and the rounds after which the schedule begins anew.
pub(crate) const MOST: u64 = u16::MAX as u64;

/// How far a place in the order is ahead of the one before it. Two that are passed over in one round of five would
/// else be so in the same.
const OFFSET: u64 = MOST / 2;

/// Who serves in which round, by their places in the order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Each from 1 to `MOST`, which one has at least.
    weights: Vec<u64>,
}

/// One step in the schedule, which is somebody's turn or is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    pub(crate) round: u64,
    pub(crate) place: usize,
}

impl Schedule {
    /// For these weights, in order; where all are 0, they count alike.
    pub(crate) fn of(weights: &[u32]) -> Schedule {
        let heaviest = u64::from(weights.iter().copied().max().unwrap_or(0).max(1));
        let scaled = |&weight: &u32| {
            let weight = if heaviest == 1 { 1 } else { u64::from(weight) };
            ((weight * MOST + heaviest / 2) / heaviest).max(1)
        };
        Schedule { weights: weights.iter().map(scaled).collect() }
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The first turn, at this one or after it, of a place that is wanted; `None` if there is no such place. `wants` is
    /// asked of each turn on the way, and of each place if none in a whole round was wanted.
    pub(crate) fn first(&self, from: Turn, mut wants: impl FnMut(usize) -> bool) -> Option<Turn> {
        let mut turn = from;
        for _ in 0..self.len() {
            if self.is_turn(turn) && wants(turn.place) {
                return Some(turn);
            }
            turn = self.after(turn);
        }
        (0..self.len()).filter(|&place| wants(place)).map(|place| self.next_of(place, from)).min()
    }

    /// The step after this one.
    pub(crate) fn after(&self, turn: Turn) -> Turn {
        if turn.place + 1 < self.len() {
            return Turn { place: turn.place + 1, ..turn };
        }
        // After so many rounds it begins anew.
        Turn { round: (turn.round + 1) % MOST, place: 0 }
    }

    /// Whether somebody serves at this step: so often in `MOST` rounds as the weight says.
    fn is_turn(&self, turn: Turn) -> bool {
        self.phase(turn) >= MOST - self.weights[turn.place]
    }

    /// A number that grows by the weight from round to round, and starts again when it reaches `MOST`: just before
    /// that, it is its turn.
    fn phase(&self, Turn { round, place }: Turn) -> u64 {
        (self.weights[place] * (round % MOST) + place as u64 * OFFSET) % MOST
    }

    /// The next turn of a place, at this step or after it, without going there step by step. Its round may be one of
    /// the next cycle.
    fn next_of(&self, place: usize, from: Turn) -> Turn {
        let round = from.round + u64::from(place < from.place);
        let weight = self.weights[place];
        let missing = (MOST - weight).saturating_sub(self.phase(Turn { round, place }));
        Turn { round: round + missing.div_ceil(weight), place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Turn = Turn { round: 0, place: 0 };

    /// So many picks from the beginning.
    fn picks(weights: &[u32], count: usize) -> Vec<usize> {
        let schedule = Schedule::of(weights);
        let mut turn = START;
        let mut pick = || {
            let found = schedule.first(turn, |_| true).expect("not empty");
            turn = schedule.after(found);
            found.place
        };
        (0..count).map(|_| pick()).collect()
    }

    fn counts(weights: &[u32], count: usize) -> Vec<usize> {
        let picks = picks(weights, count);
        (0..weights.len()).map(|place| picks.iter().filter(|&&it| it == place).count()).collect()
    }

    /// grpc-go's loop, word for word in what it computes.
    fn by_sequence(weights: &[u64], count: usize) -> Vec<usize> {
        let mut sequence = 0_u64..;
        let mut next_index = || loop {
            let index = sequence.next().expect("it has no end");
            let (backend, generation) = (index % weights.len() as u64, index / weights.len() as u64);
            let weight = weights[backend as usize];
            let modulus = (weight * generation + backend * (65_535 / 2)) % 65_535;
            if modulus >= 65_535 - weight {
                return backend as usize;
            }
        };
        (0..count).map(|_| next_index()).collect()
    }

    #[test]
    fn the_picks_are_those_of_grpc_go() {
        for weights in [&[1, 2, 3][..], &[5, 1, 1], &[4, 2, 1], &[81, 1, 1, 1], &[7; 5], &[1, 1000, 999, 3]] {
            let scaled = Schedule::of(weights).weights;
            assert_eq!(picks(weights, 2_000), by_sequence(&scaled, 2_000), "{weights:?}");
        }
    }

    /// gRPC core's `PicksAreWeightedExactly`, and the result of its `ZeroWeightUsesMean`.
    #[test]
    fn one_period_is_exact_as_in_grpc() {
        assert_eq!(counts(&[1, 2, 3], 6), [1, 2, 3]);
        assert_eq!(counts(&[3, 2, 1], 6), [3, 2, 1]);
    }

    /// gRPC core's `AllWeightsEqualIsRoundRobin`.
    #[test]
    fn equal_weights_serve_in_turn() {
        assert_eq!(picks(&[300; 3], 7), [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(picks(&[0; 3], 7), [0, 1, 2, 0, 1, 2, 0]);
    }

    /// gRPC core's `LargestIsPickedEveryGeneration`: for weights of mean 2 as many picks as two maxima are a cycle.
    #[test]
    fn the_largest_is_picked_every_generation() {
        assert_eq!(counts(&[1, 2, 3], 65_535 * 2), [21_845, 43_690, 65_535]);
    }

    /// gRPC core's `MaxIsClampedForHighRatio` picks 50 + 19 times, where its clamps have made 50 of 81.
    #[test]
    fn one_heavy_among_many_light_ones() {
        let mut weights = [1; 20];
        weights[0] = 50;
        let mut expected = [1; 20];
        expected[0] = 50;
        assert_eq!(counts(&weights, 69), expected);
    }

    #[test]
    fn heavy_ones_are_not_passed_over_in_the_same_round() {
        // Four of five rounds each; without the offset both would pause in the same one.
        let picks = picks(&[5, 4, 4], 1_300);
        assert!(!picks.windows(2).any(|pair| pair == [0, 0]), "one of the two serves in each round");
    }

    #[test]
    fn a_turn_is_found_at_once_where_steps_would_find_it() {
        let weights = [65_535, 1, 700, 43_690, 20_000, 65_534];
        let schedule = Schedule::of(&weights);
        for (round, place) in [(0, 0), (0, 5), (1, 2), (333, 3), (65_534, 0), (65_534, 5), (65_533, 1)] {
            for wanted in 0..weights.len() {
                let from = Turn { round, place };
                let (mut turn, mut cycles) = (from, 0);
                while !(schedule.is_turn(turn) && turn.place == wanted) {
                    let next = schedule.after(turn);
                    cycles += u64::from(next.round < turn.round);
                    turn = next;
                }
                let found = schedule.next_of(wanted, from);
                assert_eq!(found, Turn { round: turn.round + cycles * MOST, ..turn }, "{wanted} from {from:?}");
                let first = schedule.first(from, |it| it == wanted).expect("it has a turn");
                assert_eq!((first.round % MOST, first.place), (turn.round, turn.place));
            }
        }
    }

    #[test]
    fn extremes() {
        assert_eq!(Schedule::of(&[u32::MAX, 1, u32::MAX / 2]).weights, [65_535, 1, 32_767]);
        assert_eq!(Schedule::of(&[]).first(START, |_| true), None);
        assert_eq!(Schedule::of(&[1, 2]).first(START, |_| false), None);
    }
}
