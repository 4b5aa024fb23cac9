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

/// Deadlines, each with the index of its waiter. What belongs to one waiter lies with the waiter, so
/// that it comes into the cache with it.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Deadlines {
    first: u32,
    last: u32,
    /// Waiters that came out of order.
    heap: Vec<u32>,
}

/// What is kept of one deadline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    at: Time,
    sooner: u32,
    /// In the line, the next; in the heap, the place.
    later: u32,
}

impl Node {
    /// Of a waiter that has no deadline.
    pub(super) const ABSENT: Node = Node { at: Time::NEVER, sooner: ABSENT, later: NIL };
}

/// Where the nodes are.
pub(super) trait Nodes {
    fn node(&self, waiter: u32) -> &Node;
    fn node_mut(&mut self, waiter: u32) -> &mut Node;
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines { first: NIL, last: NIL, heap: Vec::new() }
    }
}

impl Deadlines {
    /// The earliest deadline and whose it is.
    pub(super) fn first(&self, nodes: &impl Nodes) -> Option<(Time, u32)> {
        let in_line = (self.first != NIL).then(|| (nodes.node(self.first).at, self.first));
        let in_heap = self.heap.first().map(|&waiter| (nodes.node(waiter).at, waiter));
        match (in_line, in_heap) {
            (Some(line), Some(heap)) => Some(line.min(heap)),
            (one, other) => one.or(other),
        }
    }

    /// The deadline of a waiter, if it has one.
    pub(super) fn of(&self, waiter: u32, nodes: &impl Nodes) -> Option<Time> {
        let node = nodes.node(waiter);
        (node.sooner != ABSENT).then_some(node.at)
    }

    /// Adds the deadline of a waiter that has none.
    #[inline]
    pub(super) fn push(&mut self, at: Time, waiter: u32, nodes: &mut impl Nodes) {
        if self.last == NIL || nodes.node(self.last).at <= at {
            self.append(at, waiter, nodes);
        } else {
            *nodes.node_mut(waiter) = Node { at, sooner: HEAPED, later: NIL };
            self.heap.push(waiter);
            self.rise(self.heap.len() - 1, nodes);
        }
    }

    /// Takes out the deadline of a waiter, if it has one.
    #[inline]
    pub(super) fn remove(&mut self, waiter: u32, nodes: &mut impl Nodes) {
        let node = nodes.node_mut(waiter);
        let Node { sooner, later, .. } = *node;
        node.sooner = ABSENT;
        match sooner {
            ABSENT => {}
            HEAPED => self.remove_from_heap(later as usize, nodes),
            sooner => self.remove_from_line(sooner, later, nodes),
        }
    }

    fn append(&mut self, at: Time, waiter: u32, nodes: &mut impl Nodes) {
        *nodes.node_mut(waiter) = Node { at, sooner: self.last, later: NIL };
        match self.last {
            NIL => self.first = waiter,
            last => nodes.node_mut(last).later = waiter,
        }
        self.last = waiter;
    }

    fn remove_from_line(&mut self, sooner: u32, later: u32, nodes: &mut impl Nodes) {
        match sooner {
            NIL => self.first = later,
            sooner => nodes.node_mut(sooner).later = later,
        }
        match later {
            NIL => self.last = sooner,
            later => nodes.node_mut(later).sooner = sooner,
        }
    }

    fn remove_from_heap(&mut self, place: usize, nodes: &mut impl Nodes) {
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            let place = self.rise(place, nodes);
            self.sink(place, nodes);
        }
    }

    fn put(&mut self, place: usize, waiter: u32, nodes: &mut impl Nodes) {
        self.heap[place] = waiter;
        nodes.node_mut(waiter).later = place as u32;
    }

    fn rise(&mut self, mut place: usize, nodes: &mut impl Nodes) -> usize {
        let waiter = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if nodes.node(self.heap[parent]).at <= nodes.node(waiter).at {
                break;
            }
            self.put(place, self.heap[parent], nodes);
            place = parent;
        }
        self.put(place, waiter, nodes);
        place
    }

    fn sink(&mut self, mut place: usize, nodes: &mut impl Nodes) {
        let waiter = self.heap[place];
        loop {
            let left = 2 * place + 1;
            let Some(&child) = self.heap.get(left) else { break };
            let sooner_child = match self.heap.get(left + 1) {
                Some(&right) if nodes.node(right).at < nodes.node(child).at => left + 1,
                _ => left,
            };
            if nodes.node(waiter).at <= nodes.node(self.heap[sooner_child]).at {
                break;
            }
            self.put(place, self.heap[sooner_child], nodes);
            place = sooner_child;
        }
        self.put(place, waiter, nodes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    impl Nodes for Vec<Node> {
        fn node(&self, waiter: u32) -> &Node {
            &self[waiter as usize]
        }

        fn node_mut(&mut self, waiter: u32) -> &mut Node {
            &mut self[waiter as usize]
        }
    }

    /// Against a plain list, with deadlines that mostly rise.
    #[test]
    fn the_first_is_always_the_earliest_of_those_that_are_there() {
        let (mut random, mut deadlines) = (Random::with_seed(7), Deadlines::default());
        let mut nodes = vec![Node::ABSENT; 64];
        let mut there: Vec<(Time, u32)> = Vec::new();
        for step in 0..20_000_u64 {
            let waiter = random.below(64) as u32;
            if let Some(known) = there.iter().position(|(_, other)| *other == waiter) {
                deadlines.remove(waiter, &mut nodes);
                there.swap_remove(known);
            } else {
                let early = if random.below(4) == 0 { random.below(100) as u64 } else { 0 };
                let at = Time::from_nanos((step + 100).saturating_sub(early));
                deadlines.push(at, waiter, &mut nodes);
                there.push((at, waiter));
            }
            let earliest = there.iter().map(|(at, _)| *at).min();
            assert_eq!(deadlines.first(&nodes).map(|(at, _)| at), earliest, "after step {step}");
        }
    }

    #[test]
    fn one_that_has_none_may_be_taken_out() {
        let (mut deadlines, mut nodes) = (Deadlines::default(), vec![Node::ABSENT; 4]);
        deadlines.remove(3, &mut nodes);
        deadlines.push(Time::from_nanos(1), 3, &mut nodes);
        deadlines.remove(3, &mut nodes);
        deadlines.remove(3, &mut nodes);
        assert_eq!(deadlines.first(&nodes), None);
    }
}
