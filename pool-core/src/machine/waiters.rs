//! Those who wait: an explicit queue, served by direct hand-off.
//!
//! A caller waits for one endpoint (bound) or for any. An answer is put beside the waiter, who
//! fetches it; until then it cannot be stolen.

mod chance;
mod kinds;
mod own;
mod places;

use std::task::Waker;

use self::chance::Chance;
use self::places::{CHUNK, NIL, OWN, Places, Waiter};
use super::deadlines::Deadlines;
use crate::book::set_context;
use crate::grant::Answer;
use crate::{Payload, Time, TraceContext, WaitOrder, WaiterId, Want};

/// From one turn to the next: what lies between says more of a waiter.
const STEP: i64 = 2;

/// The ends of a queue.
#[derive(Debug, Clone, Copy)]
struct Queue {
    head: u32,
    tail: u32,
    len: u32,
}

impl Queue {
    const EMPTY: Queue = Queue { head: NIL, tail: NIL, len: 0 };
}

/// All who wait, and all whose answer was not fetched yet.
#[repr(C)]
pub(super) struct Waiters<P: Payload> {
    any: Queue,
    queued: u32,
    queued_bound: u32,
    /// The first place that is free; the others hang on it.
    free: u32,
    turn: i64,
    deadlines: Deadlines,
    places: Places<P>,
    bound: Vec<Queue>,
    turn_again: i64,
    /// Those who wait for a dial of their own.
    own: Queue,
    /// How many of those in the other queues have begun a dial.
    asking: u32,
    chance: Chance,
}

impl<P: Payload> Default for Waiters<P> {
    fn default() -> Waiters<P> {
        Waiters {
            any: Queue::EMPTY,
            queued: 0,
            queued_bound: 0,
            free: NIL,
            turn: 0,
            deadlines: Deadlines::default(),
            places: Places::default(),
            bound: Vec::new(),
            turn_again: 0,
            own: Queue::EMPTY,
            asking: 0,
            chance: Chance::default(),
        }
    }
}

/// What was in a place that is given up.
pub(super) enum Fetched<P: Payload> {
    /// No answer yet; the waker is kept.
    Waiting,
    /// The answer, and when it was asked for.
    Answer(Answer<P>, Time),
    /// There is no such waiter.
    Unknown,
}

impl<P: Payload> Waiters<P> {
    /// How many wait for what comes first.
    #[inline]
    pub(super) fn queued(&self) -> u32 {
        self.queued
    }

    /// How many of them wait for one endpoint.
    pub(super) fn queued_bound(&self) -> u32 {
        self.queued_bound
    }

    /// How many wait for any endpoint.
    pub(super) fn queued_any(&self) -> u32 {
        self.queued - self.queued_bound
    }

    /// How many wait for this endpoint and no other.
    pub(super) fn queued_at(&self, endpoint: u32) -> u32 {
        self.bound.get(endpoint as usize).map_or(0, |queue| queue.len)
    }

    /// The earliest deadline.
    pub(super) fn first_deadline(&self) -> Time {
        self.deadlines.first(&self.places).map_or(Time::NEVER, |(at, _)| at)
    }

    /// Whose deadline has come.
    pub(super) fn expired(&self, now: Time) -> Option<u32> {
        self.deadlines.first(&self.places).filter(|(at, _)| *at <= now).map(|(_, index)| index)
    }

    /// When the one who has waited longest asked.
    pub(super) fn oldest(&self) -> Option<Time> {
        std::iter::once(self.any.head)
            .chain([self.own.head])
            .chain(self.bound.iter().map(|queue| queue.head))
            .filter(|&head| head != NIL)
            .map(|head| self.at(head).asked)
            .min()
    }

    /// Someone begins to wait, for the endpoint at this place or for any.
    pub(super) fn push(&mut self, want: &Want, bound: Option<u32>, order: WaitOrder, waker: Waker) -> WaiterId {
        let index = self.place();
        let to_head = want.again && order == WaitOrder::Fifo;
        let turn = if to_head {
            self.turn_again -= STEP;
            self.turn_again
        } else {
            self.turn += STEP;
            self.turn
        };
        let waiter = self.at_mut(index);
        waiter.answer = Some(Answer::Waiting(waker));
        (waiter.asked, waiter.site, waiter.key) = (want.asked, want.site, want.key);
        set_context(&mut waiter.context, want.context.as_ref());
        (waiter.turn, waiter.dial) = (turn, NIL);
        (waiter.queued, waiter.fresh, waiter.roomy, waiter.picked) = (true, want.fresh, false, false);
        waiter.bound = bound.unwrap_or(NIL);
        let id = WaiterId { index, generation: waiter.generation };
        self.enqueue(index, to_head);
        if !want.deadline.is_never() {
            self.deadlines.push(want.deadline, index, &mut self.places);
        }
        id
    }

    /// The first who can be served by a connection of this endpoint; `for_any`: those who do not
    /// care which one are among them.
    #[inline]
    pub(super) fn next_for(&self, endpoint: u32, for_any: bool, order: WaitOrder) -> Option<u32> {
        if self.queued == 0 {
            return None;
        }
        let end = |queue: &Queue| match order {
            WaitOrder::Fifo => queue.head,
            WaitOrder::Lifo => queue.tail,
            WaitOrder::Random => self.by_chance(queue),
        };
        let any = if for_any { end(&self.any) } else { NIL };
        let bound = self.bound.get(endpoint as usize).map_or(NIL, end);
        match (any, bound) {
            (NIL, NIL) => None,
            (NIL, one) | (one, NIL) => Some(one),
            (any, bound) => {
                let any_first = match order {
                    WaitOrder::Fifo => self.at(any).turn < self.at(bound).turn,
                    WaitOrder::Lifo => self.at(any).turn > self.at(bound).turn,
                    WaitOrder::Random => self.chance.prefers_any(self.queued_any(), self.queued_at(endpoint)),
                };
                Some(if any_first { any } else { bound })
            }
        }
    }

    /// The first who waits for any endpoint, or for this one: to be refused.
    pub(super) fn first_of(&self, bound: Option<u32>) -> Option<u32> {
        let queue = match bound {
            None => self.any,
            Some(endpoint) => self.bound.get(endpoint as usize).copied().unwrap_or(Queue::EMPTY),
        };
        (queue.head != NIL).then_some(queue.head)
    }

    /// What a waiter asked for, as far as a lease has to know it.
    #[inline(always)]
    pub(super) fn want(&self, index: u32) -> Want {
        let waiter = self.at(index);
        let (asked, site, key, context) = (waiter.asked, waiter.site, waiter.key, waiter.context);
        Want { asked, site, key, context, fresh: waiter.fresh, ..Want::default() }
    }

    /// Whose trace it belongs to.
    pub(super) fn context(&self, index: u32) -> Option<TraceContext> {
        self.at(index).context
    }

    /// When it asked.
    pub(super) fn asked(&self, index: u32) -> Time {
        self.at(index).asked
    }

    /// Its id.
    pub(super) fn id_of(&self, index: u32) -> WaiterId {
        WaiterId { index, generation: self.at(index).generation }
    }

    /// All who wait, in no order: the endpoint that each wants, if not any, and what it asked for.
    pub(super) fn queue(&self) -> impl Iterator<Item = (Option<u32>, Want)> {
        let waiters = self.places.0.iter().flatten().zip(0..).filter(|(waiter, _)| waiter.queued);
        waiters.map(|(waiter, index)| ((waiter.bound < OWN).then_some(waiter.bound), self.want(index)))
    }

    /// Answers one who waits; gives its waker.
    pub(super) fn answer(&mut self, index: u32, answer: Answer<P>) -> Option<Waker> {
        self.leave_queue(index);
        self.chance.turn();
        match self.at_mut(index).answer.replace(answer) {
            Some(Answer::Waiting(waker)) => Some(waker),
            _ => None,
        }
    }

    /// The wakers of all who wait.
    pub(super) fn wakers(&self) -> impl Iterator<Item = &Waker> {
        self.places.0.iter().flatten().filter_map(|waiter| match &waiter.answer {
            Some(Answer::Waiting(waker)) => Some(waker),
            _ => None,
        })
    }

    /// The answer, if there is one; the place is given up then.
    #[inline]
    pub(super) fn take_answer(&mut self, id: WaiterId) -> Option<Answer<P>> {
        let waiter = self.find(id)?;
        if waiter.queued {
            return None;
        }
        let answer = waiter.answer.take();
        self.vacate(id.index);
        answer
    }

    /// Fetches an answer, and gives up the place; if there is none yet, keeps the waker.
    pub(super) fn fetch(&mut self, id: WaiterId, waker: &Waker) -> Fetched<P> {
        let Some(waiter) = self.find(id) else { return Fetched::Unknown };
        if let Some(Answer::Waiting(kept)) = &mut waiter.answer {
            kept.clone_from(waker);
            return Fetched::Waiting;
        }
        self.give_up(id)
    }

    /// Gives up a place, whatever is in it.
    pub(super) fn give_up(&mut self, id: WaiterId) -> Fetched<P> {
        let Some(waiter) = self.find(id) else { return Fetched::Unknown };
        let (answer, asked, queued) = (waiter.answer.take(), waiter.asked, waiter.queued);
        if queued {
            self.leave_queue(id.index);
        }
        self.vacate(id.index);
        match answer {
            Some(answer) => Fetched::Answer(answer, asked),
            None => Fetched::Unknown,
        }
    }

    fn find(&mut self, id: WaiterId) -> Option<&mut Waiter<P>> {
        let waiter = self.places.0.get_mut(id.index() / CHUNK)?.get_mut(id.index() % CHUNK)?;
        (waiter.generation == id.generation && waiter.answer.is_some()).then_some(waiter)
    }

    fn place(&mut self) -> u32 {
        if self.free == NIL {
            let first = (self.places.0.len() * CHUNK) as u32;
            let end = first + CHUNK as u32;
            self.places
                .0
                .push((first + 1..=end).map(|next| Waiter::vacant(if next < end { next } else { NIL })).collect());
            self.free = first;
        }
        let index = self.free;
        self.free = self.at(index).next;
        index
    }

    /// A place is free again, and its id void.
    fn vacate(&mut self, index: u32) {
        let free = self.free;
        let waiter = self.at_mut(index);
        waiter.generation = waiter.generation.wrapping_add(1);
        waiter.next = free;
        self.free = index;
    }

    fn enqueue(&mut self, index: u32, to_head: bool) {
        let bound = self.at(index).bound;
        let mut queue = *self.queue_mut(bound);
        let neighbour = if to_head { queue.head } else { queue.tail };
        let (prev, next) = if to_head { (NIL, neighbour) } else { (neighbour, NIL) };
        let waiter = self.at_mut(index);
        (waiter.prev, waiter.next) = (prev, next);
        match (neighbour, to_head) {
            (NIL, _) => (queue.head, queue.tail) = (index, index),
            (head, true) => {
                self.at_mut(head).prev = index;
                queue.head = index;
            }
            (tail, false) => {
                self.at_mut(tail).next = index;
                queue.tail = index;
            }
        }
        queue.len += 1;
        *self.queue_mut(bound) = queue;
        self.queued += u32::from(bound != OWN);
        self.queued_bound += u32::from(bound < OWN);
    }

    fn leave_queue(&mut self, index: u32) {
        self.unlink(index);
        self.deadlines.remove(index, &mut self.places);
    }

    /// Out of the queue; its deadline stays.
    fn unlink(&mut self, index: u32) {
        let waiter = self.at_mut(index);
        debug_assert!(waiter.queued, "who leaves the queue was in it");
        waiter.queued = false;
        let (prev, next, bound) = (waiter.prev, waiter.next, waiter.bound);
        let mut queue = *self.queue_mut(bound);
        match prev {
            NIL => queue.head = next,
            prev => self.at_mut(prev).next = next,
        }
        match next {
            NIL => queue.tail = prev,
            next => self.at_mut(next).prev = prev,
        }
        queue.len -= 1;
        *self.queue_mut(bound) = queue;
        self.queued -= u32::from(bound != OWN);
        self.asking -= u32::from(bound != OWN && self.at(index).dial != NIL);
        self.queued_bound -= u32::from(bound < OWN);
    }

    fn queue_mut(&mut self, bound: u32) -> &mut Queue {
        match bound {
            NIL => return &mut self.any,
            OWN => return &mut self.own,
            _ => {}
        }
        let bound = bound as usize;
        if self.bound.len() <= bound {
            self.bound.resize(bound + 1, Queue::EMPTY);
        }
        &mut self.bound[bound]
    }

    #[inline]
    fn at(&self, index: u32) -> &Waiter<P> {
        self.places.at(index)
    }

    #[inline]
    fn at_mut(&mut self, index: u32) -> &mut Waiter<P> {
        self.places.at_mut(index)
    }
}
