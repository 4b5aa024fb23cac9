//! Loads of known kinds, and what becomes of them in a pool.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::time::Duration;

use pool_core::{Plan, PoolOptions, Random, Sizing, Time};
use pool_sim::{CallerId, Sim, Standing};

/// Who asks when, and for how long each holds what it gets.
pub(crate) struct Load {
    pub(crate) name: &'static str,
    pub(crate) calls: Vec<(Time, Duration)>,
    pub(crate) target: Duration,
}

impl Load {
    /// 200 a second by chance, held for 50 ms on average, exponentially.
    pub(crate) fn poisson(window: Duration) -> Load {
        let mut random = Random::with_seed(11);
        let calls = by_chance(window, 200.0, &mut random);
        let holds = |random: &mut Random| exponential(random, 0.05);
        Load::new("Poisson, exponential", calls, holds, random, Duration::from_millis(5))
    }

    /// One every 5 ms, held for 48 ms.
    pub(crate) fn steady(window: Duration) -> Load {
        let calls = (0..).map(|n| f64::from(n) * 0.005).take_while(|at| *at < window.as_secs_f64()).collect();
        Load::new("steady, constant", calls, |_| 0.048, Random::with_seed(0), Duration::from_millis(5))
    }

    /// Ten at a time, 20 times a second by chance, each held for 20 ms on average, exponentially.
    pub(crate) fn batches(window: Duration) -> Load {
        let mut random = Random::with_seed(17);
        let batches = by_chance(window, 20.0, &mut random).into_iter();
        let calls = batches.flat_map(|at| std::iter::repeat_n(at, 10)).collect();
        let holds = |random: &mut Random| exponential(random, 0.02);
        Load::new("ten at a time, exponential", calls, holds, random, Duration::from_millis(5))
    }

    /// 400 a second for half a second on average, then nobody for as long; held for 25 ms on average,
    /// lognormally, a few for ten times as long.
    pub(crate) fn bursty(window: Duration) -> Load {
        let mut random = Random::with_seed(13);
        let mut calls = Vec::new();
        let mut begins = 0.0;
        while begins < window.as_secs_f64() {
            let ends = begins + exponential(&mut random, 0.5);
            let burst = by_chance(Duration::from_secs_f64(ends - begins), 400.0, &mut random);
            calls.extend(burst.into_iter().map(|at| begins + at));
            begins = ends + exponential(&mut random, 0.5);
        }
        let spread: f64 = 1.0;
        let holds = move |random: &mut Random| 0.025 * (spread * normal(random) - spread * spread / 2.0).exp();
        Load::new("on and off, lognormal", calls, holds, random, Duration::from_millis(20))
    }

    fn new(
        name: &'static str,
        calls: Vec<f64>,
        hold: impl Fn(&mut Random) -> f64,
        mut random: Random,
        target: Duration,
    ) -> Load {
        let at = |seconds: f64| Time::ZERO.after(Duration::from_secs_f64(seconds));
        let calls = calls.into_iter().map(|asks| (at(asks), Duration::from_secs_f64(hold(&mut random)))).collect();
        Load { name, calls, target }
    }

    /// How many are in use on average, if nobody waits: from the load itself.
    pub(crate) fn on_average(&self) -> f64 {
        let held: Duration = self.calls.iter().map(|(_, hold)| *hold).sum();
        let last = self.calls.last().map_or(Time::ZERO, |(at, _)| *at);
        held.as_secs_f64() / last.since(Time::ZERO).as_secs_f64()
    }
}

fn by_chance(window: Duration, rate: f64, random: &mut Random) -> Vec<f64> {
    let mut at = 0.0;
    let next = std::iter::repeat_with(|| {
        at += exponential(random, 1.0 / rate);
        at
    });
    next.take_while(|at| *at < window.as_secs_f64()).collect()
}

fn exponential(random: &mut Random, mean: f64) -> f64 {
    -(1.0 - random.unit()).ln() * mean
}

/// By Box and Muller.
fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}

/// What became of a load.
pub(crate) struct Ended {
    pub(crate) sizing: Option<Sizing>,
    waits: Vec<Duration>,
}

impl Ended {
    pub(crate) fn wait_p99(&self) -> Duration {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        waits[(waits.len() * 99).div_ceil(100) - 1]
    }
}

/// Plays a load through a pool of this size, whose connections are all there when it begins. Who has
/// waited for half a second, gives up.
pub(crate) fn run(load: &Load, size: u32) -> Ended {
    let mut options = PoolOptions::default();
    options.limits.max_open = size;
    options.dial.max_concurrent = size;
    options.limits.min_idle = size;
    options.wait.timeout = Duration::from_millis(500).into();
    options.sizing.wait = Some(load.target.into());
    let mut play = Play::new(Sim::new(Plan { options, ..Plan::default() }, ["a"]));
    for &(at, hold) in &load.calls {
        play.until(at);
        let caller = play.sim.acquire();
        play.holds.push(hold);
        play.waiting.insert(caller);
        play.look();
    }
    let sizing = play.sim.snapshot().sizing;
    play.until(play.sim.now().after(Duration::from_secs(600)));
    Ended { sizing, waits: play.waits }
}

struct Play {
    sim: Sim,
    holds: Vec<Duration>,
    waiting: BTreeSet<CallerId>,
    ends: BinaryHeap<Reverse<(Time, CallerId)>>,
    waits: Vec<Duration>,
}

impl Play {
    fn new(sim: Sim) -> Play {
        Play { sim, holds: Vec::new(), waiting: BTreeSet::new(), ends: BinaryHeap::new(), waits: Vec::new() }
    }

    /// Time passes; leases end.
    fn until(&mut self, until: Time) {
        while let Some(&Reverse((ends, caller))) = self.ends.peek()
            && ends <= until
        {
            self.ends.pop();
            self.sim.advance(ends.since(self.sim.now()));
            self.sim.release(caller);
            self.look();
        }
        self.sim.advance(until.since(self.sim.now()));
        self.look();
    }

    /// Who was served or refused since.
    fn look(&mut self) {
        for caller in self.waiting.iter().copied().collect::<Vec<_>>() {
            match self.sim.standing(caller) {
                Standing::Waiting => continue,
                Standing::Holding(_, waited) => {
                    self.waits.push(waited);
                    self.ends.push(Reverse((self.sim.now().after(self.holds[caller]), caller)));
                }
                Standing::Refused(_) => self.waits.push(Duration::from_millis(500)),
                Standing::Gone => {}
            }
            self.waiting.remove(&caller);
        }
    }
}
