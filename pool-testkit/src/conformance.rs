//! All laws, checked on one plugin.

use pool_core::Plugin;
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
}

impl Conformance {
    /// A plugin to be checked.
    pub fn of(plugin: Plugin) -> Conformance {
        let default = Subject::from(plugin);
        let example = Subject::example(plugin).ok().filter(|example| example.options() != default.options());
        let subjects = [Some(default), example].into_iter().flatten().collect();
        Conformance { plugin, subjects, waived: Vec::new() }
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
    pub fn report(&self) -> Report {
        let findings = laws_of(self.plugin.role()).map(|law| Finding { law, status: self.status(law) }).collect();
        Report { plugin: self.plugin, findings }
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

    fn status(&self, law: Law) -> Status {
        if let Some(&(_, because)) = self.waived.iter().find(|(name, _)| *name == law.name) {
            return Status::Waived { because };
        }
        for subject in &self.subjects {
            if let Err(example) = guarded(|| (law.check)(subject)) {
                return Status::Broken { options: subject.options().to_string(), example };
            }
        }
        Status::Kept
    }
}
