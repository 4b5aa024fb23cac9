//! The command line.

use std::process::exit;

/// What to run, and for how long.
#[derive(Debug, Clone, Default)]
pub struct Args {
    /// Few rounds; nothing is written.
    pub quick: bool,
    /// Only workloads whose name contains this.
    pub only: Option<String>,
    /// Only the client of this name: for a profiler.
    pub subject: Option<String>,
    /// Rounds, where not the usual number.
    pub rounds: Option<usize>,
}

const USAGE: &str =
    "cargo bench -p clearpool-connector-benches -- [--quick] [--only NAME] [--subject NAME] [--rounds N]";

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
                "--subject" => args.subject = Some(value()?),
                "--rounds" => {
                    let rounds = value()?.parse().ok().filter(|rounds| *rounds > 0);
                    args.rounds = Some(rounds.ok_or("--rounds needs a number from 1")?);
                }
                _ => return Err(format!("what is `{word}`?")),
            }
        }
        Ok(args)
    }

    /// Whether everything is measured at its full length: what is published, and has to reach its targets.
    pub fn is_full(&self) -> bool {
        !self.quick && self.only.is_none() && self.subject.is_none()
    }

    /// How many rounds there are.
    pub fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 3 } else { 15 })
    }

    /// Whether this workload is to run.
    pub fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// Whether this client is to run.
    pub fn wants_subject(&self, name: &str) -> bool {
        self.subject.as_ref().is_none_or(|subject| subject == name)
    }
}
