//! What was found.

use std::fmt;

use pool_core::Plugin;

use crate::Law;

/// What became of each law.
#[derive(Debug)]
pub struct Report {
    /// The plugin that was looked at.
    pub plugin: Plugin,
    /// One finding for each law, in their order.
    pub findings: Vec<Finding>,
}

/// What became of one law.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The law.
    pub law: Law,
    /// Whether it is kept.
    pub status: Status,
}

/// Whether a law is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// With every set of options.
    Kept,
    /// It is not, and here is how to see it.
    Broken {
        /// The set of options with which it is broken, as JSON.
        options: String,
        /// What happened.
        example: String,
    },
    /// The author says that it is not meant to be.
    Waived {
        /// Why.
        because: &'static str,
    },
}

impl Report {
    /// Whether no law is broken.
    pub fn passed(&self) -> bool {
        self.broken().next().is_none()
    }

    /// The names of the broken laws.
    pub fn broken(&self) -> impl Iterator<Item = &'static str> {
        self.findings.iter().filter(|it| matches!(it.status, Status::Broken { .. })).map(|it| it.law.name)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, kind, krate) = (self.plugin.role().as_str(), self.plugin.kind, self.plugin.krate);
        let broken = self.broken().count();
        writeln!(f, "{role} policy `{kind}` of {krate}: {} laws, {broken} broken", self.findings.len())?;
        self.findings.iter().try_for_each(|finding| write!(f, "{finding}"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, says) = (self.law.name, self.law.says);
        match &self.status {
            Status::Kept => writeln!(f, "  kept    {name}: {says}"),
            Status::Waived { because } => writeln!(f, "  waived  {name}: {says} (but: {because})"),
            Status::Broken { options, example } => {
                writeln!(f, "  BROKEN  {name}: {says}")?;
                writeln!(f, "          with the options {options}")?;
                writeln!(f, "          {example}")
            }
        }
    }
}
