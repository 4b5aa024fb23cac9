//! What happens, and the decision that led to it: neither without the other.

use std::collections::BTreeMap;

use pool_core::{CloseReason, EntryId, Event, PolicyFault, Reason, Role, What};

use super::names::is_of_the_pool;
use super::told;
use crate::Verdict;

/// One connection, as far as events told of it.
#[derive(Debug, Default)]
struct Conn {
    leases: u32,
    /// The choice that was made of it and did not come to a lease yet.
    chosen: Option<Reason>,
    /// Why an evict policy says that it must go, and what the release policy said.
    condemned: Vec<(&'static str, Reason)>,
    settled: Option<(&'static str, Reason)>,
    /// It came back, nobody else has it, and nothing says yet what became of it.
    unsettled: bool,
}

/// All connections, and the endpoint that was picked last.
#[derive(Debug, Default)]
struct Ledger {
    conns: BTreeMap<EntryId, Conn>,
    /// Whether a release policy was overruled since a connection came back.
    overruled: bool,
}

pub(super) fn audit(events: &[Event]) -> Verdict {
    let mut ledger = Ledger::default();
    for (at, event) in events.iter().enumerate() {
        ledger.follow(&event.what).map_err(|wrong| format!("{wrong}: {}", told(events, at)))?;
    }
    Ok(())
}

impl Ledger {
    fn follow(&mut self, what: &What) -> Verdict {
        match what {
            What::Decided { role, policy, reason, entry: Some(entry), .. } => {
                self.decided(*role, policy, *reason, *entry);
                Ok(())
            }
            What::PolicyFaulted { role: Role::Release, fault: PolicyFault::Panic, .. } => {
                self.overruled = true;
                Ok(())
            }
            What::Acquired { entry, choice, .. } => self.acquired(*entry, *choice),
            What::Released { entry, outcome, .. } => {
                let conn = self.conns.entry(*entry).or_default();
                conn.leases = conn.leases.saturating_sub(1);
                conn.unsettled = outcome.reusable() && conn.leases == 0;
                Ok(())
            }
            What::Evicted { entry, why, .. } => self.evicted(*entry, *why),
            _ => Ok(()),
        }
    }

    fn decided(&mut self, role: Role, policy: &'static str, reason: Reason, entry: EntryId) {
        let conn = self.conns.entry(entry).or_default();
        match role {
            Role::Acquire => conn.chosen = Some(reason),
            Role::Evict => conn.condemned.push((policy, reason)),
            Role::Release => {
                conn.unsettled = false;
                conn.settled = Some((policy, reason));
            }
            Role::Balance | Role::Health | Role::Queue => {}
        }
    }

    fn acquired(&mut self, entry: EntryId, choice: Reason) -> Verdict {
        let conn = self.conns.entry(entry).or_default();
        if conn.unsettled && !self.overruled {
            return Err(format!("{entry} is lent again, and no release policy was heard of it"));
        }
        if let Some((policy, reason)) = conn.condemned.first() {
            return Err(format!("{policy} decided that {entry} goes ({reason}), and it is lent"));
        }
        conn.leases += 1;
        conn.unsettled = false;
        let chosen = conn.chosen.take();
        if is_of_the_pool(choice) || chosen == Some(choice) {
            return Ok(());
        }
        Err(format!("{entry} is lent as {choice}, and that was decided by nobody"))
    }

    fn evicted(&mut self, entry: EntryId, why: CloseReason) -> Verdict {
        let conn = self.conns.remove(&entry).unwrap_or_default();
        let decided = (why.policy, why.reason);
        if why.policy == CloseReason::POOL || conn.settled == Some(decided) || conn.condemned.contains(&decided) {
            return Ok(());
        }
        Err(format!("{entry} goes for {why}, and that was decided by nobody"))
    }
}
