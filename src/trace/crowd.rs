//! Crowds: many callers who each give back by themselves, and what has to come of all of them.

use std::fmt;
use std::time::Duration;

use pool_core::HumanDuration;
use pool_sim::Sim;

use super::effects::Difference;

/// So many names in a row are told by the first and the last.
const MANY: usize = 4;

/// How many there may be: exactly so many, or a range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Amount {
    pub(super) fn exactly(number: u64) -> Amount {
        Amount { least: number, most: number }
    }

    pub(super) fn has(self, number: u64) -> bool {
        (self.least..=self.most).contains(&number)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Amount { least, most } if least == most => write!(f, "{least}"),
            Amount { least, most: u64::MAX } => write!(f, "at least {least}"),
            Amount { least: 0, most } => write!(f, "at most {most}"),
            Amount { least, most } => write!(f, "{least} to {most}"),
        }
    }
}

/// What has to come of a step where it does not matter who got what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    /// So many are granted, whoever they are.
    pub(super) granted: Option<Amount>,
    /// So many are closed for each of these reasons, and for no other.
    pub(super) closed: Option<Vec<(String, Amount)>>,
    pub(super) served: Option<Served>,
}

/// All who give back by themselves have done so by now, the slowest after so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) all_within: Duration,
    pub(super) at_least: Duration,
}

impl Crowd {
    /// Whether it is enough that all are served, whoever got which connection.
    pub(super) fn overlooks_grants(&self) -> bool {
        self.served.is_some()
    }
}

impl Served {
    /// Where it is not so.
    pub(super) fn difference(self, sim: &Sim) -> Option<Difference> {
        let took: Vec<Option<Duration>> = sim.crowd().map(|caller| sim.took(caller)).collect();
        let (all, served) = (took.len(), took.iter().flatten().count());
        let slowest = took.into_iter().flatten().max().unwrap_or_default();
        let holds = served == all && (self.at_least..=self.all_within).contains(&slowest);
        let happened = || format!("{served} of {all}, the slowest in {}", HumanDuration::from(slowest));
        (!holds).then(|| Difference::new("served", self.to_string(), happened()))
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all")?;
        if self.all_within != Duration::MAX {
            write!(f, " within {}", HumanDuration::from(self.all_within))?;
        }
        match self.at_least {
            Duration::ZERO => Ok(()),
            at_least => write!(f, ", the slowest in at least {}", HumanDuration::from(at_least)),
        }
    }
}

/// Names in a row, those that are numbered by the first and the last: `A, B1…B50`.
pub(super) fn in_words<'n>(names: impl IntoIterator<Item = &'n str>, between: &str) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let (mut told, mut rest) = (Vec::new(), names.as_slice());
    while let [first, ..] = rest {
        let count = in_a_row(rest);
        if count >= MANY {
            told.push(format!("{first}…{}", rest[count - 1]));
        } else {
            told.extend(rest[..count].iter().map(ToString::to_string));
        }
        rest = &rest[count..];
    }
    told.join(between)
}

/// How many names from the first on are the same but for a number that goes up by one.
fn in_a_row(names: &[&str]) -> usize {
    let Some((name, first)) = numbered(names[0]) else { return 1 };
    let follows = names.iter().zip(first..).take_while(|(other, number)| numbered(other) == Some((name, *number)));
    follows.count()
}

/// `A12` as `A` and 12.
fn numbered(name: &str) -> Option<(&str, u64)> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (name, number) = name.split_at(name.len() - digits);
    number.parse().ok().filter(|_| !number.starts_with('0')).map(|number| (name, number))
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn many_in_a_row_are_told_by_the_first_and_the_last() {
        for (names, told) in [
            ("A B", "A B"),
            ("A1 A2 A3", "A1 A2 A3"),
            ("A1 A2 A3 A4", "A1…A4"),
            ("B A7 A8 A9 A10 A11 A13 C1", "B A7…A11 A13 C1"),
            ("A1 A2 A3 A5 B6 B7 B8 B9", "A1 A2 A3 A5 B6…B9"),
            ("A01 A02 A03 A04", "A01 A02 A03 A04"),
        ] {
            assert_eq!(in_words(names.split(' '), " "), told);
        }
    }
}
