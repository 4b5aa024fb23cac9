//! The harness of the telemetry's specification, `docs/telemetry.md`.
//!
//! [`audit`] looks at a run of which every event was kept, and at the snapshot that was taken at its
//! end. It finds what the specification forbids: a decision without its event, an event without the
//! decision that led to it, a reason that is empty, no word or not declared, a count that is not the
//! number of its events, a name outside the catalog. The law `told-in-full` sends every policy
//! through it.

mod counts;
mod decisions;
mod names;

use pool_core::{CloseReason, Event, Plugin, Reason, Snapshot};

use crate::Verdict;

/// What a run may speak of: the kinds of its policies, and the reasons that they declare.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    kinds: Vec<&'static str>,
    reasons: Vec<(&'static str, &'static [Reason])>,
}

impl Declared {
    /// The plain policies and none else.
    pub fn plain() -> Declared {
        Declared::default().kind("plain")
    }

    /// This plugin too, with the reasons that it declares. One that declares none may give any word.
    #[must_use]
    pub fn plugin(mut self, plugin: &Plugin) -> Declared {
        if !plugin.reasons.is_empty() {
            self.reasons.push((plugin.kind, plugin.reasons));
        }
        self.kind(plugin.kind)
    }

    fn kind(mut self, kind: &'static str) -> Declared {
        self.kinds.push(kind);
        self
    }

    fn allows(&self, kind: &str, reason: Reason) -> bool {
        if kind == CloseReason::POOL {
            return CloseReason::OF_THE_POOL.iter().any(|why| why.reason == reason);
        }
        let declared: Vec<_> = self.reasons.iter().filter(|(of, _)| *of == kind).collect();
        declared.is_empty() || declared.iter().any(|(_, reasons)| reasons.contains(&reason))
    }
}

/// Whether a run told all that it had to tell, and nothing else: with `Detail::All`, from the birth of
/// the pool on.
///
/// # Errors
/// What was found, in words; the first of it.
pub fn audit(events: &[Event], snapshot: &Snapshot, declared: &Declared) -> Verdict {
    names::audit(events, snapshot, declared)?;
    decisions::audit(events)?;
    counts::audit(events, snapshot)
}

/// An event and what led to it, as a person reads them.
fn told(events: &[Event], at: usize) -> String {
    const LEAD: usize = 4;
    let lines: Vec<_> = events[at.saturating_sub(LEAD)..=at].iter().map(pool_sim::line).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join("; ")
}
