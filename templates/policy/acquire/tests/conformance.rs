//! The laws of every acquire policy, and what this one promises besides.

use pool_{{role}}_{{crate_name}}::PLUGIN;
use pool_testkit::{Subject, json, promise};

// One test of all laws, with the defaults, with the example, and with each set of options given here.
pool_testkit::conformance!(PLUGIN, { "among": 1 }, { "among": 4_294_967_295_u32 });

#[test]
fn what_makes_no_sense_is_refused() {
    let subject = Subject::new(PLUGIN, json!({ "among": 0 }));
    promise::refused(subject, "among");
}
