//! All pools, round by round.

use crate::args::Args;
use crate::spread::median;
use crate::subject::{Bb8, Clearpool, Deadpool, Mobc, Subject};
use crate::workload::{Column, Workload};

/// What a workload measured.
#[derive(Debug, Clone)]
pub struct Results {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What was done.
    pub about: String,
    /// What was measured.
    pub columns: &'static [Column],
    /// One row for each pool: its name, and the median of each column; `None` if it cannot do it.
    pub rows: Vec<(&'static str, Option<Vec<f64>>)>,
}

type Run<W> = fn(&W) -> Option<Vec<f64>>;

/// Runs a workload on these pools, so many rounds, each in another order.
fn run<W: Workload>(workload: &W, pools: &[(&'static str, Run<W>)], rounds: usize) -> Results {
    let mut samples: Vec<Vec<Option<Vec<f64>>>> = vec![Vec::new(); pools.len()];
    for round in 0..rounds {
        for place in 0..pools.len() {
            let pool = (round + place) % pools.len();
            samples[pool].push(pools[pool].1(workload));
        }
    }
    let rows = pools.iter().zip(&samples).map(|((name, _), samples)| (*name, summary(W::COLUMNS, samples))).collect();
    Results { name: workload.name(), about: workload.about(), columns: W::COLUMNS, rows }
}

/// Runs a workload if it is wanted, and prints it.
pub fn run_if_wanted<W: Workload>(args: &Args, workload: &W, rounds: usize, all: &mut Vec<Results>) {
    let mut pools = vec![entry::<W, Clearpool>(), entry::<W, Deadpool>(), entry::<W, Bb8>(), entry::<W, Mobc>()];
    pools.retain(|(name, _)| args.pool.as_ref().is_none_or(|pool| pool == name));
    if args.wants(workload.name()) {
        let results = run(workload, &pools, args.rounds.unwrap_or(rounds));
        println!("{}", results.as_text());
        all.push(results);
    }
}

fn entry<W: Workload, S: Subject>() -> (&'static str, Run<W>) {
    (S::NAME, W::run::<S>)
}

fn summary(columns: &[Column], samples: &[Option<Vec<f64>>]) -> Option<Vec<f64>> {
    let samples: Vec<&Vec<f64>> = samples.iter().flatten().collect();
    samples.first()?;
    let of = |place: usize| samples.iter().map(|sample| sample[place]).collect::<Vec<_>>();
    let summed = columns.iter().enumerate().map(|(place, column)| match column.least {
        true => of(place).into_iter().fold(f64::INFINITY, f64::min),
        false => median(&of(place)),
    });
    Some(summed.collect())
}

impl Results {
    /// The median of a column of one pool.
    pub fn of(&self, pool: &str, column: &str) -> Option<f64> {
        let column = self.columns.iter().position(|c| c.title == column)?;
        let (_, values) = self.rows.iter().find(|(name, _)| *name == pool)?;
        values.as_ref().map(|values| values[column])
    }
}
