//! What is told of a policy, and whether that is all of it.

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::storm::through;
use crate::telemetry::{Declared, audit};

pub(crate) const LAWS: &[Law] = &[Law {
    name: "told-in-full",
    says: "every decision has its event, its reason and its count, and no name is outside the catalog",
    check: told_in_full,
}];

fn told_in_full(subject: &Subject) -> Verdict {
    let declared = Declared::plain().plugin(subject.plugin());
    through(subject, |storm| audit(storm.events(), &storm.snapshot(), &declared))
}
