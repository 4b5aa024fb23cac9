//! A step: what is done, and what has to come of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{HumanDuration, Outcome, RefusalKind};
use pool_sim::Dial;

use super::crowd::{self, Amount, Crowd};
use super::stats::Stats;
use crate::PoolConfig;

/// A step of a case.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The line at which it begins, from 1.
    pub(super) line: usize,
    pub(super) action: Action,
    pub(super) note: Option<String>,
    pub(super) expected: Expected,
}

/// What is done.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Acquire {
        callers: Vec<String>,
        at: Option<String>,
        timeout: Option<Duration>,
        key: Option<u64>,
        hold: Option<Duration>,
    },
    Release {
        whose: Vec<Whose>,
        outcome: Outcome,
    },
    Cancel(Vec<String>),
    Advance(Duration),
    Network(Vec<(String, Dial)>),
    NextDial(Vec<(String, Dial)>),
    Cut {
        what: Vec<Cut>,
        seen: bool,
    },
    Check(Takes),
    Reset(Takes),
    Close(Takes),
    Configure {
        told: String,
        pool: Arc<PoolConfig>,
    },
    Endpoints {
        told: String,
        endpoints: Vec<pool_core::Endpoint>,
    },
    Warm(u32),
    Clear,
    Drain,
    Shut,
    Look,
}

/// Whose connection is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// That which a caller holds.
    Caller(String),
    /// That of a number, whoever holds it.
    Connection(u64),
}

/// What the peer closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cut {
    /// Every connection to an endpoint.
    Endpoint(String),
    /// The one of this number.
    Connection(u64),
}

/// How long something takes, and whether it goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Takes {
    pub(super) takes: Duration,
    pub(super) ok: bool,
}

/// What has to come of a step; what is left out may not happen.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    pub(super) grants: Vec<(OneOf, u64)>,
    pub(super) refuses: Vec<(OneOf, RefusalKind)>,
    pub(super) dials: Amount,
    pub(super) dial_failures: Amount,
    pub(super) closes: Vec<(u64, Option<String>)>,
    pub(super) snapshot: Vec<(&'static str, u64)>,
    pub(super) stats: Option<Stats>,
    pub(super) crowd: Crowd,
}

/// A caller, or several of whom chance decides for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OneOf(pub(super) Vec<String>);

impl OneOf {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|one| one == name)
    }
}

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("|"))
    }
}

/// In the words of the form, without its braces.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Acquire { callers, at, timeout, key, hold } => {
                write!(f, "acquire {}", many(callers))?;
                at.iter().try_for_each(|at| write!(f, " at {at}"))?;
                timeout.iter().try_for_each(|&timeout| write!(f, ", timeout {}", HumanDuration::from(timeout)))?;
                key.iter().try_for_each(|key| write!(f, ", key {key}"))?;
                hold.iter().try_for_each(|&hold| write!(f, ", each for {}", HumanDuration::from(hold)))
            }
            Action::Release { whose, outcome } => {
                write!(f, "release {}", listed(whose))?;
                if *outcome == Outcome::Ok { Ok(()) } else { write!(f, " as {}", outcome.as_str()) }
            }
            Action::Cancel(callers) => write!(f, "cancel {}", many(callers)),
            Action::Advance(by) => write!(f, "advance {}", HumanDuration::from(*by)),
            Action::Network(dials) => write!(f, "network: {}", dials_in_words(dials)),
            Action::NextDial(dials) => write!(f, "next dial: {}", dials_in_words(dials)),
            Action::Cut { what, seen } => {
                write!(f, "cut {}{}", listed(what), if *seen { ", which is seen" } else { "" })
            }
            Action::Check(takes) => write!(f, "checks from now on: {takes}"),
            Action::Reset(takes) => write!(f, "resets from now on: {takes}"),
            Action::Close(takes) => write!(f, "closes from now on: {takes}"),
            Action::Configure { told, .. } => write!(f, "configure {told}"),
            Action::Endpoints { told, .. } => write!(f, "endpoints {told}"),
            Action::Warm(connections) => write!(f, "warm {connections}"),
            Action::Clear => f.write_str("clear"),
            Action::Drain => f.write_str("drain"),
            Action::Shut => f.write_str("shut"),
            Action::Look => f.write_str("look"),
        }
    }
}

fn listed<T: fmt::Display>(items: &[T]) -> String {
    many(&items.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn many(names: &[String]) -> String {
    crowd::in_words(names.iter().map(String::as_str), ", ")
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whose::Caller(name) => f.write_str(name),
            Whose::Connection(number) => write!(f, "#{number}"),
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cut::Endpoint(name) => f.write_str(name),
            Cut::Connection(number) => write!(f, "#{number}"),
        }
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fails = if self.ok { "" } else { ", and fail" };
        write!(f, "take {}{fails}", HumanDuration::from(self.takes))
    }
}

/// How dials go, endpoint by endpoint.
pub(super) fn dials_in_words(dials: &[(String, Dial)]) -> String {
    dials.iter().map(|(name, dial)| format!("{name} {}", dial_in_words(*dial))).collect::<Vec<_>>().join(", ")
}

fn dial_in_words(dial: Dial) -> String {
    use pool_core::{Capacity, ErrorClass};
    use pool_sim::DialEnd;

    let takes = HumanDuration::from(dial.takes);
    match dial.ends {
        _ if takes.is_never() => "hangs".to_owned(),
        DialEnd::Ok(Capacity::Exclusive) => format!("dials in {takes}"),
        DialEnd::Ok(Capacity::Shared(capacity)) => format!("dials in {takes}, shared by {capacity}"),
        DialEnd::Fails(ErrorClass::Permanent) => format!("denies after {takes}"),
        DialEnd::Fails(ErrorClass::Transient) => format!("fails after {takes}"),
        DialEnd::Lost => format!("loses dials after {takes}"),
    }
}
