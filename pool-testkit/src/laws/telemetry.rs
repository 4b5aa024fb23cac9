//! What is told of a policy, and whether that is all of it.

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::storm::through;
use crate::telemetry::{Declared, audit};

pub(crate) const LAWS: &[Law] = &[Law::new(
    "told-in-full",
    "every decision has its event, its reason and its count, and no name is outside the catalog",
    "give only reasons that `Factory::REASONS` declares",
    told_in_full,
)];

fn told_in_full(subject: &Subject) -> Verdict {
    let declared = Declared::plain().plugin(subject.plugin());
    through(subject, |storm| audit(&storm.events, &storm.snapshot, &declared))
}
