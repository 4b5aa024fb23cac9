//! A case as it was read.

use std::sync::Arc;

use pool_sim::Dial;

use super::step::Step;
use crate::PoolConfig;

/// A case: how a pool is configured, and what it has to do in each step.
#[derive(Debug, Clone)]
pub struct Case {
    pub(super) name: String,
    pub(super) why: Option<String>,
    pub(super) deviates: Option<String>,
    pub(super) recorded: Option<Recorded>,
    pub(super) file: Arc<str>,
    pub(super) line: usize,
    /// What was said of the pool, in a few words.
    pub(super) told: String,
    /// Its options, its policies and the endpoints that it begins with.
    pub(super) pool: Arc<PoolConfig>,
    pub(super) seed: u64,
    pub(super) network: Vec<(String, Dial)>,
    pub(super) steps: Vec<Step>,
}

/// How a case was recorded from another pool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// Which pool, in which version.
    pub from: String,
    /// The seed of its steps.
    pub seed: u64,
}

impl Case {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why it is so.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Why it differs from its original on purpose, if it does.
    pub fn deviates(&self) -> Option<&str> {
        self.deviates.as_deref()
    }

    /// How it was recorded, if it was.
    pub fn recorded(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// The pool that it is of: its options, its policies and the endpoints that it begins with. Its
    /// connector makes nothing.
    pub fn pool(&self) -> &PoolConfig {
        &self.pool
    }

    /// The file that it is in, as it was named.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line at which it begins, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }
}
