//! Plays a load again, through pools of other sizes.
//!
//! Who asks is placed in time as it was measured: so many in each bin, within it as clumped as they
//! come. How long each holds its lease is drawn from the histogram. The pool on paper serves first who
//! came first, and nobody goes away: one number for each connection, when it is free again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::Load;
use super::meter::BIN;
use crate::{Histogram, Random};

/// As many callers are played at most, and at least, by playing a small load several times.
const MOST_CALLERS: f64 = 12_000.0;
const LEAST_CALLERS: f64 = 6_000.0;
/// A load that is too large to be played as a whole is played in so many pieces at least, and each
/// is as long as so many leases.
const LEAST_PIECES: f64 = 8.0;
const LEASES_LONG: f64 = 20.0;
const LEASES_SHORT: f64 = 8.0;

/// A load, drawn once, so that all sizes see the same.
pub(super) struct Replay {
    pieces: Vec<Piece>,
    callers: usize,
}

/// A stretch of time: what is in use when it begins, until when, and who asks in it, when and for how
/// long. In nanoseconds.
#[derive(Default)]
struct Piece {
    busy: Vec<u64>,
    calls: Vec<(u64, u64)>,
}

impl Replay {
    pub(super) fn of(load: &Load) -> Replay {
        let mut dice = Dice::of(load);
        let window = (load.bins.len() as u64 * BIN) as f64;
        let callers = load.arrivals() as f64;
        let pieces: Vec<_> = if callers <= MOST_CALLERS {
            let times = (LEAST_CALLERS / callers).ceil() as usize;
            (0..times).map(|_| dice.piece(load, 0.0, window)).collect()
        } else {
            let (rate, hold) = (callers / window, load.mean_hold().as_nanos() as f64);
            let affordable = MOST_CALLERS / (LEAST_PIECES * rate);
            let length = (LEASES_LONG * hold).max(BIN as f64).min(affordable).max(LEASES_SHORT * hold).min(window);
            let pieces = (MOST_CALLERS / (rate * length)).max(LEAST_PIECES).min(window / length).ceil();
            // At equal distances, so that every part of the window has its say.
            let apart = (window - length) / (pieces - 1.0).max(1.0);
            (0..pieces as usize).map(|piece| dice.piece(load, piece as f64 * apart, length)).collect()
        };
        let callers = pieces.iter().map(|piece| piece.calls.len()).sum();
        Replay { pieces, callers }
    }

    /// The least size, from `floor` on, with which at most a share of `late` waits for longer than
    /// `target`.
    pub(super) fn least(&self, floor: u32, target: Duration, late: f64) -> u32 {
        let target = u64::try_from(target.as_nanos()).unwrap_or(u64::MAX);
        let allowed = (self.callers as f64 * late) as usize;
        let enough = |size: u32| self.late(size, target) <= allowed;
        let mut step = (f64::from(floor).sqrt().ceil() as u32).max(1);
        let (mut too_few, mut size) = (floor.saturating_sub(1), floor);
        // It ends: with a connection for each caller nobody waits.
        while !enough(size) {
            too_few = size;
            size = size.saturating_add(step);
            step = step.saturating_mul(2);
        }
        while size - too_few > 1 {
            let middle = too_few + (size - too_few) / 2;
            if enough(middle) { size = middle } else { too_few = middle }
        }
        size
    }

    fn late(&self, size: u32, target: u64) -> usize {
        self.pieces.iter().map(|piece| piece.late(size as usize, target)).sum()
    }
}

impl Piece {
    /// How many wait for longer than the target in a pool of this size.
    fn late(&self, size: usize, target: u64) -> usize {
        let busy = self.busy.iter().copied().chain(std::iter::repeat(0));
        let mut free_at: BinaryHeap<_> = busy.take(size).map(Reverse).collect();
        let waits_long = |&&(at, hold): &&(u64, u64)| {
            let Some(mut first) = free_at.peek_mut() else { return true };
            let starts = first.0.max(at);
            *first = Reverse(starts + hold);
            starts - at > target
        };
        self.calls.iter().filter(waits_long).count()
    }
}

/// What draws a load.
struct Dice {
    random: Random,
    /// Of each bucket: the share of leases up to it, the same weighed by their length, and its bounds.
    holds: Vec<(f64, f64, f64, f64)>,
}

impl Dice {
    fn of(load: &Load) -> Dice {
        let mut holds = Vec::new();
        let (mut leases, mut length) = (0.0, 0.0);
        for (bucket, &count) in load.holds.buckets().iter().enumerate().filter(|(_, count)| **count > 0) {
            let lower = if bucket == 0 { 0.0 } else { Histogram::upper_bound(bucket - 1) };
            let upper = Histogram::upper_bound(bucket);
            leases += count as f64;
            length += count as f64 * (lower + upper) / 2.0;
            holds.push((leases, length, lower, upper));
        }
        // The sum is exact, the buckets are not.
        let scale = load.holds.sum().as_nanos() as f64 / length.max(1.0);
        for (by_number, by_length, lower, upper) in &mut holds {
            (*by_number, *by_length) = (*by_number / leases, *by_length / length.max(1.0));
            (*lower, *upper) = (*lower * scale, *upper * scale);
        }
        Dice { random: Random::with_seed(0x517e), holds }
    }

    fn piece(&mut self, load: &Load, start: f64, length: f64) -> Piece {
        let mut piece = Piece::default();
        let bin = BIN as f64;
        let first = ((start / bin) as usize).min(load.bins.len() - 1);
        // What is in use when it begins: as much as such a load has in use on average.
        let in_use = f64::from(load.bins[first]) / bin * load.mean_hold().as_nanos() as f64;
        for _ in 0..self.round(in_use) {
            let rest = self.hold_in_progress() * self.random.unit();
            piece.busy.push(rest as u64);
        }
        for (number, &count) in load.bins.iter().enumerate().skip(first) {
            let begins = (number as f64 * bin).max(start);
            let ends = ((number + 1) as f64 * bin).min(start + length);
            if ends <= begins {
                break;
            }
            let count = self.round(f64::from(count) * (ends - begins) / bin);
            self.place(count, load.clumping, (begins - start, ends - start), &mut piece.calls);
        }
        piece
    }

    /// Places so many callers between two moments, as clumped as they come.
    fn place(&mut self, count: usize, clumping: f64, (begins, ends): (f64, f64), calls: &mut Vec<(u64, u64)>) {
        if count == 0 {
            return;
        }
        let gaps: Vec<f64> = (0..count).map(|_| self.gap(clumping)).collect();
        let whole: f64 = gaps.iter().sum();
        let (length, first) = (ends - begins, calls.len());
        let scale = if whole > 0.0 { length / whole } else { 0.0 };
        // Equal distances go on from bin to bin; clumps may lie anywhere.
        let mut at = if clumping > 1.0 { self.random.unit() * length } else { -gaps[0] * scale / 2.0 };
        for gap in gaps {
            at += gap * scale;
            calls.push(((begins + at.rem_euclid(length)) as u64, self.hold() as u64));
        }
        calls[first..].sort_unstable_by_key(|(at, _)| *at);
    }

    /// A gap of length 1 on average, with this squared coefficient of variation: between always the
    /// same and chance below 1, some at a time beyond.
    fn gap(&mut self, variation: f64) -> f64 {
        let by_chance = -(1.0 - self.random.unit()).ln();
        if variation <= 1.0 {
            let part = variation.max(0.0).sqrt();
            return 1.0 - part + part * by_chance;
        }
        let apart = 2.0 / (variation + 1.0);
        if self.random.unit() < apart { by_chance / apart } else { 0.0 }
    }

    fn hold(&mut self) -> f64 {
        let unit = self.random.unit();
        let place = self.holds.partition_point(|bucket| bucket.0 < unit);
        self.within(place)
    }

    /// How long a lease is held that is found in progress at some moment: the longer ones more often.
    fn hold_in_progress(&mut self) -> f64 {
        let unit = self.random.unit();
        let place = self.holds.partition_point(|bucket| bucket.1 < unit);
        self.within(place)
    }

    fn within(&mut self, place: usize) -> f64 {
        let unit = self.random.unit();
        let bucket = self.holds.get(place).or(self.holds.last());
        bucket.map_or(0.0, |&(_, _, lower, upper)| lower + (upper - lower) * unit)
    }

    /// A whole number that is this one on average.
    fn round(&mut self, number: f64) -> usize {
        (number + self.random.unit()) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Callers by chance, holds that are exponential: so many seconds of them.
    fn by_chance(rate: f64, hold: f64, seconds: u64) -> Load {
        let mut random = Random::with_seed(3);
        let mut exponential = move |mean: f64| -(1.0 - random.unit()).ln() * mean;
        let mut bins = vec![0; (seconds * 1_000_000_000 / BIN) as usize];
        let mut at = exponential(1.0 / rate);
        while let Some(bin) = bins.get_mut((at * 1e9 / BIN as f64) as usize) {
            *bin += 1;
            at += exponential(1.0 / rate);
        }
        let mut holds = Histogram::default();
        (0..20_000).for_each(|_| holds.record(Duration::from_secs_f64(exponential(hold))));
        Load { bins, clumping: 1.0, holds, dialed: Duration::ZERO, capacity: 1, target: None }
    }

    /// By Erlang: the share that waits for longer than `target` seconds.
    fn erlang(offered: f64, hold: f64, servers: u32, target: f64) -> f64 {
        let blocked = (1..=servers).fold(1.0, |before, n| {
            let load = offered * before;
            load / (f64::from(n) + load)
        });
        let spare = f64::from(servers) - offered;
        let waits = f64::from(servers) * blocked / (f64::from(servers) - offered * (1.0 - blocked));
        waits * (-spare * target / hold).exp()
    }

    #[test]
    fn callers_by_chance_need_what_erlang_says_whatever_their_number() {
        // The last two are too many to be played as a whole.
        for (rate, hold, seconds) in [(50.0, 0.02, 100), (100.0, 0.1, 100), (20_000.0, 0.001, 20), (4_000.0, 0.05, 60)]
        {
            let load = by_chance(rate, hold, seconds);
            let offered = rate * hold;
            for target in [0.0, hold / 10.0, hold] {
                let stable = offered.floor() as u32 + 1;
                let exact = (stable..).find(|&size| erlang(offered, hold, size, target) <= 0.01).expect("some size");
                let found = Replay::of(&load).least(offered.ceil() as u32, Duration::from_secs_f64(target), 0.01);
                let allowed = (f64::from(exact) * 0.07).max(1.0);
                let off = (f64::from(found) - f64::from(exact)).abs();
                assert!(off <= allowed, "{rate}/s for {hold} s, at most {target} s: {found}, Erlang says {exact}");
            }
        }
    }

    #[test]
    fn the_same_load_gives_the_same_answer() {
        let load = by_chance(300.0, 0.03, 60);
        let target = Duration::from_millis(3);
        assert_eq!(Replay::of(&load).least(9, target, 0.01), Replay::of(&load).least(9, target, 0.01));
    }
}
