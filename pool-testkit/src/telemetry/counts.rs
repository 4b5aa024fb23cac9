//! What is counted is what was told.

use std::collections::BTreeMap;
use std::fmt::Debug;

use pool_core::{CloseReason, Event, Outcome, PolicyFault, Reason, RefusalKind, Role, Snapshot, What};

use crate::Verdict;

/// How often each thing was told.
#[derive(Debug, Default)]
struct Told {
    decisions: BTreeMap<(Role, &'static str, Reason), u64>,
    faults: BTreeMap<(Role, &'static str, PolicyFault), u64>,
    closes: BTreeMap<CloseReason, u64>,
    refusals: BTreeMap<RefusalKind, u64>,
    single: BTreeMap<&'static str, u64>,
}

pub(super) fn audit(events: &[Event], snapshot: &Snapshot) -> Verdict {
    let mut told = Told::default();
    events.iter().for_each(|event| told.note(&event.what));
    let decisions = snapshot.decisions.iter().map(|row| ((row.role, row.policy, row.reason), row.count));
    same("decisions", &told.decisions, decisions)?;
    let faults = snapshot.faults.iter().map(|row| ((row.role, row.policy, row.fault), row.count));
    same("faults", &told.faults, faults)?;
    same("closes", &told.closes, snapshot.closes.iter().copied())?;
    same("refusals", &told.refusals, snapshot.refusals.iter().copied())?;
    let counters = snapshot.counters();
    let counted = [
        ("leases", counters.acquired),
        ("waits that were served", counters.waited),
        // What was lost ends without a return.
        ("returns", counters.released - counters.lost),
        ("dead connections", counters.dead),
        ("dials", counters.dials),
        ("elisions", counters.dials_elided),
        ("failed dials", counters.dial_failures),
        ("cancellations", snapshot.cancelled),
        ("overdue leases", snapshot.overdue),
        ("generations", u64::from(snapshot.generation)),
        ("reconfigurations", snapshot.reconfigurations),
    ];
    same("numbers", &told.single, counted.into_iter())
}

impl Told {
    fn note(&mut self, what: &What) {
        match what {
            What::Decided { role, policy, reason, .. } => add(&mut self.decisions, (*role, *policy, *reason)),
            What::PolicyFaulted { role, policy, fault } => add(&mut self.faults, (*role, *policy, *fault)),
            What::Evicted { why, .. } => add(&mut self.closes, *why),
            What::Refused { kind, .. } => add(&mut self.refusals, *kind),
            What::Acquired { waiter, .. } => {
                add(&mut self.single, "leases");
                waiter.iter().for_each(|_| add(&mut self.single, "waits that were served"));
            }
            What::Released { outcome, .. } => {
                add(&mut self.single, "returns");
                if *outcome == Outcome::Dead {
                    add(&mut self.single, "dead connections");
                }
            }
            What::DialStarted { .. } => add(&mut self.single, "dials"),
            What::DialElided { .. } => add(&mut self.single, "elisions"),
            What::DialFailed { .. } => add(&mut self.single, "failed dials"),
            What::WaitCancelled { .. } => add(&mut self.single, "cancellations"),
            What::LeaseOverdue { .. } => add(&mut self.single, "overdue leases"),
            What::Cleared => add(&mut self.single, "generations"),
            What::Reconfigured { .. } => add(&mut self.single, "reconfigurations"),
            _ => {}
        }
    }
}

fn add<K: Ord>(told: &mut BTreeMap<K, u64>, what: K) {
    *told.entry(what).or_default() += 1;
}

fn same<K: Ord + Debug + Copy>(
    which: &str,
    told: &BTreeMap<K, u64>,
    counted: impl Iterator<Item = (K, u64)>,
) -> Verdict {
    let counted: BTreeMap<K, u64> = counted.filter(|(_, count)| *count > 0).collect();
    for what in told.keys().chain(counted.keys()) {
        let of = |counts: &BTreeMap<K, u64>| counts.get(what).copied().unwrap_or(0);
        if of(told) != of(&counted) {
            return Err(format!("of the {which} {what:?} was counted {} times and told {}", of(&counted), of(told)));
        }
    }
    Ok(())
}
