//! Whether the pool saw the problem: by its own snapshot.

use std::fmt;
use std::time::Duration;

use pool_core::{Snapshot, State};

use super::super::servers::KILLED;
use super::super::table::short;
use super::Problem;

/// A slow backend is at least so many times as slow as it was.
const SLOWER: f64 = 4.0;
/// With more dials than that for each lease, a pool is not worth much.
const CHURN: f64 = 0.1;

/// One sign of a problem, and whether it was seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sign {
    what: &'static str,
    pub(super) seen: bool,
    measured: String,
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.seen { "seen    " } else { "NOT SEEN" };
        write!(f, "{mark}  {}: {}", self.what, self.measured)
    }
}

/// What happened between two snapshots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phase {
    acquired: u64,
    waited: u64,
    /// Dials that led to a connection.
    dialed: u64,
    dial_failures: u64,
    /// The median time for which leases were held, if any ended.
    held: Option<Duration>,
}

impl Phase {
    pub(super) fn between(before: &Snapshot, after: &Snapshot) -> Phase {
        let (old, new) = (before.counters(), after.counters());
        let dial_failures = new.dial_failures - old.dial_failures;
        Phase {
            acquired: new.acquired - old.acquired,
            waited: new.waited - old.waited,
            dialed: (new.dials - old.dials).saturating_sub(dial_failures),
            dial_failures,
            held: after.timings().usage.since(&before.timings().usage).quantile(0.5),
        }
    }
}

/// The signs of a problem: the phase in which all was well, the one with the problem, and its end.
pub(super) fn signs(problem: Problem, well: &Phase, ill: &Phase, end: &Snapshot) -> Vec<Sign> {
    let (used, most) = (end.count(State::Leased), end.max_open);
    let sign = |what, seen, measured| Sign { what, seen, measured };
    let nobody_waits = sign(
        "there are connections left, and nobody waits",
        used < most && end.pending == 0,
        format!("{used} of {most} used, {} waiting", end.pending),
    );
    match problem {
        Problem::Exhausted => vec![
            sign("all connections are used", used >= most, format!("{used} of {most}")),
            sign(
                "callers wait",
                end.pending > 0 && ill.waited > 0,
                format!("{} now, {} did before", end.pending, ill.waited),
            ),
        ],
        Problem::SlowBackend => {
            let times = well.held.zip(ill.held).map(|(well, ill)| ill.as_secs_f64() / well.as_secs_f64());
            let told = |held: Option<Duration>| held.map_or("-".to_owned(), short);
            let measured = format!("p50 was {}, became {}", told(well.held), told(ill.held));
            vec![sign("leases are held for longer", times.is_some_and(|times| times >= SLOWER), measured), nobody_waits]
        }
        Problem::Leak => {
            let oldest = end.oldest_lease.unwrap_or_default();
            let usual = ill.held.unwrap_or_default();
            vec![
                sign("leases are overdue", end.overdue > 0, format!("{}", end.overdue)),
                sign(
                    "the oldest is far older than leases become",
                    oldest > usual * 10,
                    format!("{}, where p50 is {}", short(oldest), short(usual)),
                ),
                nobody_waits,
            ]
        }
        Problem::SickEndpoint => {
            let sick = end.endpoints.iter().filter(|endpoint| endpoint.broken || !endpoint.healthy);
            let names: Vec<&str> = sick.map(|endpoint| endpoint.endpoint.name()).collect();
            vec![
                sign("one endpoint is sick", names == [KILLED], names.join(", ")),
                sign("its dials failed", ill.dial_failures > 0, ill.dial_failures.to_string()),
                sign("the others serve", ill.acquired > 0, format!("{} leases", ill.acquired)),
            ]
        }
        Problem::Churn => {
            let share = ill.dialed as f64 / ill.acquired.max(1) as f64;
            let measured = format!("{} dials for {} leases", ill.dialed, ill.acquired);
            vec![sign("connections are dialed again and again", share > CHURN, measured), nobody_waits]
        }
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Plan;
    use pool_sim::Sim;

    use super::*;

    #[test]
    fn a_pool_that_is_well_shows_no_problem_whatever_is_asked_for() {
        let mut sim = Sim::new(Plan::default(), ["a", "b"]);
        let before = sim.snapshot();
        for _ in 0..50 {
            let caller = sim.acquire();
            sim.advance(Duration::from_millis(20));
            sim.release(caller);
        }
        let end = sim.snapshot();
        let phase = Phase::between(&before, &end);
        assert_eq!(phase.acquired, 50);
        for problem in Problem::ALL {
            let signs = signs(problem, &phase, &phase, &end);
            assert!(signs.iter().any(|sign| !sign.seen), "{problem:?}: {signs:?}");
        }
    }

    #[test]
    fn more_callers_than_connections_are_seen() {
        let mut plan = Plan::default();
        plan.options.limits.max_open = 2;
        let mut sim = Sim::new(plan, ["a"]);
        let before = sim.snapshot();
        let mut callers: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
        sim.advance(Duration::from_millis(20));
        sim.release(callers.remove(0));
        let end = sim.snapshot();
        let phase = Phase::between(&before, &end);
        let signs = signs(Problem::Exhausted, &phase, &phase, &end);
        assert!(signs.iter().all(|sign| sign.seen), "{signs:?}");
    }
}
