//! All laws, checked on one plugin.

use std::env;

use pool_core::{Plugin, Role};
use serde_json::Value;

use crate::guard::guarded;
use crate::{Finding, Law, Report, Status, Subject, laws_of};

/// A plugin to be checked against all laws of its role.
///
/// It is checked with its defaults, if it has any, with its example, and with each set of options added.
///
/// ```
/// use pool_testkit::{Conformance, mutants};
///
/// let report = Conformance::of(mutants::acquire::STALE).report();
/// assert!(report.broken().any(|law| law == "chooses-from-the-view"));
/// println!("{report}");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Conformance {
    plugin: Plugin,
    subjects: Vec<Subject>,
    waived: Vec<(&'static str, &'static str)>,
    /// The only law that is checked, and the only seed that is tried, if not all are.
    only: Option<String>,
    seed: Option<u64>,
}

/// Names the only law to be checked.
const LAW: &str = "CLEARPOOL_LAW";
/// Names the only seed to be tried.
const SEED: &str = "CLEARPOOL_SEED";

impl Conformance {
    /// A plugin to be checked: against all laws and with many seeds, unless the environment names one law
    /// (`CLEARPOOL_LAW=nobody-starves`) or one seed (`CLEARPOOL_SEED=7`).
    ///
    /// # Panics
    /// If the seed in the environment is no number.
    pub fn of(plugin: Plugin) -> Conformance {
        let default = Subject::from(plugin);
        let example = Subject::example(plugin).ok().filter(|example| example.options() != default.options());
        let subjects = [Some(default), example].into_iter().flatten().collect();
        let seed =
            env::var(SEED).ok().map(|seed| seed.parse().unwrap_or_else(|_| panic!("{SEED}={seed} is no number")));
        Conformance { plugin, subjects, waived: Vec::new(), only: env::var(LAW).ok(), seed }
    }

    /// Against this law only. One that another role has is none for this plugin: all are skipped.
    pub fn only(self, law: impl Into<String>) -> Conformance {
        Conformance { only: Some(law.into()), ..self }
    }

    /// With this seed only; any number will do, also one that is not among those that are tried.
    pub fn seed(self, seed: u64) -> Conformance {
        Conformance { seed: Some(seed), ..self }
    }

    /// With these options too.
    pub fn options(mut self, options: Value) -> Conformance {
        self.subjects.push(Subject::new(self.plugin, options));
        self
    }

    /// Without this law, which the policy breaks on purpose: one that always picks the same endpoint
    /// starves the others, and says here why that is meant.
    ///
    /// # Panics
    /// If there is no law of this name.
    pub fn waive(mut self, law: &'static str, because: &'static str) -> Conformance {
        assert!(laws_of(self.plugin.role()).any(|it| it.name == law), "there is no law called `{law}`");
        self.waived.push((law, because));
        self
    }

    /// What becomes of each law.
    ///
    /// # Panics
    /// If the only law that is to be checked is none of any role.
    pub fn report(&self) -> Report {
        self.check_only();
        let with = |subject: &Subject| self.seed.map_or(subject.clone(), |seed| subject.clone().with_seed(seed));
        let subjects: Vec<Subject> = self.subjects.iter().map(with).collect();
        let status = |law| Finding { law, status: self.status(law, &subjects) };
        Report {
            plugin: self.plugin,
            sets: subjects.len(),
            findings: laws_of(self.plugin.role()).map(status).collect(),
        }
    }

    fn check_only(&self) {
        let Some(only) = &self.only else { return };
        let mut all = Role::ALL.iter().flat_map(|&role| laws_of(role));
        assert!(all.any(|law| law.name == only), "there is no law called `{only}`; a report lists them all");
    }

    /// Prints the report, and panics if a law is broken.
    ///
    /// # Panics
    /// If a law is broken.
    #[track_caller]
    pub fn assert(&self) {
        let report = self.report();
        assert!(report.passed(), "{report}");
        println!("{report}");
    }

    fn status(&self, law: Law, subjects: &[Subject]) -> Status {
        if self.only.as_ref().is_some_and(|only| only != law.name) {
            return Status::Skipped;
        }
        if let Some(&(_, because)) = self.waived.iter().find(|(name, _)| *name == law.name) {
            return Status::Waived { because };
        }
        for subject in subjects {
            if let Err(example) = guarded(|| (law.check)(subject)) {
                return Status::Broken { options: subject.options().to_string(), example };
            }
        }
        Status::Kept
    }
}
