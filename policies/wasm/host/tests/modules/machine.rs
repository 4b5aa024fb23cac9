//! A whole machine with a module that errs: everybody is served, and it is counted.

use std::time::Duration;

use pool_core::{Named, Plan, Policies, PolicyFault, Role};
use pool_sim::{Dial, Sim};

use crate::parts::{ENGINES, LOOP, balance, picks};

#[test]
fn the_pool_serves_on_and_the_policy_is_disabled() {
    for body in ["(unreachable)", LOOP, "(i64.const 99)"] {
        for engine in ENGINES {
            let policies = Policies { balance: Named::new("wasm", balance(&picks(body), engine)), ..Policies::plain() };
            let plan = Plan { policies, ..Plan::default() };
            let mut sim = Sim::new(plan, ["a", "b", "c"]);
            for endpoint in ["a", "b", "c"] {
                sim.script().dials(endpoint, Dial::ok(Duration::from_millis(1)));
            }
            for _ in 0..9 {
                let caller = sim.acquire();
                sim.advance(Duration::from_millis(5));
                assert!(sim.endpoint_of(caller).is_some(), "it is served whatever the module does");
            }
            let snapshot = sim.snapshot();
            let faults: Vec<_> = snapshot.faults.iter().map(|it| (it.role, it.policy, it.fault, it.count)).collect();
            assert_eq!(faults, [(Role::Balance, "wasm", PolicyFault::Impossible, 3)]);
            let disabled = snapshot.decisions.iter().find(|it| it.reason.as_str() == "wasm-disabled");
            assert_eq!(disabled.map(|it| (it.role, it.count)), Some((Role::Balance, 6)));
        }
    }
}
