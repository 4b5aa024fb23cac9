//! Events as a person reads them: when, what, which connection, where, why.

use pool_core::{Event, What};

/// One event as a line.
pub fn line(event: &Event) -> String {
    let millis = event.at.as_nanos() as f64 / 1e6;
    format!("{millis:>10.3}ms  {}", words(&event.what))
}

fn words(what: &What) -> String {
    match what {
        What::Acquired { entry, endpoint, waited, waiter, choice } => match waiter {
            Some(waiter) => format!("{waiter} acquires {entry} at {} after {waited:?} ({choice})", endpoint.name()),
            None => format!("a caller acquires {entry} at {} ({choice})", endpoint.name()),
        },
        What::Decided { role, policy, reason, entry, endpoint } => match entry {
            Some(entry) => format!("the {} policy {policy} decides on {entry} ({reason})", role.as_str()),
            None => format!("the {} policy {policy} decides on {endpoint} ({reason})", role.as_str()),
        },
        What::WaitStarted { waiter, endpoint } => match endpoint {
            Some(endpoint) => format!("{waiter} waits for {}", endpoint.name()),
            None => format!("{waiter} waits"),
        },
        What::WaitCancelled { waiter, waited } => format!("{waiter} goes away after {waited:?}"),
        What::Released { entry, endpoint, outcome, held_for } => {
            format!("{entry} at {} is released after {held_for:?} ({})", endpoint.name(), outcome.as_str())
        }
        What::Refused { kind, waiter, waited, .. } => match waiter {
            Some(waiter) => format!("{waiter} is refused after {waited:?} ({})", kind.as_str()),
            None => format!("a caller is refused ({})", kind.as_str()),
        },
        What::PolicyFaulted { role, policy, fault } => {
            format!("the {} policy {policy} is overruled ({})", role.as_str(), fault.as_str())
        }
        What::Evicted { entry, endpoint, why, age, uses, .. } => {
            format!("{entry} at {} goes: {why}, age {age:?}, {uses} uses", endpoint.name())
        }
        What::LeaseOverdue { entry, endpoint, held_for, .. } => {
            format!("{entry} at {} is held for {held_for:?}", endpoint.name())
        }
        other => dials(other),
    }
}

fn dials(what: &What) -> String {
    match what {
        What::DialStarted { entry, endpoint, attempt } => {
            format!("{entry} is dialed at {} (attempt {attempt})", endpoint.name())
        }
        What::Dialed { entry, endpoint, took, .. } => format!("{entry} at {} is ready after {took:?}", endpoint.name()),
        What::DialFailed { entry, endpoint, class, error, retry_in, .. } => {
            format!("{entry} at {} failed: {error} ({}), again in {retry_in:?}", endpoint.name(), class.as_str())
        }
        What::DialElided { entry, endpoint } => format!("{entry} at {} is not needed any more", endpoint.name()),
        What::Checked { entry, endpoint, error, took } => {
            format!("{entry} at {} is checked in {took:?}: {}", endpoint.name(), verdict(error.is_none()))
        }
        What::Reset { entry, endpoint, error, took } => {
            format!("{entry} at {} is reset in {took:?}: {}", endpoint.name(), verdict(error.is_none()))
        }
        What::Closed { entry, endpoint, took } => format!("{entry} at {} is closed in {took:?}", endpoint.name()),
        What::BreakerOpened { endpoint, failures } => {
            format!("the breaker of {} opens after {failures} failures", endpoint.name())
        }
        What::EndpointRests { endpoint, policy, reason } => {
            format!("{} rests ({policy}: {reason})", endpoint.name())
        }
        What::EndpointServes { endpoint, policy, reason } => {
            format!("{} serves again ({policy}: {reason})", endpoint.name())
        }
        What::BreakerClosed { endpoint } => format!("the breaker of {} closes", endpoint.name()),
        What::EndpointJoined { endpoint } => format!("{} joins", endpoint.name()),
        What::EndpointChanged { endpoint } => format!("{} changes", endpoint.name()),
        What::EndpointLeft { endpoint } => format!("{} leaves", endpoint.name()),
        What::DiscoveryFailed { error } => format!("discovery fails: {error}"),
        What::Reconfigured { .. } => "the configuration changes".to_owned(),
        What::Cleared => "a new generation begins".to_owned(),
        What::Draining => "the pool drains".to_owned(),
        What::Drained => "the pool is drained".to_owned(),
        other => format!("{other:?}"),
    }
}

fn verdict(ok: bool) -> &'static str {
    if ok { "fine" } else { "failed" }
}
