//! Diaries: what a policy answers on a walk through a random pool, word for word.
//!
//! Two walks of one seed ask the same questions, so whatever is different in the answers comes from somewhere else:
//! another clock, other dice, what another pool did.

mod balance;
mod connections;
mod health;
mod queue;

use std::time::Duration;

use pool_core::{Reason, Role, Time};

use crate::Subject;

/// When and how a walk is gone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) seed: u64,
    /// The virtual time at which it begins.
    pub(crate) origin: Time,
    /// Whether real time passes on the way.
    pub(crate) naps: bool,
}

/// What a policy answered on a walk.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    /// Its answers, with times since the beginning of the walk.
    pub(crate) answers: Vec<String>,
    /// The reasons that it gave.
    pub(crate) reasons: Vec<Reason>,
}

/// So many naps are taken on a walk.
const NAPS: usize = 3;
/// So long each, which is long for what a policy does in the meantime.
const NAP: Duration = Duration::from_millis(12);

impl Walk {
    /// The walk of a seed, not long after the pool was built.
    pub(crate) fn of(seed: u64) -> Walk {
        Walk { seed, origin: Time::ZERO.after(Duration::from_secs(10)), naps: false }
    }

    /// Goes it with a policy.
    pub(crate) fn go(self, subject: &Subject) -> Result<Diary, String> {
        let mut diary = Diary::default();
        match subject.plugin().role() {
            Role::Acquire => connections::acquire(subject, self, &mut diary),
            Role::Release => connections::release(subject, self, &mut diary),
            Role::Evict => connections::evict(subject, self, &mut diary),
            Role::Balance => balance::walk(subject, self, &mut diary)?,
            Role::Health => health::walk(subject, self, &mut diary),
            Role::Queue => queue::walk(subject, self, &mut diary),
        }
        Ok(diary)
    }

    /// Takes a nap in real time, if it is one of the steps at which that is done.
    fn pause_at(self, step: usize, of: usize) {
        if self.naps && step % (of / NAPS) == 1 {
            #[expect(clippy::disallowed_methods, reason = "to see whether the policy looks at a real clock")]
            std::thread::sleep(NAP);
        }
    }

    /// A moment as time since the beginning.
    fn since_origin(self, at: Time) -> String {
        if at.is_never() { "never".to_owned() } else { format!("{:?}", at.since(self.origin)) }
    }
}

impl Diary {
    fn note(&mut self, answer: String, reason: Reason) {
        self.answers.push(answer);
        self.reasons.push(reason);
    }

    /// The first answer that another has not, and what it has instead.
    pub(crate) fn differs(&self, other: &Diary) -> Option<String> {
        let pair = self.answers.iter().zip(&other.answers).find(|(one, other)| one != other);
        if let Some((one, other)) = pair {
            return Some(format!("`{one}`, the other time `{other}`"));
        }
        let (one, other) = (self.answers.len(), other.answers.len());
        (one != other).then(|| format!("{one} answers, the other time {other}"))
    }
}
