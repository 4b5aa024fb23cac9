//! What happens in the cases.

use std::time::Duration;

use pool_core::{Moments, Plan, Policies, PoolOptions, Victim};
use pool_sim::{Call, Dial, Sim};

use crate::policies::{After, evicting};

pub(crate) type Course = fn() -> Sim;

const MS: Duration = Duration::from_millis(1);

fn sim(policies: Policies, set: impl FnOnce(&mut PoolOptions)) -> Sim {
    let mut options = PoolOptions::default();
    set(&mut options);
    Sim::new(Plan { options, policies, ..Plan::default() }, ["a"])
}

fn plain(set: impl FnOnce(&mut PoolOptions)) -> Sim {
    sim(Policies::plain(), set)
}

/// One connection. A caller has it after a dial of 5 ms; four more want it. The first of them is served
/// after 10 ms, the second goes away after 20, the third times out after 30, the fourth waits on.
pub(crate) fn four_wait_at_the_limit() -> Sim {
    let mut sim = plain(|options| options.limits.max_open = 1);
    sim.script().dials("a", Dial::ok(5 * MS));
    let first = sim.acquire();
    sim.advance(5 * MS);
    let served = sim.acquire();
    let gives_up = sim.acquire();
    let times_out = sim.acquire_with(&Call { timeout: Some(30 * MS), ..Call::default() });
    sim.acquire();
    sim.advance(10 * MS);
    sim.release(first);
    sim.advance(10 * MS);
    sim.cancel(gives_up);
    sim.advance(10 * MS);
    assert!(sim.conn_of(served).is_some() && !sim.is_waiting(times_out));
    sim
}

/// Room for ten. Two callers dial for 5 ms each, one of them is served again from the pool; then one
/// goes away in its dial, which then becomes idle, and another is in its dial still.
pub(crate) fn dials_with_room() -> Sim {
    let mut sim = plain(|_| {});
    sim.script().dials("a", Dial::ok(5 * MS));
    let first = sim.acquire();
    sim.advance(5 * MS);
    let second = sim.acquire();
    sim.advance(5 * MS);
    sim.release(first);
    sim.acquire();
    sim.release(second);
    sim.acquire_with(&Call { fresh: true, ..Call::default() });
    sim.advance(MS);
    sim
}

/// Idle for 10 ms is too long, looked at on acquire; 40 ms is too old, looked at on release. Five are
/// dialed: three of them idle for too long and are found by a caller, one is too old when it comes
/// back, one is broken.
pub(crate) fn three_idle_out_and_one_is_too_old() -> Sim {
    let idle = After { after: 10 * MS, moments: Moments::ACQUIRE, idle: true };
    let age = After { after: 40 * MS, moments: Moments::RELEASE, idle: false };
    let mut sim = sim(evicting([idle, age]), |_| {});
    let mut callers: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
    let keeps = callers.pop().expect("four");
    callers.into_iter().for_each(|caller| sim.release(caller));
    sim.advance(20 * MS);
    let finds_three = sim.acquire();
    sim.release(finds_three);
    let again = sim.acquire();
    sim.release_as(again, pool_core::Outcome::Broken);
    sim.advance(30 * MS);
    sim.release(keeps);
    sim
}

/// Three idle out, and the pool's own timer finds them.
pub(crate) fn reaped() -> Sim {
    let idle = After { after: 10 * MS, moments: Moments::BACKGROUND, idle: true };
    let mut sim = sim(evicting([idle]), |_| {});
    let callers: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    callers.into_iter().for_each(|caller| sim.release(caller));
    sim.advance(20 * MS);
    sim
}

/// Two are idle when the pool is closed.
pub(crate) fn the_pool_is_closed() -> Sim {
    let mut sim = plain(|_| {});
    let callers = [sim.acquire(), sim.acquire()];
    callers.into_iter().for_each(|caller| sim.release(caller));
    sim.with_machine(pool_core::Machine::close);
    sim
}

/// Two idle ones at most: of four that come back two are too many. Then one may be open at most: of the
/// two that are idle one goes; and one in use that is over the limit goes when it comes back.
pub(crate) fn too_many_idle_and_a_lowered_limit() -> Sim {
    let mut sim = plain(|options| {
        options.limits.max_idle = Some(2);
        options.limits.victim = Victim::Incoming;
    });
    let callers: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
    callers.into_iter().for_each(|caller| sim.release(caller));
    let in_use = sim.acquire();
    let also = sim.acquire_with(&Call { fresh: true, ..Call::default() });
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    options.limits.max_idle = Some(0);
    sim.set_options(options);
    sim.release(in_use);
    sim.release(also);
    sim
}

/// The peer closes the only idle connection; a caller is given it and asks again.
pub(crate) fn dead_on_acquire() -> Sim {
    let mut sim = plain(|_| {});
    let first = sim.acquire();
    sim.release(first);
    sim.cut("a");
    sim.acquire();
    sim
}

/// As many connections as there are callers.
pub(crate) fn without_a_limit() -> Sim {
    let mut sim = plain(|options| options.limits.max_open = u32::MAX);
    sim.acquire();
    sim
}
