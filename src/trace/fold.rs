//! What a pool looks like after each event: who holds what, what is idle, who waits.

use pool_core::What;
use pool_sim::{CallerId, Sim};

use super::crowd;

/// A pool at one moment, as its events tell of it.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Who holds which connection, in the order of the grants.
    held: Vec<(CallerId, u64)>,
    /// The connections that are there, the one that became ready or came back last at the end.
    open: Vec<u64>,
    /// Who waits, in the order in which they began to.
    waiting: Vec<CallerId>,
    pub(super) dialing: usize,
}

impl Pool {
    /// Goes on by an event.
    pub(super) fn follow(&mut self, sim: &Sim, at: usize, what: &What) {
        let caller = sim.caller_of(at);
        let leave = |waiting: &mut Vec<CallerId>| waiting.retain(|&other| Some(other) != caller);
        match what {
            What::WaitStarted { .. } => self.waiting.extend(caller),
            What::WaitCancelled { .. } | What::Refused { .. } => leave(&mut self.waiting),
            What::Acquired { entry, .. } => {
                leave(&mut self.waiting);
                self.held.extend(caller.zip(sim.number_of(*entry)));
            }
            What::Released { entry, .. } => {
                let lease = caller.zip(sim.number_of(*entry));
                if let Some(at) = self.held.iter().rposition(|held| Some(*held) == lease) {
                    self.held.remove(at);
                }
                self.comes_last(sim.number_of(*entry));
            }
            What::DialStarted { .. } => self.dialing += 1,
            What::DialFailed { .. } => self.dialing = self.dialing.saturating_sub(1),
            What::Dialed { entry, .. } => {
                self.dialing = self.dialing.saturating_sub(1);
                self.open.extend(sim.number_of(*entry));
            }
            What::Evicted { entry, .. } => {
                let gone = sim.number_of(*entry);
                self.open.retain(|&number| Some(number) != gone);
            }
            _ => {}
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many connections are there, and how many of them are idle.
    pub(super) fn open_and_idle(&self) -> (usize, usize) {
        (self.open.len(), self.open.iter().filter(|&&number| !self.is_held(number)).count())
    }

    /// In a line: `idle #1 · used #2 by A · waiting B · dialing 1`.
    pub(super) fn in_words(&self, busy: &[u64], names: &[String]) -> String {
        let name = |caller: CallerId| names.get(caller).map_or("?", String::as_str);
        let numbers =
            |numbers: Vec<u64>| in_a_row(&numbers.iter().map(|number| format!("#{number}")).collect::<Vec<_>>());
        let idle = self.open.iter().copied().filter(|number| !self.is_held(*number) && !busy.contains(number));
        let busy = self.open.iter().copied().filter(|number| busy.contains(number));
        let mut parts = Vec::new();
        let mut part = |what: &str, told: String| parts.extend((!told.is_empty()).then(|| format!("{what} {told}")));
        part("idle", numbers(idle.collect()));
        part("used", self.used(name));
        part("checked or reset", numbers(busy.collect()));
        part("dialing", if self.dialing > 0 { self.dialing.to_string() } else { String::new() });
        part("waiting", crowd::in_words(self.waiting.iter().map(|&caller| name(caller)), " "));
        if parts.is_empty() { "empty".to_owned() } else { parts.join(" · ") }
    }

    /// `#1 by A, #2 by B C`.
    fn used<'n>(&self, name: impl Fn(CallerId) -> &'n str) -> String {
        let mut used: Vec<(u64, String)> = Vec::new();
        for &(caller, number) in &self.held {
            match used.iter_mut().find(|(other, _)| *other == number) {
                Some((_, holders)) => *holders += &format!(" {}", name(caller)),
                None => used.push((number, name(caller).to_owned())),
            }
        }
        used.into_iter().map(|(number, holders)| format!("#{number} by {holders}")).collect::<Vec<_>>().join(", ")
    }

    fn is_held(&self, number: u64) -> bool {
        self.held.iter().any(|(_, held)| *held == number)
    }

    fn comes_last(&mut self, number: Option<u64>) {
        let Some(at) = self.open.iter().position(|&other| Some(other) == number) else { return };
        let number = self.open.remove(at);
        self.open.push(number);
    }
}

fn in_a_row(names: &[String]) -> String {
    crowd::in_words(names.iter().map(String::as_str), " ")
}
