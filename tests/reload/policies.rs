//! What becomes of the state of policies when a live pool changes.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use clearpool::App;
use parking_lot::Mutex;
use pool_core::{
    AcquirePolicy, BalancePolicy, Change, ConnView, Cx, Decision, EndpointId, EndpointsView, EntryId, EvictPolicy,
    Expiry, IdleView, LeaseView, Membership, Named, Plan, Policies, PolicyFault, Reason, ReleasePolicy, Role, Settle,
    State,
};
use pool_sim::{Dial, Sim};

use super::load;

const WHY: Reason = Reason::new("test");

/// What happened to the policies, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// A policy of every role, with a name of its own, that can fail when it inherits.
#[derive(Debug)]
struct Heir {
    name: &'static str,
    log: Log,
    frail: bool,
}

impl Heir {
    fn from(&self, old: &mut dyn Any) {
        if self.frail {
            // Without the message that a panic prints.
            std::panic::resume_unwind(Box::new("frail"));
        }
        let old = old.downcast_ref::<Heir>().map_or("a stranger", |old| old.name);
        self.log.lock().push(format!("{} from {old}", self.name));
    }
}

impl AcquirePolicy for Heir {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: WHY }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.from(old);
    }
}

impl ReleasePolicy for Heir {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Keep, WHY)
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.from(old);
    }
}

impl EvictPolicy for Heir {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.from(old);
    }
}

impl BalancePolicy for Heir {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        Decision { choice: endpoints.eligible().next().map(|endpoint| endpoint.id()), reason: WHY }
    }

    fn membership(&mut self, change: Membership<'_>) {
        if let Membership::Joined(_, endpoint) = change {
            self.log.lock().push(format!("{} met {}", self.name, endpoint.name()));
        }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.from(old);
    }
}

impl Drop for Heir {
    fn drop(&mut self) {
        self.log.lock().push(format!("{} gone", self.name));
    }
}

fn heir(name: &'static str, log: &Log) -> Box<Heir> {
    Box::new(Heir { name, log: Arc::clone(log), frail: false })
}

fn evict(kind: &'static str, name: &'static str, log: &Log) -> Named<dyn EvictPolicy> {
    Named::new(kind, heir(name, log))
}

fn sim_with(evict: Vec<Named<dyn EvictPolicy>>) -> Sim {
    let policies = Policies { evict, ..Policies::plain() };
    Sim::new(Plan { policies, ..Plan::default() }, ["a", "b"])
}

#[test]
fn an_evict_policy_that_is_as_before_stays_and_the_others_of_its_kind_inherit_in_order() {
    let log = Log::default();
    let mut sim = sim_with(vec![evict("x", "x1", &log), evict("y", "y1", &log), evict("x", "x2", &log)]);
    let others = vec![
        evict("x", "new1", &log),
        evict("y", "unused", &log).or_the_old_at(1),
        evict("x", "new2", &log),
        evict("x", "new3", &log),
    ];
    sim.reconfigure(Change { evict: Some(others), ..Change::default() });
    let mut told = log.lock().clone();
    told[2..].sort();
    assert_eq!(told, ["new1 from x1", "new2 from x2", "unused gone", "x1 gone", "x2 gone"]);
    assert_eq!(sim.snapshot().policies.evict, ["x", "y", "x", "x"]);
}

#[test]
fn one_that_is_to_stay_and_is_not_there_is_made_anew() {
    let log = Log::default();
    let mut sim = sim_with(vec![evict("x", "x1", &log)]);
    let others = vec![
        evict("y", "y1", &log).or_the_old_at(0),
        evict("x", "x2", &log).or_the_old_at(7),
        evict("x", "x3", &log).or_the_old_at(0),
    ];
    sim.reconfigure(Change { evict: Some(others), ..Change::default() });
    assert_eq!(*log.lock(), ["x3 gone"], "of the right kind and at the place is one only");
    assert_eq!(sim.snapshot().policies.evict, ["y", "x", "x"]);
}

#[test]
fn a_balance_policy_inherits_when_it_knows_all_endpoints() {
    let log = Log::default();
    let policies = Policies { balance: Named::new("x", heir("old", &log)), ..Policies::plain() };
    let mut sim = Sim::new(Plan { policies, ..Plan::default() }, ["a", "b"]);
    log.lock().clear();
    sim.reconfigure(Change { balance: Some(Named::new("x", heir("new", &log))), ..Change::default() });
    assert_eq!(*log.lock(), ["new met a", "new met b", "new from old", "old gone"]);
    sim.reconfigure(Change { balance: Some(Policies::plain().balance), ..Change::default() });
    sim.reconfigure(Change { balance: Some(Named::new("x", heir("last", &log))), ..Change::default() });
    assert_eq!(log.lock().last().map(String::as_str), Some("last from a stranger"));
}

#[test]
fn one_that_panics_as_it_inherits_is_counted_and_the_pool_serves_on() {
    let log = Log::default();
    let frail = || Box::new(Heir { name: "frail", log: Arc::clone(&log), frail: true });
    let mut sim = sim_with(vec![evict("frail", "old", &log)]);
    sim.reconfigure(Change {
        acquire: Some(Named::new("frail", frail())),
        release: Some(Named::new("frail", frail())),
        evict: Some(vec![Named::new("frail", frail())]),
        balance: Some(Named::new("frail", frail())),
        ..Change::default()
    });
    let caller = sim.acquire();
    assert!(sim.conn_of(caller).is_some(), "{}", sim.timeline());
    sim.release(caller);
    let faults = sim.snapshot().faults;
    for role in [Role::Acquire, Role::Release, Role::Evict, Role::Balance] {
        let of_role = faults.iter().find(|fault| fault.role == role).map(|found| (found.fault, found.count));
        assert_eq!(of_role, Some((PolicyFault::Panic, 1)), "{role:?}");
    }
}

/// What a configuration changes in another, and what it began with.
fn configured(before: &str, after: &str) -> (Policies, Change) {
    let pool = |text: &str| {
        let text = format!("[pools.orders]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"a:1\"]\n{text}");
        load(&text).pools["orders"].clone()
    };
    let (before, after, app) = (pool(before), pool(after), App::new());
    let policies = before.policies(&app.policies).expect("they are ours");
    (policies, after.change_from(&before, &app.policies).expect("they are ours"))
}

/// A pool whose callers wait for the endpoint that the policy picks, whatever is idle elsewhere.
fn strict(policies: Policies, endpoints: impl IntoIterator<Item = impl Into<pool_core::Endpoint>>) -> Sim {
    let mut plan = Plan { policies, ..Plan::default() };
    plan.options.wait.strict = true;
    Sim::new(plan, endpoints)
}

/// So many leases one after another, as the names of their endpoints.
fn leases(sim: &mut Sim, count: usize) -> String {
    let mut order = String::new();
    for _ in 0..count {
        let before = sim.snapshot();
        let caller = sim.acquire();
        sim.advance(Duration::from_millis(10));
        let after = sim.snapshot();
        let served = after.endpoints.iter().zip(&before.endpoints);
        let mut served = served.filter(|(now, then)| now.counters.acquired > then.counters.acquired);
        order += served.next().expect("somebody serves").0.endpoint.name();
        sim.release(caller);
    }
    order
}

#[test]
fn turns_go_on_when_an_option_changes() {
    let balance = |first: u32| format!("balance = {{ kind = \"round-robin\", first = {first} }}");
    let (policies, change) = configured(&balance(0), &balance(1));
    let mut sim = strict(policies, ["a", "b", "c"]);
    assert_eq!(leases(&mut sim, 2), "ab");
    sim.reconfigure(change);
    assert_eq!(leases(&mut sim, 4), "cabc", "and not from `first` on");
}

#[test]
fn shares_go_on_where_they_were_when_a_policy_of_the_kind_is_made_anew() {
    let balance = "balance = { kind = \"smooth-weighted\" }";
    let (policies, _) = configured(balance, balance);
    let endpoints = [("a", 5), ("b", 1), ("c", 1)].map(|(name, weight)| pool_core::Endpoint::new(name).weight(weight));
    let mut sim = strict(policies, endpoints);
    assert_eq!(leases(&mut sim, 3), "aab");
    let anew = configured(balance, balance).0.balance;
    sim.reconfigure(Change { balance: Some(anew), ..Change::default() });
    assert_eq!(leases(&mut sim, 4), "acaa", "one period of seven, as if nothing had happened");
}

#[test]
fn a_policy_that_the_file_leaves_as_it_was_is_not_made_anew() {
    let list = |after: &str| {
        format!(
            "evict = [{{ kind = \"ttl\" }}, {{ kind = \"idle-timeout\", after = \"{after}\" }}, {{ kind = \"lru\" }}]"
        )
    };
    let (policies, change) = configured(&list("1m"), &list("2m"));
    let log = Log::default();
    let mut sim = Sim::new(Plan { policies, ..Plan::default() }, ["a"]);
    // In the place of the file's policies stand some that tell what becomes of them.
    let stand_ins = vec![evict("ttl", "ttl", &log), evict("idle-timeout", "idle", &log), evict("lru", "lru", &log)];
    sim.reconfigure(Change { evict: Some(stand_ins), ..Change::default() });
    log.lock().clear();
    sim.reconfigure(change);
    assert_eq!(*log.lock(), ["idle gone"], "the two others stay themselves");
}

#[test]
fn who_waits_is_served_elsewhere_when_all_endpoints_are_replaced_at_once() {
    let mut sim = strict(Policies::plain(), ["a", "b"]);
    sim.script().dials("a", Dial::ok(Duration::from_millis(50)));
    let callers = [sim.acquire(), sim.acquire()];
    sim.advance(Duration::from_millis(100));
    sim.release(callers[1]);
    // It waits for a dial at the first that leaves; and at the last that leaves a connection is idle.
    let waiting = sim.acquire();
    assert_eq!((sim.snapshot().pending, sim.snapshot().count(State::Idle)), (1, 1), "{}", sim.timeline());
    sim.set_endpoints(["c", "d"]);
    sim.advance(Duration::from_millis(100));
    assert!(sim.conn_of(waiting).is_some(), "{}", sim.timeline());
}
