//! A line on paper: callers that wait, connections that come free, and a queue policy that says who is next.

use std::collections::VecDeque;
use std::time::Duration;

use pool_core::{Cx, Decision, Next, QueuePolicy, QueueView, Random, Time};

use crate::Subject;
use crate::heir::Stranger;

/// Callers in a line.
pub(crate) struct Line {
    pub(crate) now: Time,
    pub(crate) dice: Random,
    policy: Box<dyn QueuePolicy>,
    random: Random,
    /// Since when each of them has waited, the first first.
    waiting: VecDeque<Time>,
    steps: usize,
    pub(crate) served: usize,
    pub(crate) turned_away: usize,
}

/// So many steps a season lasts, busy or calm.
const SEASON: usize = 100;

impl Line {
    /// Empty, at this time.
    pub(crate) fn at(subject: &Subject, seed: u64, origin: Time) -> Line {
        Line {
            now: origin,
            dice: Random::with_seed(seed ^ 0x0051_de7e),
            policy: subject.queue(),
            random: Random::with_seed(seed),
            waiting: VecDeque::new(),
            steps: 0,
            served: 0,
            turned_away: 0,
        }
    }

    /// The same not long after the pool was built.
    pub(crate) fn new(subject: &Subject, seed: u64) -> Line {
        Line::at(subject, seed, Time::ZERO.after(Duration::from_secs(10)))
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    pub(crate) fn arrive(&mut self, callers: usize) {
        self.waiting.extend(std::iter::repeat_n(self.now, callers));
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Time passes, and callers come: more than can be served in one season, hardly any in the next.
    pub(crate) fn step(&mut self) {
        let busy = (self.steps / SEASON).is_multiple_of(2);
        self.steps += 1;
        let pause = self.dice.below(20_000) as u64;
        self.pass(Duration::from_micros(pause));
        let callers = self.dice.below(if busy { 4 } else { 2 });
        self.arrive(callers);
    }

    /// A connection comes free: what the policy says, until somebody is served or nobody is left.
    pub(crate) fn serve(&mut self) -> Vec<Decision<Next>> {
        let mut said = Vec::new();
        while !self.waiting.is_empty() {
            let decision = self.ask();
            said.push(decision);
            match decision.choice {
                Some(Next::TurnAwayOldest) => {
                    self.waiting.pop_front();
                    self.turned_away += 1;
                    continue;
                }
                Some(Next::Newest) => drop(self.waiting.pop_back()),
                _ => drop(self.waiting.pop_front()),
            }
            self.served += 1;
            break;
        }
        said
    }

    fn ask(&mut self) -> Decision<Next> {
        let oldest = self.waiting.front().copied().unwrap_or(self.now);
        let newest = self.waiting.back().copied().unwrap_or(self.now);
        let view = QueueView::on_paper(self.now, self.waiting.len(), oldest, newest);
        self.ask_about(&view)
    }

    /// What the policy says of such a queue.
    pub(crate) fn ask_about(&mut self, view: &QueueView) -> Decision<Next> {
        self.policy.next(view, &mut Cx { now: self.now, key: None, random: &mut self.random })
    }

    /// Another policy takes the place of this one, and of something that is none.
    pub(crate) fn succeed(&mut self, subject: &Subject) {
        let mut new = subject.queue();
        new.inherit(&mut Stranger);
        new.inherit(&mut *self.policy);
        self.policy = new;
    }

    /// How much the policy has to say of itself.
    pub(crate) fn debug_len(&self) -> usize {
        format!("{:?}", self.policy).len()
    }
}
