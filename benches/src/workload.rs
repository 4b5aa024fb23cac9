//! What the pools are made to do.

mod crowd;
mod dead;
mod idle;
mod uncontended;
mod waiters;
mod workers;

pub use self::{crowd::Crowd, dead::Dead, idle::Idle, uncontended::Uncontended, waiters::Waiters, workers::Workers};

use tokio::runtime::{Builder, Runtime};

use crate::subject::Subject;

/// What the pools are made to do, and what is measured of it.
pub trait Workload {
    /// What is measured, in order.
    const COLUMNS: &'static [Column];

    /// What `--only` calls it.
    fn name(&self) -> &'static str;

    /// A sentence for the report.
    fn about(&self) -> String;

    /// Runs it once on a fresh pool: one value for each column; `None` if the pool cannot do it.
    fn run<S: Subject>(&self) -> Option<Vec<f64>>;
}

/// Something that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name and unit.
    pub title: &'static str,
    /// Digits after the point.
    pub digits: usize,
    /// Whether it is the least of all rounds that counts, and not the one in the middle: for extremes,
    /// which what else runs on the machine can only make worse.
    pub least: bool,
    /// Which way is better, for the ratio against deadpool; `None`: there is no ratio.
    pub better: Option<Better>,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less: the ratio is deadpool's value over this pool's.
    Less,
    /// More: the ratio is this pool's value over deadpool's.
    More,
}

impl Column {
    const fn less(title: &'static str, digits: usize) -> Column {
        Column { title, digits, least: false, better: Some(Better::Less) }
    }

    const fn least(title: &'static str, digits: usize) -> Column {
        Column { title, digits, least: true, better: Some(Better::Less) }
    }

    const fn more(title: &'static str, digits: usize) -> Column {
        Column { title, digits, least: false, better: Some(Better::More) }
    }

    const fn plain(title: &'static str, digits: usize) -> Column {
        Column { title, digits, least: false, better: None }
    }
}

/// Which runtime a workload runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `current_thread`.
    OneThread,
    /// `multi_thread` with two workers.
    TwoWorkers,
}

/// Makes so many connections, and gives them back.
async fn warm<S: Subject>(pool: &S, connections: usize) {
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        held.push(pool.acquire().await.unwrap_or_else(|_| panic!("the backend works")));
    }
}

impl Flavour {
    fn runtime(self) -> Runtime {
        let mut builder = match self {
            Flavour::OneThread => Builder::new_current_thread(),
            Flavour::TwoWorkers => Builder::new_multi_thread(),
        };
        builder.worker_threads(2).enable_all().build().expect("a runtime can be started")
    }
}
