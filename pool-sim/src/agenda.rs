//! What will happen, and when.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use pool_core::Time;

/// Things to come, the earliest first; of the same moment, in the order they were planned.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    items: BinaryHeap<Item<T>>,
    planned: u64,
}

#[derive(Debug)]
struct Item<T> {
    at: Time,
    turn: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Agenda<T> {
        Agenda { items: BinaryHeap::new(), planned: 0 }
    }

    pub(crate) fn plan(&mut self, at: Time, what: T) {
        self.planned += 1;
        self.items.push(Item { at, turn: self.planned, what });
    }

    /// Takes out what is not to happen any more.
    pub(crate) fn take_out(&mut self, gone: impl Fn(&T) -> bool) {
        self.items.retain(|item| !gone(&item.what));
    }

    pub(crate) fn next_at(&self) -> Time {
        self.items.peek().map_or(Time::NEVER, |item| item.at)
    }

    /// All of it, in no order.
    pub(crate) fn items(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|item| &item.what)
    }

    pub(crate) fn take_due(&mut self, now: Time) -> Option<T> {
        if self.next_at() > now {
            return None;
        }
        self.items.pop().map(|item| item.what)
    }
}

impl<T> Ord for Item<T> {
    fn cmp(&self, other: &Item<T>) -> Ordering {
        // The heap gives the greatest: the earliest has to be it.
        (other.at, other.turn).cmp(&(self.at, self.turn))
    }
}

impl<T> PartialOrd for Item<T> {
    fn partial_cmp(&self, other: &Item<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Item<T> {
    fn eq(&self, other: &Item<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Item<T> {}
