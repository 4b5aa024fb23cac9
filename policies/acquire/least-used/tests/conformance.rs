//! The laws of every acquire policy, the order that this one promises, and what it does in a pool.

use pool_acquire_least_used::{LeastUsed, PLUGIN};
use pool_core::{Named, Plan, Policies, PoolOptions};
use pool_sim::Sim;

pool_testkit::conformance!(PLUGIN);

#[test]
fn of_equally_used_ones_the_last_goes_first() {
    pool_testkit::promise::handed_out_in_order(PLUGIN, &[3, 2, 1]);
}

/// How often each of ten connections was lent, when one caller after the other wants one.
fn uses(policies: Policies) -> Vec<usize> {
    let mut sim = Sim::new(Plan { options: PoolOptions::default(), policies, seed: 1 }, ["a"]);
    let callers: Vec<_> = (0..10).map(|_| sim.acquire()).collect();
    callers.into_iter().for_each(|caller| sim.release(caller));
    let mut uses = vec![1; 10];
    for _ in 0..990 {
        let caller = sim.acquire();
        uses[sim.conn_of(caller).expect("one is idle") as usize - 1] += 1;
        sim.release(caller);
    }
    uses
}

#[test]
fn in_a_pool_all_connections_are_used_equally_often() {
    let policies = Policies { acquire: Named::new("least-used", Box::new(LeastUsed)), ..Policies::plain() };
    assert_eq!(uses(policies), [100; 10]);
    assert_eq!(uses(Policies::plain()).iter().max(), Some(&991), "and by `lifo` one is used for all");
}
