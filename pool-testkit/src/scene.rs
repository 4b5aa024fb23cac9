//! Random pools on paper: connections and endpoints that come and go.

use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{Endpoint, EndpointId, EntryId, Random, Time};

use crate::{Subject, Verdict};

/// How many different pools a law is checked on.
const SEEDS: u64 = 24;
/// How many steps each of them takes.
pub(crate) const STEPS: usize = 80;

/// A pool on paper and dice.
pub(crate) struct Scene {
    pub(crate) paper: Paper,
    pub(crate) dice: Random,
    pub(crate) leased: Vec<EntryId>,
    pub(crate) endpoints: Vec<EndpointId>,
    named: usize,
}

/// What a step did, as far as a policy must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Joined(EndpointId),
    Left(EndpointId),
    Opened(EntryId),
    Released(EntryId),
    Other,
}

/// Walks through many random pools. `check` sees each of them after each step.
pub(crate) fn explore<S>(
    subject: &Subject,
    start: impl Fn(&mut Scene) -> S,
    check: impl Fn(&mut S, &mut Scene, Step) -> Verdict,
) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut scene = Scene::new(seed);
        let mut state = start(&mut scene);
        (0..STEPS).try_for_each(|at| {
            let step = scene.step();
            check(&mut state, &mut scene, step).map_err(|found| format!("step {at}: {found}"))
        })
    })
}

impl Scene {
    /// Not long after the pool was built.
    pub(crate) fn new(seed: u64) -> Scene {
        Scene::at(seed, Time::ZERO.after(Duration::from_secs(10)))
    }

    /// The same at this time.
    pub(crate) fn at(seed: u64, origin: Time) -> Scene {
        let mut paper = Paper::new();
        paper.seed(seed);
        paper.advance(origin.since(Time::ZERO));
        let dice = Random::with_seed(seed ^ 0x5eed_0000_d1ce);
        let mut scene = Scene { paper, dice, leased: Vec::new(), endpoints: Vec::new(), named: 0 };
        for _ in 0..=scene.dice.below(3) {
            scene.join();
        }
        scene
    }

    /// Something happens.
    pub(crate) fn step(&mut self) -> Step {
        match self.dice.below(20) {
            0 => self.join(),
            1 if self.endpoints.len() > 1 => self.leave(),
            2..=4 => self.pass_time(),
            5..=9 => self.open(),
            10..=13 => self.lease(),
            14..=17 => self.release(),
            _ => self.close(),
        }
    }

    /// A key for a policy that hashes, or none.
    pub(crate) fn key(&mut self) -> Option<u64> {
        (self.dice.below(2) == 0).then(|| self.dice.next_u64())
    }

    /// A random endpoint of the pool.
    pub(crate) fn any_endpoint(&mut self) -> EndpointId {
        self.endpoints[self.dice.below(self.endpoints.len())]
    }

    fn join(&mut self) -> Step {
        self.named += 1;
        let weight = [0, 1, 1, 2, 5, 100][self.dice.below(6)];
        let id = self.paper.endpoint(Endpoint::new(format!("{}:1", self.named)).weight(weight));
        self.endpoints.push(id);
        Step::Joined(id)
    }

    fn leave(&mut self) -> Step {
        let id = self.endpoints.swap_remove(self.dice.below(self.endpoints.len()));
        self.leased.retain(|&conn| self.paper.conn_view(conn).endpoint() != id);
        self.paper.remove_endpoint(id);
        Step::Left(id)
    }

    fn pass_time(&mut self) -> Step {
        // From a microsecond to about an hour, every magnitude alike.
        let micros = 1 << self.dice.below(32);
        self.paper.advance(Duration::from_micros(micros));
        Step::Other
    }

    fn open(&mut self) -> Step {
        let endpoint = self.any_endpoint();
        let dialed_for = Duration::from_millis(self.dice.below(2000) as u64);
        let created = Time::from_nanos(self.paper.now().since(Time::ZERO).saturating_sub(dialed_for).as_nanos() as u64);
        Step::Opened(self.paper.idle(endpoint, created))
    }

    fn lease(&mut self) -> Step {
        let idle = self.paper.pool_view().len();
        let any = self.dice.below(idle);
        let id = self.paper.pool_view().oldest_first().nth(any).map(|conn| conn.id());
        if let Some(id) = id {
            self.paper.lease(id);
            self.leased.push(id);
        }
        Step::Other
    }

    fn release(&mut self) -> Step {
        if self.leased.is_empty() {
            return Step::Other;
        }
        let id = self.leased.swap_remove(self.dice.below(self.leased.len()));
        self.paper.release(id);
        Step::Released(id)
    }

    fn close(&mut self) -> Step {
        let any = self.dice.below(self.paper.pool_view().len());
        let id = self.paper.pool_view().newest_first().nth(any).map(|conn| conn.id());
        if let Some(id) = id {
            self.paper.close(id);
        }
        Step::Other
    }
}
