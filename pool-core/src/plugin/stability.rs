//! How settled a plugin is.

/// How settled a plugin is: what may change of its options and of what it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Stability {
    /// Options and decisions may change with any release. The default.
    #[default]
    Experimental,
    /// Options stay, or are still read; a decision changes only to mend it, and the change log says so.
    Stable,
    /// It will go; the summary says what to take instead.
    Deprecated,
}

impl Stability {
    /// The word for a list.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stability::Experimental => "experimental",
            Stability::Stable => "stable",
            Stability::Deprecated => "deprecated",
        }
    }
}
