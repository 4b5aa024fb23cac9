//! A run: the clients call, hold, give back and think, over and over, under the virtual clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use pool_core::{Detail, Outcome, Plan, Policies, Random, Time};
use pool_sim::{Call, CallerId, Dial, Script, Sim, Standing};

use crate::figures::Figures;
use crate::world::{self, CLIENTS, DIAL, GOOD, JOINS, KEYS, RUN};

/// How closely is looked whether one who waits has been served by a dial.
const STEP: Duration = Duration::from_micros(250);

/// What comes of these policies in the scene. The same seed gives the same figures.
pub(crate) fn figures(policies: Policies, seed: u64) -> Figures {
    let mut run = Run::new(policies, seed);
    while let Some(at) = run.next() {
        run.go_on_to(at);
    }
    run.figures
}

struct Run {
    sim: Sim,
    dice: Random,
    figures: Figures,
    /// Who does what next, and when.
    plans: BinaryHeap<Reverse<(Time, usize, Step)>>,
    /// Clients that wait, with when they asked.
    waiting: Vec<(usize, CallerId, Time)>,
    joined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Asks,
    GivesBack(CallerId, Ended),
}

/// How a lease will have gone, and since when its client had asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ended {
    well: bool,
    asked: Time,
}

impl Run {
    fn new(policies: Policies, seed: u64) -> Run {
        let mut script = Script::default();
        world::endpoints(true).iter().for_each(|endpoint| script.dials(endpoint.name(), Dial::ok(DIAL)));
        let plan = Plan { options: world::options(), policies, seed };
        let mut sim = Sim::with_script(plan, world::endpoints(false), script);
        sim.with_machine(|machine, _| machine.set_detail(Detail::Notable));
        let mut dice = Random::with_seed(seed);
        let plans = (0..CLIENTS)
            .map(|client| Reverse((Time::ZERO.after(world::thinks(&mut dice)), client, Step::Asks)))
            .collect();
        Run { sim, dice, figures: Figures::default(), plans, waiting: Vec::new(), joined: false }
    }

    /// The next moment at which something is to be done; `None` when the run is over.
    fn next(&self) -> Option<Time> {
        let planned = self.plans.peek().map_or(Time::NEVER, |Reverse((at, ..))| *at);
        let looks = if self.waiting.is_empty() { Time::NEVER } else { self.sim.now().after(STEP) };
        let joins = if self.joined { Time::NEVER } else { Time::ZERO.after(JOINS) };
        Some(planned.min(looks).min(joins)).filter(|at| *at < Time::ZERO.after(RUN))
    }

    fn go_on_to(&mut self, at: Time) {
        self.sim.advance(at.since(self.sim.now()));
        self.look();
        if !self.joined && at >= Time::ZERO.after(JOINS) {
            self.joined = true;
            self.sim.set_endpoints(world::endpoints(true));
        }
        while let Some(Reverse((_, client, step))) = self.plans.peek().copied().filter(|Reverse((due, ..))| *due <= at)
        {
            self.plans.pop();
            match step {
                Step::Asks => self.ask(client),
                Step::GivesBack(caller, ended) => self.give_back(client, caller, ended),
            }
            self.look();
        }
    }

    fn ask(&mut self, client: usize) {
        let key = Some(self.dice.below(KEYS) as u64);
        let caller = self.sim.acquire_with(&Call { key, ..Call::default() });
        self.waiting.push((client, caller, self.sim.now()));
    }

    fn give_back(&mut self, client: usize, caller: CallerId, ended: Ended) {
        let outcome = if ended.well { Outcome::Ok } else { Outcome::Failed };
        self.sim.release_as(caller, outcome);
        self.figures.ended(self.sim.now().since(ended.asked), ended.well);
        self.think(client);
    }

    /// Who has been served plans to give back, who was refused to ask again.
    fn look(&mut self) {
        for (client, caller, asked) in std::mem::take(&mut self.waiting) {
            match self.sim.standing(caller) {
                Standing::Holding(_, waited) => self.begin(client, caller, asked, waited),
                Standing::Waiting => self.waiting.push((client, caller, asked)),
                Standing::Refused(_) | Standing::Gone => {
                    self.figures.refused();
                    self.think(client);
                }
            }
        }
    }

    fn begin(&mut self, client: usize, caller: CallerId, asked: Time, waited: Duration) {
        let endpoint = self.sim.endpoint_of(caller).unwrap_or_default();
        self.figures.began(GOOD.into_iter().find(|good| *good == endpoint).unwrap_or(endpoint), waited, self.joined);
        let (lasts, outcome) = world::lease(endpoint, &mut self.dice);
        let ended = Ended { well: outcome == Outcome::Ok, asked };
        let due = asked.after(waited).after(lasts);
        self.plan(client, due.since(self.sim.now()), Step::GivesBack(caller, ended));
    }

    fn think(&mut self, client: usize) {
        let thinks = world::thinks(&mut self.dice);
        self.plan(client, thinks, Step::Asks);
    }

    fn plan(&mut self, client: usize, wait: Duration, step: Step) {
        self.plans.push(Reverse((self.sim.now().after(wait), client, step)));
    }
}
