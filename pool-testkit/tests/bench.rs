//! The bench measures every call of every role, and its table can be read.

use pool_core::Role;
use pool_testkit::bench::{self, Cost, SIZES};
use pool_testkit::{Subject, mutants};

#[test]
fn every_role_is_measured_at_every_size() {
    for role in Role::ALL {
        // One that does the right thing by chance.
        let mut creatures = mutants::habits::ALL.iter().map(|mutant| mutant.plugin);
        let plugin = creatures.find(|plugin| plugin.role() == role && plugin.kind == "undeclared");
        let costs = bench::costs(&Subject::from(plugin.expect("one of each role")), false);
        for size in SIZES {
            let of_size = costs.iter().filter(|cost| cost.size == size);
            assert!(of_size.clone().count() > 0, "{}", role.as_str());
            assert!(of_size.clone().all(|cost| cost.nanos > 0.0 && cost.plainest > 0.0), "{costs:?}");
        }
    }
}

#[test]
fn a_line_tells_the_ratio() {
    let cost = Cost { call: "choose", size: 64, nanos: 15.0, plainest: 10.0 };
    assert_eq!(cost.to_string(), "choose                    64        15.0 ns        10.0 ns     1.50");
}
