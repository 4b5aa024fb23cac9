//! What was found.

use std::fmt;

use pool_core::Plugin;

use crate::Law;

/// What became of each law.
#[derive(Debug)]
pub struct Report {
    /// The plugin that was looked at.
    pub plugin: Plugin,
    /// With how many sets of options it was looked at.
    pub sets: usize,
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
        /// What happened; it begins with the seed, if there was one: `with seed 7, …`.
        example: String,
    },
    /// The author says that it is not meant to be.
    Waived {
        /// Why.
        because: &'static str,
    },
    /// It was not looked at, since another was asked for.
    Skipped,
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

    fn count(&self, is: impl Fn(&Status) -> bool) -> usize {
        self.findings.iter().filter(|it| is(&it.status)).count()
    }

    /// A line for each broken law: how to see it alone.
    fn alone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "To see one alone, in the folder of {}:", self.plugin.krate)?;
        for finding in &self.findings {
            if let Status::Broken { example, .. } = &finding.status {
                let seed = seed_of(example).map(|seed| format!("CLEARPOOL_SEED={seed} ")).unwrap_or_default();
                writeln!(f, "  CLEARPOOL_LAW={} {seed}cargo test conformance", finding.law.name)?;
            }
        }
        writeln!(f, "A law that it is not meant to keep is waived, with the reason: `Conformance::waive`.")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, kind, krate) = (self.plugin.role().as_str(), self.plugin.kind, self.plugin.krate);
        let (kept, broken) = (self.count(|it| *it == Status::Kept), self.broken().count());
        write!(f, "{role} policy `{kind}` of {krate}: {} laws, {broken} broken, {kept} kept", self.findings.len())?;
        let rare = [
            ("waived", self.count(|it| matches!(it, Status::Waived { .. }))),
            ("skipped", self.count(|it| *it == Status::Skipped)),
        ];
        rare.iter().filter(|(_, count)| *count > 0).try_for_each(|(what, count)| write!(f, ", {count} {what}"))?;
        let sets = self.sets;
        writeln!(f, ", with {sets} {} of options", if sets == 1 { "set" } else { "sets" })?;
        self.findings.iter().try_for_each(|finding| write!(f, "{finding}"))?;
        if broken > 0 { self.alone(f) } else { Ok(()) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, says) = (self.law.name, self.law.says);
        match &self.status {
            Status::Kept => writeln!(f, "  kept    {name}: {says}"),
            Status::Skipped => Ok(()),
            Status::Waived { because } => writeln!(f, "  waived  {name}: {says} (but: {because})"),
            Status::Broken { options, example } => {
                writeln!(f, "  BROKEN  {name}: {says}")?;
                writeln!(f, "          with the options {options}")?;
                writeln!(f, "          {example}")?;
                writeln!(f, "          what to do: {}", self.law.mend)
            }
        }
    }
}

/// The seed with which a counter-example begins.
fn seed_of(example: &str) -> Option<u64> {
    let digits = example.strip_prefix("with seed ")?;
    digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}
