//! Why there was no lease.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use pool_core::{ErrorClass, State};

use super::{About, Told};

/// Why there was no lease. The message says which pool, what happened and what to look at.
#[non_exhaustive]
pub enum AcquireError<E> {
    /// The time to wait was over.
    Timeout {
        /// What the caller was waiting for.
        phase: Phase,
        /// For how long.
        waited: Duration,
        /// The pool at that moment.
        about: Box<About<E>>,
    },
    /// Dials fail, and nothing else could serve; [`About::last_dial`] is the one that failed.
    Dial {
        /// The pool at that moment.
        about: Box<About<E>>,
    },
    /// Every connection is in use, and the configuration says not to wait.
    Exhausted {
        /// The pool at that moment.
        about: Box<About<E>>,
    },
    /// Too many wait already, or the queue policy turned the caller away: see [`About::turned_away_by`].
    Rejected {
        /// The pool at that moment.
        about: Box<About<E>>,
    },
    /// There is no endpoint, or not the one asked for.
    NoEndpoint {
        /// How many endpoints there are.
        total: usize,
        /// How many of them are not dialed since their dials fail.
        ejected: usize,
        /// The pool at that moment.
        about: Box<About<E>>,
    },
    /// The pool is closed or draining.
    Closed {
        /// The pool at that moment.
        about: Box<About<E>>,
    },
}

/// What a caller waited for when its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
// As wide as a word: it is what tells the results of an acquire apart, and a narrower one would
// have leases copied in odd pieces, which costs more than a lock.
#[repr(usize)]
pub enum Phase {
    /// For a connection that others hold.
    Waiting,
    /// For a dial.
    Dialing,
}

impl Phase {
    /// The phase as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Dialing => "dialing",
        }
    }
}

impl<E> AcquireError<E> {
    /// The pool at that moment, and the last dial that failed.
    pub fn about(&self) -> &About<E> {
        match self {
            AcquireError::Timeout { about, .. }
            | AcquireError::Dial { about }
            | AcquireError::Exhausted { about }
            | AcquireError::Rejected { about }
            | AcquireError::NoEndpoint { about, .. }
            | AcquireError::Closed { about } => about,
        }
    }

    /// Whether it may work another time without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            AcquireError::Timeout { .. } | AcquireError::Exhausted { .. } | AcquireError::Rejected { .. } => true,
            AcquireError::Dial { about } => {
                about.last_dial.as_ref().is_none_or(|last| last.class == ErrorClass::Transient)
            }
            AcquireError::NoEndpoint { about, .. } => about.discovery.is_some(),
            AcquireError::Closed { .. } => false,
        }
    }
}

impl<E: fmt::Display> fmt::Display for AcquireError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = self.about();
        write!(f, "pool `{}`: ", about.pool)?;
        match self {
            AcquireError::Timeout { phase, waited, .. } => {
                let what = match phase {
                    Phase::Waiting => "no connection became free",
                    Phase::Dialing => "no connection could be made",
                };
                write!(f, "{what} within {waited:?}; {}", Told(&about.standing))?;
                last_dial(f, about)?;
                advise(f, about, *phase)
            }
            AcquireError::Dial { .. } => {
                f.write_str("dials fail and no connection is left")?;
                last_dial(f, about)
            }
            AcquireError::Exhausted { .. } => {
                write!(f, "every connection is in use; {}", Told(&about.standing))?;
                advise(f, about, Phase::Waiting)
            }
            AcquireError::Rejected { about } if let Some(by) = &about.turned_away_by => {
                let waited = about.waited;
                write!(f, "turned away after {waited:?} by the queue policy {} ({}); ", by.policy, by.reason)?;
                write!(f, "{}", Told(&about.standing))
            }
            AcquireError::Rejected { .. } => {
                write!(f, "too many callers wait already; {}; see limits.max_waiting", Told(&about.standing))
            }
            AcquireError::NoEndpoint { total: 0, .. } => {
                f.write_str("there is no endpoint")?;
                discovery(f, about)
            }
            AcquireError::NoEndpoint { total, ejected: 0, .. } => {
                write!(f, "the endpoint that was asked for is not one of its {total}")?;
                discovery(f, about)
            }
            AcquireError::NoEndpoint { total, ejected, .. } => {
                write!(
                    f,
                    "no endpoint can serve: {total} in all, {ejected} not dialed since their dials fail, or at rest"
                )?;
                last_dial(f, about)?;
                discovery(f, about)
            }
            AcquireError::Closed { .. } => f.write_str("it is closed and gives no more leases"),
        }
    }
}

fn last_dial<E: fmt::Display>(f: &mut fmt::Formatter<'_>, about: &About<E>) -> fmt::Result {
    match &about.last_dial {
        Some(last) => {
            let said = last.fault.to_string();
            write!(f, "; the last dial of {} failed: {}", last.endpoint.name(), last.endpoint.without_password(&said))
        }
        None => Ok(()),
    }
}

fn discovery<E>(f: &mut fmt::Formatter<'_>, about: &About<E>) -> fmt::Result {
    match &about.discovery {
        Some(error) => write!(f, "; discovery failed: {error}"),
        None => Ok(()),
    }
}

fn advise<E>(f: &mut fmt::Formatter<'_>, about: &About<E>, phase: Phase) -> fmt::Result {
    match phase {
        Phase::Waiting if about.standing.states[State::Leased as usize] > 0 => {
            f.write_str("; see leases() for who holds them, and limits.max_open")
        }
        Phase::Waiting | Phase::Dialing => Ok(()),
    }
}

impl<E: fmt::Debug> fmt::Debug for AcquireError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, about) = match self {
            AcquireError::Timeout { phase: Phase::Waiting, about, .. } => ("Timeout(waiting)", about),
            AcquireError::Timeout { phase: Phase::Dialing, about, .. } => ("Timeout(dialing)", about),
            AcquireError::Dial { about } => ("Dial", about),
            AcquireError::Exhausted { about } => ("Exhausted", about),
            AcquireError::Rejected { about } => ("Rejected", about),
            AcquireError::NoEndpoint { about, .. } => ("NoEndpoint", about),
            AcquireError::Closed { about } => ("Closed", about),
        };
        f.debug_tuple(name).field(about).finish()
    }
}

impl<E: Error + 'static> Error for AcquireError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.about().last_dial.as_ref().map(|last| &last.fault as &(dyn Error + 'static))
    }
}
