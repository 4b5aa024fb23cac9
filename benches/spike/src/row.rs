//! What each pool has to reach, and where that is from.

use std::ops::RangeInclusive;

/// A pool under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Five tickets in place of a pool.
    Tickets,
    /// A preset, with the numbers of its n-th case, from 0; and how many leases share a connection.
    Preset(&'static str, usize, Option<u32>),
    /// deadpool, as it comes.
    Deadpool,
    /// bb8, as it comes.
    Bb8,
}

/// What it has to reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which pool.
    pub which: Which,
    /// What it is called in the table.
    pub name: &'static str,
    /// What is expected; `None` of those that stand beside.
    pub expected: Option<Expected>,
}

/// What is expected of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Milliseconds until all are served, on a machine that adds nothing.
    pub served: RangeInclusive<f64>,
    /// New connections.
    pub dials: RangeInclusive<u64>,
    /// Of which so many are closed, when all is over.
    pub closed: u64,
    /// Where that is from.
    pub from: &'static str,
}

const OBSERVED: &str = "observed";
const FOLLOWS: &str = "follows";

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let beside = |which, name| Row { which, name, expected: None };
    let one = |name, expected| Row { which: Which::Preset(name, 0, None), name, expected: Some(expected) };
    let shares = |name, shown, streams| {
        let expected = Expected { served: 2.0..=2.0, dials: 0..=0, closed: 0, from: FOLLOWS };
        Row { which: Which::Preset(name, 0, Some(streams)), name: shown, expected: Some(expected) }
    };
    let own = |from| Expected { served: 152.0..=154.0, dials: 45..=45, closed: 0, from };
    vec![
        beside(Which::Tickets, "*five tickets*"),
        one("default", Expected { served: 20.0..=25.0, dials: 0..=1, closed: 0, from: "the target" }),
        one("hikari", Expected { served: 20.0..=24.0, dials: 1..=1, closed: 0, from: OBSERVED }),
        one("net-http", Expected { served: 20.0..=29.0, dials: 45..=45, closed: 0, from: OBSERVED }),
        one("database-sql", own(OBSERVED)),
        one("database-sql-legacy", own(FOLLOWS)),
        one("puddle", own(OBSERVED)),
        one("redigo", own(OBSERVED)),
        one("go-redis-v7", Expected { served: 152.0..=154.0, dials: 50..=50, closed: 5, from: OBSERVED }),
        one("go-redis-v9", own(FOLLOWS)),
        one("channel", own(FOLLOWS)),
        one("nginx-keepalive", own(FOLLOWS)),
        Row {
            which: Which::Preset("go-micro-grpc", 1, Some(1)),
            name: "go-micro-grpc, 1 stream",
            expected: Some(own(FOLLOWS)),
        },
        shares("go-micro-grpc", "go-micro-grpc, 20 streams", 20),
        shares("consul-grpc", "consul-grpc, 100 streams", 100),
        beside(Which::Deadpool, "deadpool 0.13"),
        beside(Which::Bb8, "bb8 0.9"),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Which, rows};

    #[test]
    fn every_preset_has_a_row() {
        let rows = rows();
        for preset in clearpool::presets::all() {
            let is_of = |which| matches!(which, Which::Preset(name, ..) if name == preset.name());
            assert!(rows.iter().any(|row| is_of(row.which) && row.expected.is_some()), "{}", preset.name());
        }
    }
}
