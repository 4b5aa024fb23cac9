//! The deadlines of those who wait, earliest first.
//!
//! With one time-out for all, deadlines come in rising order: those stand in a line, where coming
//! and going costs the same however many wait. One that is earlier than the last in the line goes
//! into a heap beside it. Who is served leaves at once, so nothing stale piles up.

use crate::Time;

const NIL: u32 = u32::MAX;
/// In place of a neighbour: it stands in the heap, or nowhere.
const HEAPED: u32 = u32::MAX - 1;
const ABSENT: u32 = u32::MAX - 2;

/// Deadlines, each with the index of its waiter.
#[derive(Debug)]
pub(super) struct Deadlines {
    /// By the index of the waiter.
    nodes: Vec<Node>,
    first: u32,
    last: u32,
    /// Waiters that came out of order.
    heap: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    at: Time,
    sooner: u32,
    /// In the line, the next; in the heap, the place.
    later: u32,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines { nodes: Vec::new(), first: NIL, last: NIL, heap: Vec::new() }
    }
}

impl Deadlines {
    /// The earliest deadline and whose it is.
    pub(super) fn first(&self) -> Option<(Time, u32)> {
        let in_line = (self.first != NIL).then(|| (self.at(self.first), self.first));
        let in_heap = self.heap.first().map(|&waiter| (self.at(waiter), waiter));
        match (in_line, in_heap) {
            (Some(line), Some(heap)) => Some(line.min(heap)),
            (one, other) => one.or(other),
        }
    }

    /// Adds the deadline of a waiter that has none.
    pub(super) fn push(&mut self, at: Time, waiter: u32) {
        if self.nodes.len() <= waiter as usize {
            self.nodes.resize(waiter as usize + 1, Node { at: Time::NEVER, sooner: ABSENT, later: NIL });
        }
        if self.last == NIL || self.at(self.last) <= at {
            self.append(at, waiter);
        } else {
            self.nodes[waiter as usize] = Node { at, sooner: HEAPED, later: NIL };
            self.heap.push(waiter);
            self.rise(self.heap.len() - 1);
        }
    }

    /// Takes out the deadline of a waiter, if it has one.
    pub(super) fn remove(&mut self, waiter: u32) {
        let Some(node) = self.nodes.get_mut(waiter as usize) else { return };
        let Node { sooner, later, .. } = *node;
        node.sooner = ABSENT;
        match sooner {
            ABSENT => {}
            HEAPED => self.remove_from_heap(later as usize),
            sooner => self.remove_from_line(sooner, later),
        }
    }

    fn at(&self, waiter: u32) -> Time {
        self.nodes[waiter as usize].at
    }

    fn append(&mut self, at: Time, waiter: u32) {
        self.nodes[waiter as usize] = Node { at, sooner: self.last, later: NIL };
        match self.last {
            NIL => self.first = waiter,
            last => self.nodes[last as usize].later = waiter,
        }
        self.last = waiter;
    }

    fn remove_from_line(&mut self, sooner: u32, later: u32) {
        match sooner {
            NIL => self.first = later,
            sooner => self.nodes[sooner as usize].later = later,
        }
        match later {
            NIL => self.last = sooner,
            later => self.nodes[later as usize].sooner = sooner,
        }
    }

    fn remove_from_heap(&mut self, place: usize) {
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            let place = self.rise(place);
            self.sink(place);
        }
    }

    fn put(&mut self, place: usize, waiter: u32) {
        self.heap[place] = waiter;
        self.nodes[waiter as usize].later = place as u32;
    }

    fn rise(&mut self, mut place: usize) -> usize {
        let waiter = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.at(self.heap[parent]) <= self.at(waiter) {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, waiter);
        place
    }

    fn sink(&mut self, mut place: usize) {
        let waiter = self.heap[place];
        loop {
            let left = 2 * place + 1;
            let Some(&child) = self.heap.get(left) else { break };
            let sooner_child = match self.heap.get(left + 1) {
                Some(&right) if self.at(right) < self.at(child) => left + 1,
                _ => left,
            };
            if self.at(waiter) <= self.at(self.heap[sooner_child]) {
                break;
            }
            self.put(place, self.heap[sooner_child]);
            place = sooner_child;
        }
        self.put(place, waiter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    /// Against a plain list, with deadlines that mostly rise.
    #[test]
    fn the_first_is_always_the_earliest_of_those_that_are_there() {
        let (mut random, mut deadlines) = (Random::with_seed(7), Deadlines::default());
        let mut there: Vec<(Time, u32)> = Vec::new();
        for step in 0..20_000_u64 {
            let waiter = random.below(64) as u32;
            if let Some(known) = there.iter().position(|(_, other)| *other == waiter) {
                deadlines.remove(waiter);
                there.swap_remove(known);
            } else {
                let early = if random.below(4) == 0 { random.below(100) as u64 } else { 0 };
                let at = Time::from_nanos((step + 100).saturating_sub(early));
                deadlines.push(at, waiter);
                there.push((at, waiter));
            }
            let earliest = there.iter().map(|(at, _)| *at).min();
            assert_eq!(deadlines.first().map(|(at, _)| at), earliest, "after step {step}");
        }
    }

    #[test]
    fn one_that_has_none_may_be_taken_out() {
        let mut deadlines = Deadlines::default();
        deadlines.remove(3);
        deadlines.push(Time::from_nanos(1), 3);
        deadlines.remove(3);
        deadlines.remove(3);
        assert_eq!(deadlines.first(), None);
    }
}
