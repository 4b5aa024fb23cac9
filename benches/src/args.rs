//! The command line.

use std::process::exit;

/// What to run, and for how long.
#[derive(Debug, Clone, Default)]
pub struct Args {
    /// Short rounds and few of them; nothing is written.
    pub quick: bool,
    /// Only workloads whose name contains this.
    pub only: Option<String>,
    /// Only the pool of this name: for a profiler.
    pub pool: Option<String>,
    /// Leases in a round of `uncontended`, where not the usual number: for a profiler.
    pub leases: Option<u32>,
    /// Rounds, where not the usual number.
    pub rounds: Option<usize>,
}

const USAGE: &str =
    "cargo bench -p clearpool-benches -- [--quick] [--only NAME] [--pool NAME] [--rounds N] [--leases N]";

impl Args {
    /// The command line of this process; ends it if that makes no sense.
    pub fn read() -> Args {
        Args::parse(std::env::args().skip(1)).unwrap_or_else(|problem| {
            eprintln!("{problem}\nusage: {USAGE}");
            exit(2);
        })
    }

    fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args = Args::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // cargo adds it.
                "--bench" => {}
                "--quick" => args.quick = true,
                "--only" => args.only = Some(value()?),
                "--pool" => args.pool = Some(value()?),
                "--rounds" => args.rounds = Some(number(&word, &value()?)? as usize),
                "--leases" => args.leases = Some(number(&word, &value()?)?),
                _ => return Err(format!("what is `{word}`?")),
            }
        }
        Ok(args)
    }

    /// Whether everything is measured at its full length: what is published, and has to reach its targets.
    pub fn is_full(&self) -> bool {
        !self.quick && self.only.is_none() && self.pool.is_none()
    }

    /// Whether this workload is to run.
    pub fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// One of two sizes.
    pub fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

fn number(word: &str, value: &str) -> Result<u32, String> {
    value.parse().ok().filter(|number| *number > 0).ok_or(format!("{word} needs a number from 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_of_everything_at_its_length_is_full() {
        let is_full = |words: &[&str]| Args::parse(words.iter().map(ToString::to_string)).map(|args| args.is_full());
        assert_eq!(is_full(&["--bench"]), Ok(true));
        for partial in [&["--quick"][..], &["--only", "dead"], &["--pool", "clearpool"]] {
            assert_eq!(is_full(partial), Ok(false), "{partial:?}");
        }
    }
}
