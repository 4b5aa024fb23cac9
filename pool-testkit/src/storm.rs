//! Storms: a policy in a real machine, amid callers that come and go, dials that fail, endpoints that
//! join, leave and change, limits that move; then calm water, and the end.

mod aftermath;
mod calm;
mod options;

use std::time::Duration;

use pool_core::{
    Change, Endpoint, ErrorClass, Event, EvictPolicy, Machine, Named, Outcome, Plan, Policies, Random, Role,
};
use pool_sim::{Call, CallerId, Dial, DialEnd, Sim, Standing};

use crate::{Subject, Verdict};

pub(crate) use aftermath::{Aftermath, storms, through};

/// How many storms a policy goes through.
const SEEDS: u64 = 24;
/// How many steps each of them takes.
const STEPS: usize = 160;
/// So much happens in no storm, unless connections are made and thrown away without end.
const MOST_EVENTS: usize = 30_000;
/// Endpoints by these names come, go and come again.
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A storm.
struct Storm {
    sim: Sim,
    dice: Random,
    subject: Subject,
    endpoints: Vec<Endpoint>,
    /// Those who wait or hold something, and some who no longer do.
    callers: Vec<CallerId>,
    /// Whether nobody minds if much time passes: nothing is kept ready.
    sleepy: bool,
    /// How long that is.
    night: Duration,
    calm: Verdict,
}

impl Storm {
    fn of(subject: &Subject, seed: u64) -> Storm {
        let mut dice = Random::with_seed(seed ^ 0x5707_1157_0a57);
        let options = options::any(&mut dice);
        let sleepy = options.limits.min_idle == 0;
        // Without endpoints at first: nothing is to be dialed before the script says how that goes.
        let plan = Plan { options, policies: policies(subject), seed };
        let sim = Sim::new(plan, [] as [Endpoint; 0]);
        let (endpoints, callers) = (Vec::new(), Vec::new());
        let night = night(subject);
        let subject = subject.clone();
        let mut storm = Storm { sim, dice, subject, endpoints, callers, sleepy, night, calm: Ok(()) };
        for _ in 0..=storm.dice.below(3) {
            storm.join();
        }
        for _ in 0..STEPS {
            if storm.is_endless() {
                return storm;
            }
            storm.step();
        }
        storm.calm = storm.calm_down();
        storm
    }

    fn events(&self) -> &[Event] {
        self.sim.events()
    }

    /// Whether it has to be broken off, since there is no end to what happens.
    fn is_endless(&self) -> bool {
        self.events().len() > MOST_EVENTS
    }

    fn step(&mut self) {
        match self.dice.below(40) {
            0 | 1 => self.join(),
            2 => self.leave(),
            3..=5 => self.change_endpoint(),
            6 | 7 => self.turn_weather(),
            8 => self.cut(),
            9 => self.resize(),
            10 => self.sim.with_machine(Machine::clear),
            11 => self.reinstall(),
            12..=17 => self.pass_time(),
            18..=28 => self.acquire(),
            _ => self.end_one(),
        }
    }

    fn join(&mut self) {
        let absent = |name: &&&str| self.endpoints.iter().all(|endpoint| endpoint.id != **name);
        let absent: Vec<&str> = NAMES.iter().filter(absent).copied().collect();
        let Some(&name) = absent.get(self.dice.below(absent.len())) else { return };
        let dial = self.any_dial();
        self.sim.script().dials(name, dial);
        let weight = self.any_weight();
        let endpoint = Endpoint { id: name.to_owned(), ..Endpoint::new(format!("{name}:1")).weight(weight) };
        let place = self.dice.below(self.endpoints.len() + 1);
        self.endpoints.insert(place, endpoint);
        self.tell_endpoints();
    }

    fn leave(&mut self) {
        if !self.endpoints.is_empty() {
            self.endpoints.remove(self.dice.below(self.endpoints.len()));
            self.tell_endpoints();
        }
    }

    /// Another weight, another note, now and then another address.
    fn change_endpoint(&mut self) {
        if self.endpoints.is_empty() {
            return;
        }
        let weight = self.any_weight();
        let any = self.dice.below(self.endpoints.len());
        let turn = self.dice.below(1000);
        let endpoint = &mut self.endpoints[any];
        match turn % 5 {
            0 => endpoint.address = format!("{}:{turn}", endpoint.id),
            1 => drop(endpoint.metadata.insert("turn".to_owned(), turn.to_string())),
            _ => endpoint.weight = weight,
        }
        self.tell_endpoints();
    }

    fn tell_endpoints(&mut self) {
        self.sim.set_endpoints(self.endpoints.clone());
    }

    /// Dials of one endpoint go otherwise from now on; so do checks, and closes take another time.
    fn turn_weather(&mut self) {
        let name = NAMES[self.dice.below(NAMES.len())];
        let dial = self.any_dial();
        let (checks, closes) = (self.dice.below(4) > 0, Duration::from_millis(self.dice.below(10) as u64));
        let script = self.sim.script();
        script.dials(name, dial);
        script.check = (Duration::from_millis(1), checks);
        script.close = closes;
    }

    fn cut(&mut self) {
        self.sim.cut(NAMES[self.dice.below(NAMES.len())]);
    }

    fn resize(&mut self) {
        let options = options::any(&mut self.dice);
        self.sleepy = options.limits.min_idle == 0;
        self.sim.set_options(options);
    }

    /// The policy anew: it goes on with what it takes over.
    fn reinstall(&mut self) {
        let fresh = policies(&self.subject);
        let change = match self.subject.plugin().role() {
            Role::Acquire => Change { acquire: Some(fresh.acquire), ..Change::default() },
            Role::Release => Change { release: Some(fresh.release), ..Change::default() },
            Role::Evict => Change { evict: Some(fresh.evict), ..Change::default() },
            Role::Balance => Change { balance: Some(fresh.balance), ..Change::default() },
            Role::Health => Change { health: Some(fresh.health), ..Change::default() },
            Role::Queue => Change { queue: Some(fresh.queue), ..Change::default() },
        };
        self.sim.reconfigure(change);
    }

    fn pass_time(&mut self) {
        if self.sleepy && self.dice.below(12) == 0 {
            return self.sim.advance(self.night);
        }
        // From a microsecond to two seconds, every magnitude alike.
        let micros = 1 << self.dice.below(22);
        self.sim.advance(Duration::from_micros(micros));
    }

    fn acquire(&mut self) {
        let endpoint = (self.dice.below(5) == 0).then(|| NAMES[self.dice.below(NAMES.len())].to_owned());
        let key = (self.dice.below(2) == 0).then(|| self.dice.next_u64());
        let timeout = match self.dice.below(8) {
            0 => Some(Duration::ZERO),
            1 => Some(Duration::from_millis(self.dice.below(500) as u64)),
            _ => None,
        };
        let caller = self.sim.acquire_with(&Call { endpoint, key, timeout, ..Call::default() });
        self.callers.push(caller);
    }

    /// Somebody gives back what it has, or has waited for long enough.
    fn end_one(&mut self) {
        if self.callers.is_empty() {
            return;
        }
        let caller = self.callers.swap_remove(self.dice.below(self.callers.len()));
        match self.sim.standing(caller) {
            Standing::Holding(..) => {
                let ends = [Outcome::Failed, Outcome::Broken, Outcome::Discarded, Outcome::Panicked];
                let outcome = ends.get(self.dice.below(16)).copied().unwrap_or(Outcome::Ok);
                self.sim.release_as(caller, outcome);
            }
            Standing::Waiting if self.dice.below(3) == 0 => self.sim.cancel(caller),
            Standing::Waiting => self.callers.push(caller),
            Standing::Refused(_) | Standing::Gone => {}
        }
    }

    fn any_weight(&mut self) -> u32 {
        [0, 1, 1, 2, 5, 100][self.dice.below(6)]
    }

    /// At least a millisecond, so that nothing goes round and round while time stands still.
    fn any_dial(&mut self) -> Dial {
        let takes = Duration::from_millis(1 + self.dice.below(20) as u64);
        match self.dice.below(12) {
            0 => Dial::hangs(),
            1 => Dial::fails(takes),
            2 => Dial { takes, ends: DialEnd::Fails(ErrorClass::Permanent) },
            3 => Dial { takes, ends: DialEnd::Lost },
            4..=7 => Dial::shared(takes, [1, 2, 3, 8][self.dice.below(4)]),
            _ => Dial::ok(takes),
        }
    }
}

/// An hour, or less for a policy that wants to be asked very often.
fn night(subject: &Subject) -> Duration {
    const ROUNDS: u32 = 2000;
    let hour = Duration::from_secs(3600);
    match subject.plugin().role() {
        Role::Evict => subject.evict().prunes_every().map_or(hour, |period| hour.min(period * ROUNDS)),
        _ => hour,
    }
}

/// The policy under test, and plain ones for what it does not do.
fn policies(subject: &Subject) -> Policies {
    let kind = subject.plugin().kind;
    let plain = Policies::plain();
    match subject.plugin().role() {
        Role::Acquire => Policies { acquire: Named::new(kind, subject.acquire()), ..plain },
        Role::Release => Policies { release: Named::new(kind, subject.release()), ..plain },
        Role::Evict => {
            let evict: Named<dyn EvictPolicy> = Named::new(kind, subject.evict());
            Policies { evict: vec![evict], ..plain }
        }
        Role::Balance => Policies { balance: Named::new(kind, subject.balance()), ..plain },
        Role::Health => Policies { health: Some(Named::new(kind, subject.health())), ..plain },
        Role::Queue => Policies { queue: Some(Named::new(kind, subject.queue())), ..plain },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pool_core::What;

    use super::*;
    use crate::mutants;

    fn name(what: &What) -> String {
        let debug = format!("{what:?}");
        debug.split([' ', '{']).next().unwrap_or_default().to_owned()
    }

    #[test]
    fn all_kinds_of_weather_occur() {
        let subject = Subject::from(mutants::balance::COUNTS_IN_PICK);
        let storms = (0..SEEDS).map(|seed| Storm::of(&subject, seed));
        let seen: BTreeSet<String> =
            storms.flat_map(|storm| storm.events().iter().map(|event| name(&event.what)).collect::<Vec<_>>()).collect();
        for what in [
            "Acquired",
            "BreakerClosed",
            "BreakerOpened",
            "Checked",
            "Cleared",
            "Closed",
            "DialElided",
            "DialFailed",
            "Dialed",
            "Drained",
            "EndpointChanged",
            "EndpointJoined",
            "EndpointLeft",
            "Evicted",
            "LeaseOverdue",
            "Reconfigured",
            "Refused",
            "Released",
            "WaitCancelled",
            "WaitStarted",
        ] {
            assert!(seen.contains(what), "no {what} among {seen:?}");
        }
    }
}
