//! The laws of every release policy, and what this one promises besides.

use pool_{{role}}_{{crate_name}}::PLUGIN;
use pool_testkit::{Subject, json, promise};

// One test of all laws, with the defaults, with the example, and with each set of options given here.
pool_testkit::conformance!(PLUGIN, { "max_failures": 1 }, { "max_failures": 4_294_967_295_u32 });

#[test]
fn what_never_fails_is_kept() {
    promise::kept_for(PLUGIN, None);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let subject = Subject::new(PLUGIN, json!({ "max_failures": 0 }));
    promise::refused(subject, "max_failures");
}
