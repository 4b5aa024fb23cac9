//! What a health policy says is carried out in the whole machine, and nothing that it says or fails to say can stop a
//! pool.

use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::{
    Change, Cx, EndpointId, EndpointsView, HealthPolicy, Named, Outcome, Plan, Policies, PoolOptions, Reason, Review,
    Standing, Standings, Time,
};
use pool_sim::{Call, Sim};

const WHY: Reason = Reason::new("told");
const SECOND: Duration = Duration::from_secs(1);

/// Says the same of endpoints by their names, and may panic from some time on.
#[derive(Debug, Default)]
struct Says {
    of: BTreeMap<&'static str, Standing>,
    panics_after: Option<Duration>,
}

impl HealthPolicy for Says {
    fn ended(&mut self, _: EndpointId, _: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        Review::AsPlanned
    }

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        if self.panics_after.is_some_and(|after| cx.now > Time::ZERO.after(after)) {
            std::panic::resume_unwind(Box::new("told to"));
        }
        for endpoint in endpoints.iter() {
            if let Some(standing) = self.of.get(endpoint.spec().name()) {
                standings.set(endpoint.id(), *standing, WHY);
            }
        }
        cx.now.after(SECOND)
    }
}

fn health(says: Says) -> Option<Named<dyn HealthPolicy>> {
    Some(Named::new("says", Box::new(says)))
}

fn pool(options: PoolOptions, says: Says) -> Sim {
    let policies = Policies { health: health(says), ..Policies::plain() };
    Sim::new(Plan { options, policies, seed: 1 }, ["a", "b", "c"])
}

fn resting(name: &'static str) -> Says {
    Says { of: BTreeMap::from([(name, Standing::Rests)]), ..Says::default() }
}

/// Where so many leases go, one after the other.
fn work(sim: &mut Sim, leases: usize) -> BTreeMap<String, usize> {
    let mut served = BTreeMap::new();
    for _ in 0..leases {
        let caller = sim.acquire();
        *served.entry(sim.endpoint_of(caller).expect("served at once").to_owned()).or_default() += 1;
        sim.release(caller);
    }
    served
}

#[test]
fn one_that_rests_takes_no_load_and_serves_who_asks_for_it() {
    let mut sim = pool(PoolOptions::default(), resting("b"));
    let served = work(&mut sim, 30);
    assert_eq!(served.keys().collect::<Vec<_>>(), ["a", "c"]);
    let asked = sim.acquire_with(&Call { endpoint: Some("b".into()), ..Call::default() });
    assert_eq!(sim.endpoint_of(asked), Some("b"));
}

/// A pool under load serves by hand-off, and asks no balance policy: what comes back from one that rests is not handed
/// on to those who do not care, and makes room.
#[test]
fn what_comes_back_to_one_that_rests_is_not_handed_on() {
    let mut options = PoolOptions::default();
    options.limits.max_open = 3;
    let mut sim = pool(options, Says::default());
    let holders: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    let at_b = holders.iter().copied().find(|&it| sim.endpoint_of(it) == Some("b")).expect("one of three");
    sim.reconfigure(Change { health: Some(health(resting("b"))), ..Change::default() });
    let waiting = sim.acquire();
    sim.release(at_b);
    let found = sim.endpoint_of(waiting).expect("a place became free, so that another could be dialed");
    assert_ne!(found, "b", "{}", sim.timeline());
}

#[test]
fn if_all_rest_none_does() {
    let of = ["a", "b", "c"].map(|name| (name, Standing::Rests)).into();
    let mut sim = pool(PoolOptions::default(), Says { of, ..Says::default() });
    assert_eq!(work(&mut sim, 30).len(), 3);
}

#[test]
fn one_that_eases_in_takes_about_that_share_of_its_share() {
    let of = BTreeMap::from([("b", Standing::Eases(0.25))]);
    let mut sim = pool(PoolOptions::default(), Says { of, ..Says::default() });
    // The plain policy serves in turn, so that b is due again at once when it was passed over: a quarter of the picks
    // that fall to it.
    let served = work(&mut sim, 3_000);
    let share = served["b"] as f64 / 3_000.0;
    assert!((0.08..0.25).contains(&share), "{served:?}");
}

#[test]
fn a_policy_that_panics_lets_all_serve() {
    let says = Says { panics_after: Some(5 * SECOND), ..resting("b") };
    let mut sim = pool(PoolOptions::default(), says);
    assert_eq!(work(&mut sim, 30).len(), 2);
    sim.advance(10 * SECOND);
    assert_eq!(work(&mut sim, 30).len(), 3);
    assert!(sim.snapshot().faults.iter().any(|fault| fault.policy == "says"), "and it is counted");
}

#[test]
fn without_a_policy_nothing_rests() {
    let mut sim = pool(PoolOptions::default(), resting("b"));
    assert!(sim.snapshot().endpoints.iter().any(|endpoint| endpoint.resting));
    sim.reconfigure(Change { health: Some(None), ..Change::default() });
    assert_eq!(work(&mut sim, 30).len(), 3);
    assert!(!sim.snapshot().endpoints.iter().any(|endpoint| endpoint.resting));
}

#[test]
fn those_who_wait_for_an_endpoint_that_was_picked_for_them_are_let_go_when_it_rests() {
    let mut options = PoolOptions::default();
    options.limits.max_open_per_endpoint = Some(1);
    options.wait.strict = true;
    let mut sim = pool(options, Says::default());
    let holders: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    let waiting: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    sim.reconfigure(Change { health: Some(health(resting("b"))), ..Change::default() });
    for &holder in holders.iter().filter(|&&it| sim.endpoint_of(it) != Some("b")).collect::<Vec<_>>() {
        sim.release(holder);
    }
    let served: Vec<_> = waiting.iter().filter_map(|&it| sim.endpoint_of(it)).collect();
    assert_eq!(served.len(), 2, "{}", sim.timeline());
    for &caller in &waiting {
        sim.release(caller);
    }
    assert!(waiting.iter().all(|&it| !sim.is_waiting(it)), "the one whose endpoint rests too: {}", sim.timeline());
}
