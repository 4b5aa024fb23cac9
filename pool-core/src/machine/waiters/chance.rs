//! Whose turn it is where chance decides.

use super::places::{CHUNK, NIL};
use super::{Queue, Waiters};
use crate::Payload;

/// So many places are tried before the queue is walked.
const TRIES: u64 = 32;

/// A draw that stays the same until somebody was served, so that whoever is found to be next is
/// found again. SplitMix64 (Steele, Lea, Flood 2014), apart from the policies' randomness.
#[derive(Debug, Default)]
pub(super) struct Chance(u64);

impl Chance {
    /// From a seed.
    pub(super) fn seed(&mut self, seed: u64) {
        self.0 = seed;
    }

    /// Somebody was served: another draw.
    #[inline(always)]
    pub(super) fn turn(&mut self) {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
    }

    /// The n-th number of this draw.
    fn number(&self, nth: u64) -> u64 {
        let mut z = self.0.wrapping_add(nth.wrapping_mul(0xd1b5_4a32_d192_ed03));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Whether one of those who take any endpoint is next, and not one of those who wait for one.
    pub(super) fn prefers_any(&self, any: u32, bound: u32) -> bool {
        self.number(0) % (u64::from(any) + u64::from(bound)).max(1) < u64::from(any)
    }
}

impl<P: Payload> Waiters<P> {
    /// One of those in a queue. Places are tried at random, which finds one at once in a table that
    /// is well filled; else the queue is walked.
    pub(super) fn by_chance(&self, queue: &Queue) -> u32 {
        if queue.len < 2 {
            return queue.head;
        }
        let bound = self.at(queue.head).bound;
        let places = (self.places.0.len() * CHUNK) as u64;
        let tried = (1..=TRIES).map(|nth| (self.chance.number(nth) % places) as u32);
        let found = tried.into_iter().find(|&index| self.at(index).queued && self.at(index).bound == bound);
        found.unwrap_or_else(|| self.nth(queue, self.chance.number(TRIES + 1) % u64::from(queue.len)))
    }

    fn nth(&self, queue: &Queue, nth: u64) -> u32 {
        (0..nth).fold(queue.head, |index, _| match self.at(index).next {
            NIL => index,
            next => next,
        })
    }

    /// What chance begins with.
    pub(in crate::machine) fn seed(&mut self, seed: u64) {
        self.chance.seed(seed);
    }
}
