//! What every policy call is given besides its view.

use crate::{Random, Time};

/// The circumstances of a decision: the present, a source of randomness, the caller's key.
///
/// A policy uses no other clock and no other randomness, so that a run can be replayed.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The present.
    pub now: Time,
    /// The key given to the acquire call, for policies that hash; `None` if none was given.
    pub key: Option<u64>,
    /// Randomness from the pool's seed.
    pub random: &'a mut Random,
}
