//! Units, as UCUM writes them.

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Things of this name, counted.
    Of(&'static str),
}

impl Unit {
    /// The unit as UCUM writes it: `s`, `{connection}`.
    pub fn ucum(self) -> String {
        match self {
            Unit::Seconds => "s".to_owned(),
            Unit::Of(thing) => format!("{{{thing}}}"),
        }
    }

    /// The suffix that Prometheus wants on a metric's name; none for things counted.
    pub const fn suffix(self) -> Option<&'static str> {
        match self {
            Unit::Seconds => Some("seconds"),
            Unit::Of(_) => None,
        }
    }
}
