//! What the originals did, recorded from them, and what our presets do: the same, step by step, but
//! for what `tests/recorded/deviations.toml` says.

#![cfg(feature = "yaml")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clearpool::App;
use clearpool::core::{Plan, WaitOrder};
use clearpool::trace;
use pool_sim::Sim;
use serde::Deserialize;

/// Files, and how many sequences each has at least.
const FILES: [(&str, usize); 7] = [
    ("redigo", 200),
    ("go-redis-v7", 200),
    ("go-redis-v9", 200),
    ("database-sql", 200),
    ("database-sql-retries", 50),
    ("net-http", 200),
    ("puddle", 200),
];

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviations {
    differs: Vec<Differs>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Differs {
    file: String,
    sequences: Vec<u64>,
    why: String,
}

/// The sequences of each file in which we differ, as the list says.
fn listed() -> BTreeMap<String, BTreeSet<u64>> {
    let text = fs::read_to_string(recorded("deviations.toml")).expect("the list");
    let deviations: Deviations = toml::from_str(&text).unwrap_or_else(|error| panic!("deviations.toml: {error}"));
    let mut listed: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for Differs { file, sequences, why } in deviations.differs {
        assert!(why.len() > 20, "{file}: {why:?} says nothing");
        for sequence in sequences {
            assert!(listed.entry(file.clone()).or_default().insert(sequence), "{file}, {sequence}: listed twice");
        }
    }
    listed
}

#[test]
fn what_was_recorded_happens_again_but_for_what_is_listed() {
    let (app, mut listed, mut wrong) = (App::new(), listed(), Vec::new());
    for (name, at_least) in FILES {
        let cases =
            trace::read(recorded(&format!("{name}.yaml")), &app).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert!(cases.len() >= at_least, "{name}: only {} sequences", cases.len());
        let mut differ = listed.remove(name).unwrap_or_default();
        for case in &cases {
            let seed = case.recorded().unwrap_or_else(|| panic!("{}: from where?", case.name())).seed;
            let run = case.run(&app);
            match (run.failure(), differ.remove(&seed)) {
                (Some(failure), false) => wrong.push(failure.to_string()),
                (None, true) => wrong.push(format!("{name}, {seed}: is the same, and is listed as another")),
                (Some(_), true) | (None, false) => {}
            }
        }
        assert!(differ.is_empty(), "{name}: {differ:?} are listed, and there are no such sequences");
    }
    assert!(listed.is_empty(), "{listed:?} are listed, and there are no such files");
    assert!(wrong.is_empty(), "{} of the recorded sequences:\n{}", wrong.len(), wrong.join("\n"));
}

/// How the waiters of an original were served, over many rounds.
#[derive(Debug, Deserialize)]
struct Waiters {
    from: String,
    rounds: u32,
    waiters: usize,
    /// The share of rounds in which who came first was served first.
    first_served_first: f64,
    /// The share of pairs that were served in another order than they came.
    inversions: f64,
}

/// Chance has no fixed course: shares are compared, with the newer Go, whose draw is a fair one.
#[test]
fn whoever_waits_is_served_by_chance_as_often_as_with_database_sql() {
    let text = fs::read_to_string(recorded("database-sql-waiters.json")).expect("the recording");
    let all: Vec<Waiters> = serde_json::from_str(&text).expect("the form of the recording");
    let fair = all.iter().find(|one| one.from.contains("1.24")).expect("a Go that draws fairly");
    let (first, inversions) = shares(fair.rounds, fair.waiters);
    assert!((first - fair.first_served_first).abs() < 0.02, "{first} of the first are served first: {fair:?}");
    assert!((inversions - fair.inversions).abs() < 0.02, "{inversions} of the pairs are turned round: {fair:?}");
}

/// The same of ours: the share of the first served first, and that of pairs turned round.
fn shares(rounds: u32, waiters: usize) -> (f64, f64) {
    let (mut first, mut turned, pairs) = (0, 0, waiters * (waiters - 1) / 2);
    for round in 0..rounds {
        let served = one_round(u64::from(round), waiters);
        first += u32::from(served[0] == 0);
        turned += (0..waiters)
            .flat_map(|one| (0..one).map(move |other| (other, one)))
            .filter(|(a, b)| served[*a] > served[*b])
            .count();
    }
    (f64::from(first) / f64::from(rounds), turned as f64 / (pairs * rounds as usize) as f64)
}

/// One connection, and as many who wait for it: the order in which they are served.
fn one_round(seed: u64, waiters: usize) -> Vec<usize> {
    let mut plan = Plan { seed, ..Plan::default() };
    plan.options.limits.max_open = 1;
    plan.options.wait.order = WaitOrder::Random;
    plan.options.wait.timeout = Duration::from_secs(60).into();
    let mut sim = Sim::new(plan, ["a"]);
    let holder = sim.acquire();
    let callers: Vec<_> = (0..waiters).map(|_| sim.acquire()).collect();
    let mut served: Vec<usize> = Vec::new();
    let mut last = holder;
    while served.len() < waiters {
        sim.release(last);
        let next = callers.iter().position(|&caller| sim.conn_of(caller).is_some()).expect("one is served");
        served.push(next);
        last = callers[next];
    }
    served
}
