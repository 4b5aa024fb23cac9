//! Coming and going: how much a policy keeps of what is no longer there.

use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{Endpoint, EndpointId, EntryId, Outcome, Role, Time};

use crate::Subject;
use crate::line::Line;
use crate::traffic::Traffic;
use crate::ward::Ward;

/// So many came and went when it is measured first.
pub(crate) const FIRST: usize = 100;
/// And so many when it is measured again.
pub(crate) const LAST: usize = 1100;

/// How far apart the measurements are of which the largest and the smallest are taken.
const APART: usize = 10;

/// The largest Debug output of a policy about [`FIRST`], and the smallest about [`LAST`]: bytes.
pub(crate) fn sizes(subject: &Subject) -> Result<(usize, usize), String> {
    match subject.plugin().role() {
        Role::Acquire => Ok(of_acquire(subject)),
        Role::Release => Ok(of_release(subject)),
        Role::Evict => Ok(of_evict(subject)),
        Role::Balance => of_balance(subject),
        Role::Health => Ok(of_health(subject)),
        Role::Queue => Ok(of_queue(subject)),
    }
}

/// What was measured so far.
#[derive(Debug)]
struct Sizes {
    first: usize,
    last: usize,
}

impl Sizes {
    fn new() -> Sizes {
        Sizes { first: 0, last: usize::MAX }
    }

    fn look(&mut self, cycle: usize, size: impl FnOnce() -> usize) {
        if !cycle.is_multiple_of(APART) {
            return;
        }
        if cycle <= FIRST {
            self.first = self.first.max(size());
        } else if cycle > LAST - FIRST {
            self.last = self.last.min(size());
        }
    }

    fn pair(self) -> (usize, usize) {
        (self.first, self.last)
    }
}

/// A pool on paper where so many have come and gone that ids of the next thousand are written with as many digits.
fn paper() -> Paper {
    let mut paper = Paper::new();
    paper.advance(Time::from_nanos(10_000_000_000).since(Time::ZERO));
    age(&mut paper);
    paper
}

pub(crate) fn age(paper: &mut Paper) {
    for _ in 0..1000 {
        let id = paper.endpoint(Endpoint::new("old:1"));
        paper.idle(id, paper.now());
        paper.remove_endpoint(id);
    }
}

/// An endpoint with two connections; gone again after `meet` saw it.
fn visit(paper: &mut Paper, cycle: usize, meet: impl FnOnce(&mut Paper, EndpointId, [EntryId; 2])) {
    let id = paper.endpoint(Endpoint::new(format!("{}:1", 1000 + cycle)));
    let conns = [paper.idle(id, paper.now()), paper.idle(id, paper.now())];
    paper.advance(Duration::from_millis(50));
    meet(paper, id, conns);
    paper.remove_endpoint(id);
}

fn of_acquire(subject: &Subject) -> (usize, usize) {
    let (mut paper, mut policy, mut sizes) = (paper(), subject.acquire(), Sizes::new());
    for cycle in 0..LAST {
        visit(&mut paper, cycle, |paper, id, _| {
            paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(id), cx));
        });
        sizes.look(cycle, || format!("{policy:?}").len());
    }
    sizes.pair()
}

fn of_release(subject: &Subject) -> (usize, usize) {
    let (mut paper, mut policy, mut sizes) = (paper(), subject.release(), Sizes::new());
    for cycle in 0..LAST {
        let mut gone = None;
        visit(&mut paper, cycle, |paper, id, conns| {
            conns.into_iter().for_each(|conn| paper.lease(conn));
            gone = Some(id);
            paper.with_cx(None, |paper, cx| {
                policy.settle(&paper.lease_view(conns[0], Outcome::Ok), cx);
                if policy.wants_losses() {
                    policy.lost(&paper.lease_view(conns[1], Outcome::Broken), cx);
                }
            });
        });
        gone.into_iter().for_each(|id| policy.left(id));
        sizes.look(cycle, || format!("{policy:?}").len());
    }
    sizes.pair()
}

fn of_evict(subject: &Subject) -> (usize, usize) {
    let (mut paper, mut policy, mut sizes) = (paper(), subject.evict(), Sizes::new());
    for cycle in 0..LAST {
        let mut gone = None;
        visit(&mut paper, cycle, |paper, id, conns| {
            gone = Some(id);
            paper.with_cx(None, |paper, cx| {
                for conn in conns {
                    policy.expires_at(&paper.conn_view(conn), cx);
                }
                policy.victim(&paper.pool_view(), cx);
                policy.prune(&paper.usage_view(id, 3), cx);
            });
        });
        gone.into_iter().for_each(|id| policy.left(id));
        sizes.look(cycle, || format!("{policy:?}").len());
    }
    sizes.pair()
}

fn of_balance(subject: &Subject) -> Result<(usize, usize), String> {
    let (mut traffic, _) = Traffic::with_weights(subject, 0, &[1, 1, 1]);
    age(&mut traffic.paper);
    let mut sizes = Sizes::new();
    for cycle in 0..LAST {
        let id = traffic.join(1);
        let conn = traffic.begin(id);
        traffic.paper.advance(Duration::from_millis(1));
        traffic.end(conn, Outcome::Failed);
        // Few picks, since some build a table for the first after a change; with many keys.
        if cycle % 25 == 0 {
            (0..10).try_for_each(|_| traffic.round().map(|_| ()))?;
        }
        traffic.leave(id);
        // A lease of one that has left may end later.
        traffic.tell_feedback(id, Outcome::Ok, Duration::from_millis(1));
        sizes.look(cycle, || traffic.debug_len());
    }
    Ok(sizes.pair())
}

fn of_health(subject: &Subject) -> (usize, usize) {
    let mut ward = Ward::of_size(subject, 0, 3);
    age(&mut ward.paper);
    let mut sizes = Sizes::new();
    for cycle in 0..LAST {
        let id = ward.join();
        (0..6).for_each(|_| ward.ended(id, Outcome::Failed));
        ward.paper.advance(Duration::from_millis(50));
        ward.review();
        ward.leave(ward.endpoints.len() - 1);
        ward.ended(id, Outcome::Failed);
        ward.review();
        sizes.look(cycle, || ward.debug_len());
    }
    sizes.pair()
}

fn of_queue(subject: &Subject) -> (usize, usize) {
    let (mut line, mut sizes) = (Line::new(subject, 0), Sizes::new());
    for cycle in 0..LAST {
        line.step();
        line.serve();
        sizes.look(cycle, || line.debug_len());
    }
    sizes.pair()
}
