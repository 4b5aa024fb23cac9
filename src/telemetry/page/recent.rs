//! The latest notable events, a bounded number for each pool.

use std::collections::{BTreeMap, VecDeque};
use std::panic::Location;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use pool_core::catalog::{Level, Notice};
use pool_core::{CloseReason, Event, Observer, Time, What};

use crate::telemetry::clock::Wall;
use crate::telemetry::notices;

/// So many closes and so many other events are kept of each pool.
const KEPT: usize = 40;
/// The same event again within this time is counted with the one before.
const SAME: Duration = Duration::from_secs(10);
/// Among so many of the latest it is looked for.
const LOOK_BACK: usize = 6;

/// Listens to the pools, and keeps the latest of what it hears.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    pools: Mutex<BTreeMap<String, Kept>>,
}

/// What is kept of one pool, the latest last.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) closes: VecDeque<Closed>,
    pub(super) events: VecDeque<Told>,
    /// Whether it was no pool that is watched, when that was asked last.
    strange: bool,
}

/// A connection that was taken out of service.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    pub(super) at: SystemTime,
    pub(super) connection: String,
    pub(super) endpoint: String,
    pub(super) why: CloseReason,
    pub(super) age: Duration,
    pub(super) idle_for: Option<Duration>,
    pub(super) uses: u32,
}

/// Any other event.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// When it happened last.
    pub(super) at: SystemTime,
    /// How often it happened shortly after one another.
    pub(super) times: u64,
    pub(super) level: Level,
    /// What happened, in two or three words.
    pub(super) what: String,
    pub(super) endpoint: Option<String>,
    pub(super) text: String,
}

impl Recent {
    /// Of this pool, or of those if several have the name.
    pub(super) fn of(&self, pool: &str) -> Kept {
        self.pools.lock().get(pool).cloned().unwrap_or_default()
    }

    /// Forgets pools of all other names, if they were strange the last time already: a pool is heard as soon as it is
    /// built, and watched a moment later.
    pub(super) fn keep_only(&self, names: &[String]) {
        self.pools.lock().retain(|name, kept| {
            let strange = !names.contains(name);
            let stays = !strange || !kept.strange;
            kept.strange = strange;
            stays
        });
    }

    fn with(&self, pool: &str, change: impl FnOnce(&mut Kept)) {
        let mut pools = self.pools.lock();
        match pools.get_mut(pool) {
            Some(kept) => change(kept),
            None => change(pools.entry(pool.to_owned()).or_default()),
        }
    }
}

impl Observer for Recent {
    fn wants_leases(&self) -> bool {
        false
    }

    fn event(&self, pool: &str, event: &Event, now: Time) {
        let at = Wall::at(now).of(event.at);
        if let What::Evicted { entry, endpoint, why, age, idle_for, uses, .. } = &event.what {
            let (connection, endpoint) = (entry.to_string(), endpoint.name().to_owned());
            let closed = Closed { at, connection, endpoint, why: *why, age: *age, idle_for: *idle_for, uses: *uses };
            self.with(pool, |kept| push(&mut kept.closes, closed));
        } else if let Some((notice, endpoint, text)) = notable(&event.what) {
            let (what, level) = words(notice);
            let told = Told { at, times: 1, level, what, endpoint: endpoint.map(str::to_owned), text };
            self.with(pool, |kept| kept.add(told));
        }
    }
}

impl Kept {
    /// What the last failed dial of this endpoint said, if that is still known.
    pub(super) fn last_dial_error(&self, endpoint: &str) -> Option<&str> {
        let (failed, _) = words(Some(Notice::DialFailed));
        let of = |told: &&Told| told.what == failed && told.endpoint.as_deref() == Some(endpoint);
        self.events.iter().rev().find(of).map(|told| told.text.as_str())
    }

    /// Floods, as of time-outs, are one event that happened many times.
    fn add(&mut self, told: Told) {
        let same = |known: &Told| {
            (&known.what, &known.endpoint, &known.text) == (&told.what, &told.endpoint, &told.text)
                && told.at.duration_since(known.at).unwrap_or_default() <= SAME
        };
        let from = self.events.len().saturating_sub(LOOK_BACK);
        let known = (from..self.events.len()).rev().find(|at| same(&self.events[*at]));
        match known.and_then(|at| self.events.remove(at)) {
            Some(known) => self.events.push_back(Told { times: known.times + 1, ..told }),
            None => push(&mut self.events, told),
        }
    }
}

fn push<T>(ring: &mut VecDeque<T>, item: T) {
    if ring.len() == KEPT {
        ring.pop_front();
    }
    ring.push_back(item);
}

/// The notice's name as it is said, and its level. A source that fails has no notice of its own.
fn words(notice: Option<Notice>) -> (String, Level) {
    let Some(notice) = notice else { return ("discovery failed".to_owned(), Level::Warn) };
    (notice.name().trim_start_matches("pool.").replace('_', " "), notice.level())
}

/// What is worth a line: the notice, the endpoint, and what there is to say of it.
fn notable(what: &What) -> Option<(Option<Notice>, Option<&str>, String)> {
    let told = |notice, text: String| Some((Some(notice), None, text));
    match what {
        What::Refused { kind, .. } => told(Notice::Refused, format!("{}: {}", kind.as_str(), notices::explain(*kind))),
        What::PolicyFaulted { role, policy, fault } => {
            let (role, fault) = (role.as_str(), fault.as_str());
            told(Notice::PolicyFaulted, format!("{role} {policy}: {fault}; a safe default decided"))
        }
        What::DiscoveryFailed { error } => Some((None, None, error.to_string())),
        What::Reconfigured { .. } => told(Notice::Reconfigured, "options or policies were changed".to_owned()),
        What::Cleared => told(Notice::Cleared, "a new generation began".to_owned()),
        What::Draining => told(Notice::Draining, "no more leases".to_owned()),
        What::Drained => told(Notice::Drained, "the last connection is closed".to_owned()),
        what => at_an_endpoint(what),
    }
}

fn at_an_endpoint(what: &What) -> Option<(Option<Notice>, Option<&str>, String)> {
    let (notice, endpoint, text) = match what {
        What::DialFailed { endpoint, error, .. } => (Notice::DialFailed, endpoint, error.to_string()),
        What::Checked { endpoint, error: Some(error), .. } => (Notice::CheckFailed, endpoint, error.to_string()),
        What::Reset { endpoint, error: Some(error), .. } => (Notice::ResetFailed, endpoint, error.to_string()),
        What::BreakerOpened { endpoint, failures } => {
            (Notice::BreakerOpened, endpoint, format!("{failures} dials failed in a row"))
        }
        What::EndpointRests { endpoint, policy, reason } => {
            (Notice::EndpointRests, endpoint, format!("its leases fail ({policy}: {reason})"))
        }
        What::EndpointServes { endpoint, policy, reason } => {
            (Notice::EndpointServes, endpoint, format!("it takes load again ({policy}: {reason})"))
        }
        What::BreakerClosed { endpoint } => (Notice::BreakerClosed, endpoint, "a dial succeeded again".to_owned()),
        What::EndpointJoined { endpoint } => (Notice::EndpointJoined, endpoint, format!("weight {}", endpoint.weight)),
        What::EndpointChanged { endpoint } => {
            (Notice::EndpointChanged, endpoint, format!("weight {}", endpoint.weight))
        }
        What::EndpointLeft { endpoint } => (Notice::EndpointLeft, endpoint, String::new()),
        What::LeaseOverdue { entry, endpoint, site, .. } => {
            (Notice::LeaseOverdue, endpoint, format!("{entry}, acquired at {}", place(*site)))
        }
        _ => return None,
    };
    Some((Some(notice), Some(endpoint.name()), text))
}

/// A call site as compilers write it.
pub(super) fn place(site: Option<&Location<'_>>) -> String {
    site.map_or_else(|| "a place that is not known".to_owned(), |site| format!("{}:{}", site.file(), site.line()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pool_core::{Endpoint, EntryId, RefusalKind};

    use super::*;

    fn refused(kind: RefusalKind) -> What {
        What::Refused { kind, waiter: None, waited: Duration::ZERO, context: None }
    }

    #[test]
    fn a_flood_is_one_event_that_happened_often() {
        let recent = Recent::default();
        for _ in 0..1000 {
            recent.event("orders", &Event::new(Time::ZERO, refused(RefusalKind::Timeout)), Time::ZERO);
            recent.event("orders", &Event::new(Time::ZERO, refused(RefusalKind::Exhausted)), Time::ZERO);
        }
        let kept = recent.of("orders");
        assert_eq!(kept.events.iter().map(|told| told.times).collect::<Vec<_>>(), [1000, 1000]);
        assert_eq!(kept.events[0].what, "refused");
        assert_eq!(kept.events[0].text, "timeout: no connection came in time");
    }

    #[test]
    fn no_more_is_kept_than_is_shown_and_pools_that_are_gone_are_forgotten() {
        let recent = Recent::default();
        for number in 0..10_000 {
            let (entry, endpoint) = (EntryId::from_parts(number, 0), Arc::new(Endpoint::new("a:1")));
            let evicted = What::Evicted {
                entry,
                endpoint,
                why: CloseReason::BROKEN,
                age: Duration::ZERO,
                idle_for: None,
                uses: number,
                last_lease: None,
            };
            recent.event("orders", &Event::new(Time::ZERO, evicted), Time::ZERO);
        }
        let kept = recent.of("orders");
        assert_eq!((kept.closes.len(), kept.closes[KEPT - 1].uses), (KEPT, 9_999), "the latest stay");
        let others = ["users".to_owned()];
        recent.keep_only(&others);
        assert!(!recent.of("orders").closes.is_empty(), "it may be watched in a moment");
        recent.keep_only(&["orders".to_owned()]);
        recent.keep_only(&others);
        assert!(!recent.of("orders").closes.is_empty(), "it was known meanwhile");
        recent.keep_only(&others);
        assert!(recent.of("orders").closes.is_empty());
    }
}
