//! What a law is.

use pool_core::Role;

use crate::{Subject, laws};

/// All is well, or a counter-example in words.
pub type Verdict = Result<(), String>;

/// Something that holds for every policy of a role.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub says: &'static str,
    /// What to do about a policy that breaks it.
    pub mend: &'static str,
    pub(crate) check: fn(&Subject) -> Verdict,
}

impl Law {
    pub(crate) const fn new(
        name: &'static str,
        says: &'static str,
        mend: &'static str,
        check: fn(&Subject) -> Verdict,
    ) -> Law {
        Law { name, says, mend, check }
    }
}

/// The laws of a role: those of all plugins first, those of the machine last.
pub fn laws_of(role: Role) -> impl Iterator<Item = Law> {
    let own = match role {
        Role::Acquire => laws::acquire::LAWS,
        Role::Release => laws::release::LAWS,
        Role::Evict => laws::evict::LAWS,
        Role::Balance => laws::balance::LAWS,
        Role::Health => laws::health::LAWS,
        Role::Queue => laws::queue::LAWS,
    };
    laws::plugin::LAWS
        .iter()
        .chain(laws::options::LAWS)
        .chain(own)
        .chain(laws::conduct::LAWS)
        .chain(laws::machine::LAWS)
        .chain(laws::telemetry::LAWS)
        .copied()
}
