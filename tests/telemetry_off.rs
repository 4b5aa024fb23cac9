//! Nothing configured: nothing runs, and the pools have no observer to tell. In a process of its
//! own, since a `tracing` subscriber anywhere in it would be somebody who listens.

use clearpool::telemetry::{Setup, TelemetryOptions};

#[test]
fn with_nothing_configured_there_is_no_observer_and_no_thread() {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    let before = threads();
    let telemetry = Setup::new(&options).environment(|_| None).start().expect("nothing can go wrong");
    assert!(telemetry.observer().is_none());
    assert_eq!(threads(), before, "nothing runs");
    if let Some(before) = before {
        let (_go, wait) = std::sync::mpsc::channel::<()>();
        std::thread::spawn(move || wait.recv());
        assert_eq!(threads(), Some(before + 1), "what runs is seen");
    }
    assert_eq!(telemetry.prometheus_address(), None);
    telemetry.shutdown(std::time::Duration::ZERO).expect("there is nothing to deliver");
}

/// The threads of this process, where the system tells them.
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
