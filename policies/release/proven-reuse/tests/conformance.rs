//! The laws of every release policy, and what this one does in a pool.

use std::time::Duration;

use pool_core::{Named, Outcome, Plan, Policies, PoolOptions, ReleasePolicy};
use pool_release_proven_reuse::{PLUGIN, ProvenReuse, ProvenReuseOptions};
use pool_sim::Sim;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "failures": 1 }, { "failures": 100, "retry_after": "never" });

fn pool(release: Named<dyn ReleasePolicy>) -> Sim {
    let policies = Policies { release, ..Policies::plain() };
    Sim::new(Plan { options: PoolOptions::default(), policies, seed: 1 }, ["a"])
}

fn proven_reuse() -> Named<dyn ReleasePolicy> {
    let policy = ProvenReuse::new(&ProvenReuseOptions::default()).expect("the default makes sense");
    Named::new("proven-reuse", Box::new(policy))
}

/// What the server does with a connection after a request.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Server {
    /// Keeps it.
    Keeps,
    /// Closes it, which is seen when it is to be lent again.
    Closes,
    /// Closes it, which is seen when the next request has been sent.
    Drops,
}

/// So many requests, one each second. Gives how many leases found a dead connection, and how many requests failed.
fn requests(sim: &mut Sim, server: Server, count: u32) -> (u64, u32) {
    let (before, mut failed) = (sim.snapshot().counters().dead, 0);
    let mut last = None;
    for _ in 0..count {
        let caller = sim.acquire();
        let conn = sim.conn_of(caller).expect("dials succeed at once");
        if server == Server::Drops && last == Some(conn) {
            failed += 1;
            sim.release_as(caller, Outcome::Broken);
        } else {
            sim.release(caller);
        }
        if server == Server::Closes {
            sim.cut_one(conn);
        }
        last = Some(conn);
        sim.advance(Duration::from_secs(1));
    }
    (sim.snapshot().counters().dead - before, failed)
}

#[test]
fn a_server_that_closes_after_each_request_stops_costing_second_leases() {
    let mut keeps = pool(Policies::plain().release);
    assert_eq!(requests(&mut keeps, Server::Closes, 300), (299, 0), "each but the first");
    let mut sim = pool(proven_reuse());
    let (dead, _) = requests(&mut sim, Server::Closes, 300);
    // Three until it is noticed, and one for each trial, of which there is one in thirty-odd seconds.
    assert!((3 + 8..=3 + 10).contains(&dead), "{dead} dead ones");
}

#[test]
fn nor_does_it_cost_requests() {
    let mut keeps = pool(Policies::plain().release);
    assert_eq!(requests(&mut keeps, Server::Drops, 300), (0, 150), "every other");
    let mut sim = pool(proven_reuse());
    let (_, failed) = requests(&mut sim, Server::Drops, 300);
    assert!((3 + 8..=3 + 10).contains(&failed), "{failed} failed");
}

#[test]
fn a_server_that_has_learned_to_keep_is_found_out() {
    let mut sim = pool(proven_reuse());
    requests(&mut sim, Server::Closes, 100);
    requests(&mut sim, Server::Keeps, 40);
    let made = sim.made();
    assert_eq!(requests(&mut sim, Server::Keeps, 100), (0, 0));
    assert_eq!(sim.made(), made, "one connection serves all");
}

#[test]
fn where_reuse_works_everything_is_kept() {
    promise::kept_for(PLUGIN, None);
    let mut sim = pool(proven_reuse());
    requests(&mut sim, Server::Keeps, 100);
    assert_eq!(sim.made(), 1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "failures": 0 })), "failures");
    promise::refused(Subject::new(PLUGIN, json!({ "retry_after": "0s" })), "retry_after");
}
