//! What clients are made to do, and which.

use std::future::Future;

use crate::load::{self, Client, Load, Seen};

/// What clients are made to do.
pub struct Workload {
    /// What `--only` calls it.
    pub name: String,
    /// A sentence for the report.
    pub about: String,
    /// How they are called.
    pub load: Load,
    /// What ours has to reach.
    pub target: Target,
    /// The clients, ours first.
    pub subjects: Vec<Subject>,
}

/// What ours has to reach, beside the best of the peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// As many calls, as fast: nothing waits, and there is nothing to balance.
    Level,
    /// More callers than connections: as many calls, and shorter waits, evenly.
    Waiting,
    /// One endpoint of three is slow: more calls.
    Balancing,
}

/// One of the clients.
pub struct Subject {
    /// What it is called in tables.
    pub name: String,
    /// Whose it is.
    pub role: Role,
    run: Box<dyn Fn(Load) -> Seen>,
}

/// Whose a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Ours.
    Ours,
    /// A pool of ours over the manager of a peer's pool, of this name.
    Adapted(String),
    /// Of others.
    Peer,
}

impl Subject {
    /// A client that is made anew for each round.
    pub fn new<C, F>(name: impl Into<String>, role: Role, make: impl Fn() -> F + 'static) -> Subject
    where
        C: Client,
        F: Future<Output = C>,
    {
        Subject { name: name.into(), role, run: Box::new(move |load| load::run(load, make())) }
    }

    /// Calls it.
    pub fn run(&self, load: Load) -> Seen {
        (self.run)(load)
    }
}
