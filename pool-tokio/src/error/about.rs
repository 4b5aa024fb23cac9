//! The circumstances of a refused acquire.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{DialFault, State, Summary, TurnedAway};

use crate::DialError;

/// The pool in a few numbers, as a message has them.
pub(crate) struct Told<'a>(pub(crate) &'a Summary);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |state: State| self.0.states[state as usize];
        let open: u32 = self.0.states.iter().sum();
        write!(f, "{open} of {} open ({} in use", self.0.max_open, count(State::Leased))?;
        for state in [State::Idle, State::Dialing, State::Checking, State::Resetting, State::Closing] {
            if state == State::Idle || count(state) > 0 {
                write!(f, ", {} {}", count(state), state.as_str())?;
            }
        }
        write!(f, "), {} waiting", self.0.pending)
    }
}

/// The circumstances of a refused acquire.
#[non_exhaustive]
pub struct About<E> {
    /// The name of the pool.
    pub pool: Arc<str>,
    /// How long the caller had waited.
    pub waited: Duration,
    /// The pool at that moment.
    pub standing: Summary,
    /// How many endpoints there were.
    pub endpoints: usize,
    /// How many of them were not dialed since their dials fail, or rested by the health policy's word.
    pub ejected: usize,
    /// The queue policy that turned the caller away, and its word, if one did.
    pub turned_away_by: Option<TurnedAway>,
    /// The last dial that failed, if one did.
    pub last_dial: Option<DialFault<DialError<E>>>,
    /// What discovery said when it failed last, if it did.
    pub discovery: Option<Arc<str>>,
}

impl<E: fmt::Debug> fmt::Debug for About<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("About")
            .field("pool", &self.pool)
            .field("waited", &self.waited)
            .field("standing", &self.standing)
            .field("endpoints", &self.endpoints)
            .field("ejected", &self.ejected)
            .field("turned_away_by", &self.turned_away_by)
            .field("last_dial", &self.last_dial)
            .field("discovery", &self.discovery)
            .finish()
    }
}

impl<E> Clone for About<E> {
    fn clone(&self) -> About<E> {
        About {
            pool: Arc::clone(&self.pool),
            waited: self.waited,
            standing: self.standing,
            endpoints: self.endpoints,
            ejected: self.ejected,
            turned_away_by: self.turned_away_by,
            last_dial: self.last_dial.as_ref().map(|last| DialFault {
                fault: last.fault.clone(),
                class: last.class,
                endpoint: Arc::clone(&last.endpoint),
                at: last.at,
            }),
            discovery: self.discovery.clone(),
        }
    }
}
