//! Nothing configured: nothing runs, and the pools have no observer to tell. In a process of its
//! own, since a `tracing` subscriber anywhere in it would be somebody who listens.

use clearpool::telemetry::{Setup, TelemetryOptions};

#[test]
fn with_nothing_configured_there_is_no_observer_and_no_thread() {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    let telemetry = Setup::new(&options).environment(|_| None).start().expect("nothing can go wrong");
    assert!(telemetry.observer().is_none());
    assert_eq!(telemetry.prometheus_address(), None);
    telemetry.shutdown(std::time::Duration::ZERO).expect("there is nothing to deliver");
}
