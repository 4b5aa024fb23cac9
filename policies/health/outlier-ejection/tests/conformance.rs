//! The laws of every health policy.

use pool_health_outlier_ejection::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(
    PLUGIN,
    { "consecutive_failures": 1, "max_resting": 1.0, "panic_threshold": 0.0 },
    { "interval": "1s", "rest": "1s", "slow_start": { "window": "0s" }, "dials": true }
);

#[test]
fn what_makes_no_sense_is_refused() {
    for (options, key) in [
        (json!({ "interval": "0s" }), "interval"),
        (json!({ "rest": "never" }), "rest"),
        (json!({ "rest": "1m", "max_rest": "1s" }), "max_rest"),
        (json!({ "max_resting": 1.5 }), "max_resting"),
        (json!({ "panic_threshold": -0.1 }), "panic_threshold"),
        (json!({ "success_rate": { "factor": -1.0 } }), "factor"),
        (json!({ "failure_share": { "threshold": 85.0 } }), "threshold"),
        (json!({ "slow_start": { "min_share": 0.0 } }), "min_share"),
        (json!({ "slow_start": { "agression": 1.0 } }), "agression"),
    ] {
        promise::refused(Subject::new(PLUGIN, options), key);
    }
}

#[test]
fn a_longest_rest_that_is_too_short_is_named_with_one_that_will_do() {
    let mistake = |options| Subject::new(PLUGIN, options).mistake().map(|error| error.message);
    assert_eq!(
        mistake(json!({ "rest": "10m" })).as_deref(),
        Some(
            "`max_rest` is 5m (default 5m); it must be at least as long as `rest`, which is 10m, and not `never`, \
             for example \"1h 40m\""
        )
    );
    assert_eq!(mistake(json!({ "rest": "10m", "max_rest": "1h 40m" })), None);
}
