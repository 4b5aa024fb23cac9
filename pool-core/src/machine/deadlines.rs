//! The deadlines of those who wait: a binary heap that knows where everyone is.
//!
//! With one time-out for all, deadlines come in rising order and a push is one comparison. A waiter
//! that is served leaves at once, so nothing stale piles up.

use crate::Time;

/// Where a waiter stands in the heap; told through the callback of each change.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A min-heap of deadlines, each with the index of its waiter.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    heap: Vec<(Time, u32)>,
}

impl Deadlines {
    /// The earliest deadline and whose it is.
    pub(super) fn first(&self) -> Option<(Time, u32)> {
        self.heap.first().copied()
    }

    /// Adds a deadline. `moved(waiter, place)` is called for each that changes its place.
    pub(super) fn push(&mut self, at: Time, waiter: u32, moved: impl FnMut(u32, u32)) {
        self.heap.push((at, waiter));
        self.rise(self.heap.len() - 1, moved);
    }

    /// Takes out the deadline at this place.
    pub(super) fn remove(&mut self, place: u32, mut moved: impl FnMut(u32, u32)) {
        let place = place as usize;
        let (_, waiter) = self.heap.swap_remove(place);
        moved(waiter, NOWHERE);
        if place < self.heap.len() {
            let place = self.rise(place, &mut moved);
            self.sink(place, moved);
        }
    }

    fn rise(&mut self, mut place: usize, mut moved: impl FnMut(u32, u32)) -> usize {
        let item = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[parent] <= item {
                break;
            }
            self.heap[place] = self.heap[parent];
            moved(self.heap[place].1, place as u32);
            place = parent;
        }
        self.heap[place] = item;
        moved(item.1, place as u32);
        place
    }

    fn sink(&mut self, mut place: usize, mut moved: impl FnMut(u32, u32)) {
        let item = self.heap[place];
        loop {
            let left = 2 * place + 1;
            if left >= self.heap.len() {
                break;
            }
            let right = left + 1;
            let child = if right < self.heap.len() && self.heap[right] < self.heap[left] { right } else { left };
            if item <= self.heap[child] {
                break;
            }
            self.heap[place] = self.heap[child];
            moved(self.heap[place].1, place as u32);
            place = child;
        }
        self.heap[place] = item;
        moved(item.1, place as u32);
    }
}
