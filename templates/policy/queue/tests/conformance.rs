//! The laws of every queue policy, and what this one promises besides.

use pool_{{role}}_{{crate_name}}::PLUGIN;
use pool_testkit::{Subject, json, promise};

// One test of all laws, with the defaults, with the example, and with each set of options given here.
pool_testkit::conformance!(PLUGIN, { "patience": "1ms" }, { "patience": "never" });

#[test]
fn what_makes_no_sense_is_refused() {
    let subject = Subject::new(PLUGIN, json!({ "patience": "0s" }));
    promise::refused(subject, "patience");
}
