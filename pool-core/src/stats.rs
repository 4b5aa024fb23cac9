//! A pool's statistics as another pool would tell them, under its names and with its meanings.
//!
//! Whoever moves here from another pool has graphs and alerts that ask for `WaitCount` or
//! `StaleConns`. [`Snapshot::stats_as`] answers them. The same word means different things in
//! different pools, and each module here says what in its own:
//!
//! | a caller, a connection | counted by | not counted by |
//! |---|---|---|
//! | gave up waiting, or timed out | database/sql (`WaitCount`, `WaitDuration`), puddle (`CanceledAcquireCount`) | redigo, go-redis v9 |
//! | waited for a dial, though there was room | puddle (`EmptyAcquireCount`) | database/sql, redigo, go-redis v9 |
//! | a connection found expired by a caller | go-redis v9 (`StaleConns`), database/sql (`MaxLifetimeClosed`) | go-redis v7 |
//! | a connection closed for other reasons | go-redis v9 (`StaleConns`) | go-redis v7, database/sql |
//! | a dial under way | database/sql (`OpenConnections`), redigo (`ActiveCount`), puddle (`TotalResources`) | go-redis (`TotalConns`), HikariCP (`TotalConnections`) |
//!
//! They can be told of every pool, whatever its configuration; they are what the original would tell
//! where the pool also behaves as the original does. Numbers are of the whole pool, over all
//! endpoints. All are counted since the pool was built.

mod database_sql;
mod go_redis;
mod hikari;
mod nuances;
mod puddle;
mod redigo;

use std::fmt;
use std::time::Duration;

pub use nuances::{Nuances, Waited};

use crate::{Snapshot, State};

/// One number of another pool's statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// The original's own name for it, such as `WaitCount`.
    pub name: &'static str,
    /// The number and its unit.
    pub value: StatValue,
}

/// A number and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatValue {
    /// So many connections, at this moment.
    Connections(u64),
    /// So many callers, at this moment.
    Callers(u64),
    /// So often since the pool was built.
    Count(u64),
    /// So long in all since the pool was built.
    Time(Duration),
}

impl StatValue {
    /// The bare number, as the originals export it: times in nanoseconds.
    pub fn number(self) -> u64 {
        match self {
            StatValue::Connections(number) | StatValue::Callers(number) | StatValue::Count(number) => number,
            StatValue::Time(time) => u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// The unit, as a word: `connections`, `callers`, `times` or `ns`.
    pub const fn unit(self) -> &'static str {
        match self {
            StatValue::Connections(_) => "connections",
            StatValue::Callers(_) => "callers",
            StatValue::Count(_) => "times",
            StatValue::Time(_) => "ns",
        }
    }
}

impl fmt::Display for StatValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatValue::Time(time) => write!(f, "{time:?}"),
            value => write!(f, "{} {}", value.number(), value.unit()),
        }
    }
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

/// Why there are no such statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatsError {
    /// The original has none.
    None {
        /// Its name.
        original: &'static str,
        /// What its users have instead.
        instead: &'static str,
    },
    /// No pool of this name is known.
    Unknown {
        /// The name that was given.
        name: String,
    },
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatsError::None { original, instead } => {
                write!(f, "{original} has no statistics of its pool ({instead}); see snapshot() for this pool's own")
            }
            StatsError::Unknown { name } => {
                write!(f, "no statistics are known as {name:?}; known are ")?;
                for (place, original) in ORIGINALS.iter().enumerate() {
                    let before = if place == 0 { "" } else { ", " };
                    write!(f, "{before}{:?}", original.name)?;
                }
                f.write_str("; see snapshot() for this pool's own")
            }
        }
    }
}

impl std::error::Error for StatsError {}

/// A pool whose statistics can be told.
struct Original {
    name: &'static str,
    /// What else it is called: the presets that behave like it.
    also: &'static [&'static str],
    stats: fn(&Reader<'_>) -> Vec<Stat>,
}

static ORIGINALS: [Original; 6] = [
    Original { name: "database/sql", also: &["database-sql", "database-sql-legacy"], stats: database_sql::stats },
    Original { name: "redigo", also: &[], stats: redigo::stats },
    Original { name: "go-redis-v7", also: &[], stats: go_redis::stats_v7 },
    Original { name: "go-redis-v9", also: &[], stats: go_redis::stats_v9 },
    Original { name: "puddle", also: &[], stats: puddle::stats },
    Original { name: "hikari", also: &[], stats: hikari::stats },
];

/// Pools that have presets and no statistics, under all names, and what their users have instead.
const WITHOUT: [(&str, &[&str], &str); 5] = [
    ("net/http", &["net-http"], "httptrace tells of single requests"),
    ("go-micro", &["go-micro-grpc"], "neither numbers nor hooks"),
    ("channel", &[], "len and cap of the channel are all there is"),
    ("consul-grpc", &[], "gRPC's channelz tells of single connections"),
    ("nginx-keepalive", &[], "stub_status tells of clients, not of upstreams"),
];

/// The names by which [`Snapshot::stats_as`] knows statistics.
pub fn names() -> impl Iterator<Item = &'static str> {
    ORIGINALS.iter().map(|original| original.name)
}

impl Snapshot {
    /// These numbers as another pool would tell them: in its order, under its names, with its
    /// meanings. `original` is one of [`names`], or a preset that behaves like one of these.
    ///
    /// # Errors
    /// If the original has no statistics, as net/http and go-micro, or is not known.
    pub fn stats_as(&self, original: &str) -> Result<Vec<Stat>, StatsError> {
        let called = |name: &str, also: &[&str]| name == original || also.contains(&original);
        if let Some(known) = ORIGINALS.iter().find(|known| called(known.name, known.also)) {
            return Ok((known.stats)(&Reader::new(self)));
        }
        match WITHOUT.into_iter().find(|(name, also, _)| called(name, also)) {
            Some((original, _, instead)) => Err(StatsError::None { original, instead }),
            None => Err(StatsError::Unknown { name: original.to_owned() }),
        }
    }
}

/// A snapshot, and what several originals count of it.
struct Reader<'a> {
    snapshot: &'a Snapshot,
    /// Leases granted, without those that were found dead before they were used.
    acquired: u64,
    /// Those who had to wait and were served.
    waited: Waited,
}

impl Reader<'_> {
    fn new(snapshot: &Snapshot) -> Reader<'_> {
        let counters = snapshot.counters();
        let waited = Waited { count: counters.waited, time: snapshot.timings().wait.sum() };
        Reader { snapshot, acquired: counters.acquired.saturating_sub(counters.dead), waited }
    }

    /// Those who waited at a limit, not for a dial of their own, and were served.
    fn served_at_limit(&self) -> Waited {
        let with_room = self.snapshot.nuances.served_with_room;
        Waited {
            count: self.waited.count.saturating_sub(with_room.count),
            time: self.waited.time.saturating_sub(with_room.time),
        }
    }

    fn in_state(&self, state: State) -> u64 {
        self.snapshot.count(state).into()
    }

    fn open(&self) -> u64 {
        self.snapshot.open().into()
    }

    /// Connections that are made and not taken out of service.
    fn established(&self) -> u64 {
        self.open() - self.in_state(State::Dialing) - self.in_state(State::Closing)
    }

    /// How many were closed for a reason that fits: by whom, and the reason's word.
    fn closed(&self, fits: impl Fn(&str, &str) -> bool) -> u64 {
        let fits = |(why, _): &&(crate::CloseReason, u64)| fits(why.policy, why.reason.as_str());
        self.snapshot.closes.iter().filter(fits).map(|(_, count)| count).sum()
    }
}

fn connections(name: &'static str, number: u64) -> Stat {
    Stat { name, value: StatValue::Connections(number) }
}

fn callers(name: &'static str, number: u64) -> Stat {
    Stat { name, value: StatValue::Callers(number) }
}

fn count(name: &'static str, number: u64) -> Stat {
    Stat { name, value: StatValue::Count(number) }
}

fn time(name: &'static str, time: Duration) -> Stat {
    Stat { name, value: StatValue::Time(time) }
}

/// A limit where zero stands for none, as in Go.
fn limit(name: &'static str, most: u32) -> Stat {
    connections(name, if most == u32::MAX { 0 } else { most.into() })
}
