//! What a case saw of a pool.

use std::fmt;

/// What a case saw of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// What must hold does.
    Holds,
    /// It does not: what was seen instead.
    Fails(String),
    /// The pool has nothing of the kind.
    Absent,
}

impl Seen {
    /// What holds, or what was seen instead.
    pub(crate) fn holds(holds: bool, instead: impl FnOnce() -> String) -> Seen {
        if holds { Seen::Holds } else { Seen::Fails(instead()) }
    }

    /// From what [`fmt::Display`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Seen> {
        match text {
            "holds" => Some(Seen::Holds),
            "–" => Some(Seen::Absent),
            _ => text.strip_prefix("fails: ").map(|instead| Seen::Fails(instead.to_owned())),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seen::Holds => f.write_str("holds"),
            Seen::Fails(instead) => write!(f, "fails: {instead}"),
            Seen::Absent => f.write_str("–"),
        }
    }
}

#[test]
fn what_is_written_can_be_read() {
    for seen in [Seen::Holds, Seen::Absent, Seen::Fails("2 of 4".to_owned())] {
        assert_eq!(Seen::parse(&seen.to_string()), Some(seen));
    }
}
