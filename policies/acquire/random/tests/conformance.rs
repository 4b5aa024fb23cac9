//! The laws of every acquire policy, and what this one does in a pool.

use pool_acquire_random::{PLUGIN, Random};
use pool_core::{Named, Plan, Policies, PoolOptions};
use pool_sim::Sim;

pool_testkit::conformance!(PLUGIN);

/// Which of ten connections were lent, one after the other.
fn lent(seed: u64) -> Vec<u64> {
    let policies = Policies { acquire: Named::new("random", Box::new(Random)), ..Policies::plain() };
    let mut sim = Sim::new(Plan { options: PoolOptions::default(), policies, seed }, ["a"]);
    let callers: Vec<_> = (0..10).map(|_| sim.acquire()).collect();
    callers.into_iter().for_each(|caller| sim.release(caller));
    let once = |_| {
        let caller = sim.acquire();
        let conn = sim.conn_of(caller).expect("one is idle");
        sim.release(caller);
        conn
    };
    (0..1000).map(once).collect()
}

#[test]
fn in_a_pool_all_connections_are_used_and_a_run_can_be_replayed() {
    let lent_once = lent(1);
    for conn in 1..=10 {
        let times = lent_once.iter().filter(|lent| **lent == conn).count();
        assert!((60..140).contains(&times), "connection {conn} was lent {times} times of a thousand");
    }
    let repeated = lent_once.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!((60..140).contains(&repeated), "the one just released was lent again {repeated} times");
    assert_eq!(lent_once, lent(1));
    assert_ne!(lent_once, lent(2));
}
