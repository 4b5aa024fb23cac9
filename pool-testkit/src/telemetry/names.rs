//! Names and words: those of the catalog, those that are declared, and no others.

use pool_core::catalog::{Attribute, Reading, Values};
use pool_core::{CloseReason, Event, Reason, Snapshot, What};

use super::{Declared, told};
use crate::Verdict;
use crate::laws::words::kebab;

/// The pool's own word for a lease that was handed from one caller to the next.
const HANDED_OFF: &str = "handed-off";
/// Its word for what it decided where a policy went wrong.
const OVERRULED: &str = "overruled";

pub(super) fn audit(events: &[Event], snapshot: &Snapshot, declared: &Declared) -> Verdict {
    for (at, event) in events.iter().enumerate() {
        of_event(&event.what, declared).map_err(|wrong| format!("{wrong}: {}", told(events, at)))?;
    }
    let reading = Reading::new("harness", snapshot.clone());
    for sample in reading.samples() {
        for (attribute, value) in &sample.labels {
            label(*attribute, value, declared).map_err(|wrong| format!("{} has {wrong}", sample.metric.name()))?;
        }
    }
    Ok(())
}

fn of_event(what: &What, declared: &Declared) -> Verdict {
    match what {
        What::Decided { policy, reason, .. } => word(policy, *reason, declared),
        What::Evicted { why: CloseReason { policy, reason }, .. } => word(policy, *reason, declared),
        What::Acquired { choice, .. } if kebab(choice.as_str()) => Ok(()),
        What::Acquired { choice, .. } => Err(format!("{:?} is no word in kebab-case", choice.as_str())),
        What::PolicyFaulted { policy, .. } => kind(policy, declared),
        _ => Ok(()),
    }
}

fn word(policy: &'static str, reason: Reason, declared: &Declared) -> Verdict {
    kind(policy, declared)?;
    if reason.as_str().is_empty() {
        return Err(format!("{policy} gives no reason"));
    }
    if !kebab(reason.as_str()) {
        return Err(format!("{:?} is no word in kebab-case", reason.as_str()));
    }
    let known = declared.allows(policy, reason);
    if known { Ok(()) } else { Err(format!("{policy} does not declare the reason {:?}", reason.as_str())) }
}

fn kind(policy: &str, declared: &Declared) -> Verdict {
    let known = policy == CloseReason::POOL || declared.kinds.contains(&policy);
    if known { Ok(()) } else { Err(format!("{policy:?} is the kind of no policy of this pool")) }
}

fn label(attribute: Attribute, value: &str, declared: &Declared) -> Verdict {
    match (attribute, attribute.values()) {
        (_, Values::OneOf(words)) if !words.contains(&value) => Err(format!("{} = {value:?}", attribute.label())),
        (_, Values::Free(_)) => Err(format!("{}, whose values have no bound", attribute.label())),
        (Attribute::Policy, _) => kind(value, declared),
        _ => Ok(()),
    }
}

/// Whether a lease has this word for its choice without a policy's decision.
pub(super) fn is_of_the_pool(choice: Reason) -> bool {
    [HANDED_OFF, OVERRULED].contains(&choice.as_str())
}
