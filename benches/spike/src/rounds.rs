//! All pools, round by round.

use crate::far::Far;
use crate::peers::{Bb8, Deadpool, Tickets};
use crate::preset::Preset;
use crate::row::{Row, Which};
use crate::spike::{Outcome, run};

/// What was measured of one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What it has to reach.
    pub row: Row,
    /// One for each round.
    pub outcomes: Vec<Outcome>,
}

/// Measures all. Inside a runtime.
pub async fn measure(rows: Vec<Row>, rounds: usize) -> Vec<Measured> {
    let mut all: Vec<Measured> = rows.into_iter().map(|row| Measured { row, outcomes: Vec::new() }).collect();
    for round in 0..rounds + 1 {
        for place in 0..all.len() {
            let which = (round + place) % all.len();
            let outcome = one(all[which].row.which).await;
            // The first round warms up.
            if round > 0 {
                all[which].outcomes.push(outcome);
            }
        }
    }
    all
}

async fn one(which: Which) -> Outcome {
    let far = Far::default();
    match which {
        Which::Tickets => run(&Tickets::build(), &far).await,
        Which::Preset(name, case, streams) => run(&Preset::build(name, case, streams, &far).await, &far).await,
        Which::Deadpool => run(&Deadpool::build(&far).await, &far).await,
        Which::Bb8 => run(&Bb8::build(&far).await, &far).await,
    }
}

impl Measured {
    /// Milliseconds until all were served: the median.
    pub fn served(&self) -> f64 {
        middle(self.millis())
    }

    /// The same in the worst round.
    pub fn worst(&self) -> f64 {
        self.millis().into_iter().fold(0.0, f64::max)
    }

    /// New connections: the median.
    pub fn dials(&self) -> u64 {
        middle(self.outcomes.iter().map(|outcome| outcome.dials as f64).collect()) as u64
    }

    /// The most of them in a round.
    pub fn most_dials(&self) -> u64 {
        self.outcomes.iter().map(|outcome| outcome.dials).max().unwrap_or(0)
    }

    /// Closed connections: the median.
    pub fn closed(&self) -> u64 {
        middle(self.outcomes.iter().map(|outcome| outcome.closed as f64).collect()) as u64
    }

    /// Whether it reaches its row, where the machine adds so many milliseconds; `None` if it has none.
    pub fn passes(&self, added: f64) -> Option<bool> {
        let expected = self.row.expected.as_ref()?;
        let (least, most) = (expected.served.start(), expected.served.end() + added);
        let in_time = (*least..=most).contains(&self.served());
        Some(in_time && expected.dials.contains(&self.dials()) && expected.closed == self.closed())
    }

    fn millis(&self) -> Vec<f64> {
        self.outcomes.iter().map(|outcome| outcome.served.as_secs_f64() * 1e3).collect()
    }
}

/// The value in the middle; of an even number, the upper one.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Measured;
    use crate::row::{Expected, Row, Which};
    use crate::spike::Outcome;

    fn passes(millis: u64, dials: u64, closed: u64, added: f64) -> Option<bool> {
        let expected = Expected { served: 20.0..=25.0, dials: 0..=1, closed: 0, from: "the target" };
        let row = Row { which: Which::Tickets, name: "a", expected: Some(expected) };
        let outcome = Outcome { served: Duration::from_millis(millis), dials, closed };
        Measured { row, outcomes: vec![outcome] }.passes(added)
    }

    #[test]
    fn a_row_is_reached_in_time_and_number_or_not_at_all() {
        assert_eq!(passes(25, 1, 0, 0.0), Some(true));
        assert_eq!(passes(26, 1, 0, 0.5), Some(false), "later than the machine accounts for");
        assert_eq!(passes(26, 1, 0, 1.5), Some(true));
        assert_eq!(passes(19, 1, 0, 1.5), Some(false), "no pool can be that fast: something is not measured");
        assert_eq!(passes(25, 2, 0, 0.0), Some(false));
        assert_eq!(passes(25, 1, 1, 0.0), Some(false));
    }
}
