//! Storms that are over.

use pool_core::{Event, Snapshot};

use super::{SEEDS, Storm};
use crate::{Subject, Verdict};

/// What is left of a storm.
pub(crate) struct Aftermath {
    pub(crate) seed: u64,
    /// All that happened, in order.
    pub(crate) events: Vec<Event>,
    /// The same, a line each.
    pub(crate) timeline: String,
    /// What the pool looks like at the end.
    pub(crate) snapshot: Snapshot,
    /// Whether everybody was served when the storm was over.
    pub(crate) calm: Verdict,
    /// Whether it had to be broken off, since there was no end to what happened.
    pub(crate) is_endless: bool,
}

/// Looks at each storm that a policy went through.
pub(crate) fn through(subject: &Subject, check: impl Fn(&Aftermath) -> Verdict) -> Verdict {
    let told =
        |storm: &Aftermath| check(storm).map_err(|found| format!("with seed {}, in a storm: {found}", storm.seed));
    subject.storms().iter().try_for_each(told)
}

/// Sends a policy through its storms, one after the other.
pub(crate) fn storms(subject: &Subject) -> impl Iterator<Item = Aftermath> {
    subject.seeds(SEEDS).map(|seed| {
        let storm = Storm::of(subject, seed);
        Aftermath {
            seed,
            events: storm.events().to_vec(),
            timeline: storm.sim.timeline(),
            snapshot: storm.sim.snapshot(),
            is_endless: storm.is_endless(),
            calm: storm.calm,
        }
    })
}
