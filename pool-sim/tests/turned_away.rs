//! What a queue policy says is carried out in the whole machine.

use std::time::Duration;

use pool_core::{
    Change, Cx, Decision, HumanDuration, Named, Next, Plan, Policies, PoolOptions, QueuePolicy, QueueView, Reason,
    RefusalKind, Role,
};
use pool_sim::{CallerId, Sim, Standing};

const WHY: Reason = Reason::new("told");

/// The newest first, and who has waited longer than this is turned away.
#[derive(Debug)]
struct NewestFirst {
    patience: Duration,
}

impl QueuePolicy for NewestFirst {
    fn next(&mut self, queue: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        let late = queue.oldest_waited() > self.patience;
        Decision::of(if late { Next::TurnAwayOldest } else { Next::Newest }, WHY)
    }
}

fn queue(patience: Duration) -> Option<Named<dyn QueuePolicy>> {
    Some(Named::new("newest-first", Box::new(NewestFirst { patience })))
}

/// A pool of one connection that is held, and three who wait for it, ten milliseconds apart.
fn crowd(queue: Option<Named<dyn QueuePolicy>>) -> (Sim, CallerId, [CallerId; 3]) {
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    options.wait.timeout = HumanDuration::from_secs(60);
    let policies = Policies { queue, ..Policies::plain() };
    let mut sim = Sim::new(Plan { options, policies, seed: 1 }, ["a"]);
    let holder = sim.acquire();
    let waiting = std::array::from_fn(|_| {
        sim.advance(Duration::from_millis(10));
        sim.acquire()
    });
    (sim, holder, waiting)
}

#[test]
fn the_newest_is_served_where_the_policy_says_so() {
    let (mut sim, holder, [first, second, third]) = crowd(queue(Duration::MAX));
    sim.release(holder);
    assert!(sim.conn_of(third).is_some() && sim.is_waiting(first) && sim.is_waiting(second));
    sim.release(third);
    assert!(sim.conn_of(second).is_some() && sim.is_waiting(first));
}

#[test]
fn those_who_are_turned_away_are_told_so_at_once_and_counted() {
    let (mut sim, holder, [first, second, third]) = crowd(queue(Duration::from_millis(5)));
    sim.release(holder);
    let turned_away = Standing::Refused(RefusalKind::TurnedAway);
    assert_eq!([sim.standing(first), sim.standing(second)], [turned_away; 2]);
    assert!(sim.conn_of(third).is_some(), "the one who came last waited for no time");
    let end = sim.snapshot();
    assert!(end.refusals.contains(&(RefusalKind::TurnedAway, 2)), "{:?}", end.refusals);
    let decided: u64 = end.decisions.iter().filter(|row| row.role == Role::Queue).map(|row| row.count).sum();
    assert_eq!(decided, 4, "one for the holder, who waited for its dial, and three now");
}

#[test]
fn without_the_policy_they_are_served_in_their_order_again() {
    let (mut sim, holder, [first, second, _]) = crowd(queue(Duration::MAX));
    sim.reconfigure(Change { queue: Some(None), ..Change::default() });
    sim.release(holder);
    assert!(sim.conn_of(first).is_some());
    sim.release(first);
    assert!(sim.conn_of(second).is_some());
}

/// An idle queue costs nothing, and one who finds a connection idle is no concern of the policy's.
#[test]
fn nobody_is_asked_about_who_need_not_wait() {
    let (mut sim, holder, waiting) = crowd(None);
    sim.release(holder);
    waiting.into_iter().for_each(|caller| sim.release(caller));
    sim.reconfigure(Change { queue: Some(queue(Duration::ZERO)), ..Change::default() });
    let caller = sim.acquire();
    assert!(sim.conn_of(caller).is_some());
    assert!(sim.snapshot().decisions.iter().all(|row| row.role != Role::Queue));
}
