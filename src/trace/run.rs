//! Runs a case on the machine, under the virtual clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{Machine, Plan, Policies, Time};
use pool_sim::{Call, CallerId, Script, Sim, Standing};

use super::case::Case;
use super::effects::{self, Difference, Effects};
use super::step::{Action, Cut, Expected, Step, Whose};
use super::{print, stats};
use crate::App;
use crate::config::{PoolConfig, Source};

/// What an action took in a recording: no two of them fall on one moment.
const RECORDED_ACTION: Duration = Duration::from_micros(1);

/// A case that was run, up to the first step that was not as it had to be. Prints as its timeline.
pub struct Run<'c> {
    pub(super) case: &'c Case,
    pub(super) sim: Sim,
    /// The name of each caller.
    pub(super) names: Vec<String>,
    pub(super) steps: Vec<Done>,
    failure: Option<Failure>,
}

/// A step that was done.
pub(super) struct Done {
    /// The first event after it.
    pub(super) end: usize,
    /// When it was over.
    pub(super) at: Time,
    /// The connections that were checked or reset when it was over.
    pub(super) busy: Vec<u64>,
}

/// Why a case fails.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The file, as it was named.
    pub file: String,
    /// The line of the step, from 1.
    pub line: usize,
    /// The step, from 1; 0 for the case as a whole.
    pub step: usize,
    /// What the step does.
    pub action: String,
    /// What was wrong, a line each.
    pub lines: Vec<String>,
}

/// `file:line: step 3, release A`, and what was wrong.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: step {}, {}", self.file, self.line, self.step, self.action)?;
        self.lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl Case {
    /// Runs it, with the policies that the application has.
    pub fn run(&self, app: &App) -> Run<'_> {
        let mut script = Script::default();
        self.network.iter().for_each(|(endpoint, dial)| script.dials(endpoint, *dial));
        let endpoints = match &self.pool.source {
            Source::Endpoints(endpoints) => endpoints.clone(),
            Source::Discovery(_) => Vec::new(),
        };
        // They were made once already, to hear whether their options make sense.
        let (policies, failure) = match self.pool.policies(&app.policies) {
            Ok(policies) => (policies, None),
            Err(error) => (Policies::plain(), Some(self.failed(vec![error.to_string()]))),
        };
        let plan = Plan { options: self.pool.options.clone(), policies, seed: self.seed };
        let sim = Sim::with_script(plan, endpoints, script);
        let run = Run { case: self, sim, names: Vec::new(), steps: Vec::new(), failure };
        let runner = Runner { run, pool: Arc::clone(&self.pool), app, latest: Default::default() };
        runner.run()
    }

    fn failed(&self, lines: Vec<String>) -> Failure {
        Failure { file: self.file.to_string(), line: self.line, step: 0, action: self.name.clone(), lines }
    }
}

impl Run<'_> {
    /// The case that it is of.
    pub fn case(&self) -> &Case {
        self.case
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}

/// The timeline, and why it failed at its end.
impl fmt::Display for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::timeline(self, f)
    }
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("case", &self.case.name).field("failure", &self.failure).finish_non_exhaustive()
    }
}

struct Runner<'c, 'a> {
    run: Run<'c>,
    /// The pool as it is configured by now.
    pool: Arc<PoolConfig>,
    app: &'a App,
    /// Who had a name last.
    latest: std::collections::HashMap<String, CallerId>,
}

/// A step cannot be done: why.
type Impossible = String;

impl<'c> Runner<'c, '_> {
    fn run(mut self) -> Run<'c> {
        let mut first = 0;
        for (index, step) in self.run.case.steps.iter().enumerate() {
            if self.run.failure.is_some() {
                break;
            }
            if self.run.case.recorded.is_some() {
                self.run.sim.advance(RECORDED_ACTION);
            }
            let done = self.act(&step.action);
            let sim = &self.run.sim;
            let (end, at, busy) = (sim.events().len(), sim.now(), sim.in_upkeep());
            self.run.steps.push(Done { end, at, busy });
            let lines = match done {
                Err(impossible) => vec![format!("impossible: {impossible}")],
                Ok(()) => told(self.compare(&step.expected, first)),
            };
            self.run.failure = (!lines.is_empty()).then(|| self.failure(index, step, lines));
            first = end;
        }
        self.run
    }

    fn compare(&self, expected: &Expected, first: usize) -> Vec<Difference> {
        let sim = &self.run.sim;
        let mut found =
            Effects::since(sim, first).differences(expected, &self.run.names, self.run.case.recorded.is_some());
        found.extend(expected.crowd.served.and_then(|served| served.difference(sim)));
        if !expected.snapshot.is_empty() || expected.stats.is_some() {
            let snapshot = sim.snapshot();
            found.extend(effects::counts(&expected.snapshot, &snapshot));
            found.extend(expected.stats.iter().flat_map(|stats| stats::differences(stats, &snapshot)));
        }
        found
    }

    fn failure(&self, index: usize, step: &Step, lines: Vec<String>) -> Failure {
        let action = step.action.to_string();
        Failure { file: self.run.case.file.to_string(), line: step.line, step: index + 1, action, lines }
    }

    fn act(&mut self, action: &Action) -> Result<(), Impossible> {
        let sim = &mut self.run.sim;
        match action {
            Action::Acquire { callers, at, timeout, key, hold } => {
                let call = Call { endpoint: at.clone(), key: *key, timeout: *timeout, hold: *hold, ..Call::default() };
                return callers.iter().try_for_each(|name| self.acquire(name, &call));
            }
            Action::Release { whose, outcome } => {
                return whose.iter().try_for_each(|whose| {
                    let holder = self.holder(whose)?;
                    self.run.sim.release_as(holder, *outcome);
                    Ok(())
                });
            }
            Action::Cancel(callers) => return callers.iter().try_for_each(|name| self.cancel(name)),
            Action::Cut { what, seen } => return what.iter().try_for_each(|what| self.cut(what, *seen)),
            Action::Configure { pool, .. } => return self.configure(pool),
            Action::Advance(by) => sim.advance(*by),
            Action::Network(dials) => dials.iter().for_each(|(endpoint, dial)| sim.script().dials(endpoint, *dial)),
            Action::NextDial(dials) => {
                dials.iter().for_each(|(endpoint, dial)| sim.script().next_dial(endpoint, *dial));
            }
            Action::Check(takes) => sim.script().check = (takes.takes, takes.ok),
            Action::Reset(takes) => {
                sim.script().reset = (takes.takes, takes.ok);
                sim.script().needs_reset = true;
            }
            Action::Close(takes) => sim.script().close = takes.takes,
            Action::Endpoints { endpoints, .. } => sim.set_endpoints(endpoints.iter().cloned()),
            Action::Warm(connections) => sim.with_machine(|machine, now| machine.warm(*connections, now)),
            Action::Clear => sim.with_machine(Machine::clear),
            Action::Drain => sim.with_machine(Machine::drain),
            Action::Shut => sim.with_machine(Machine::close),
            Action::Look => {}
        }
        Ok(())
    }

    fn acquire(&mut self, name: &str, call: &Call) -> Result<(), Impossible> {
        match self.latest.get(name).map(|&caller| self.run.sim.standing(caller)) {
            Some(Standing::Waiting) => return Err(format!("{name} asked already, and waits")),
            Some(Standing::Holding(conn, _)) => {
                return Err(format!("{name} holds connection {} already: who asks again has another name", conn.0));
            }
            _ => {}
        }
        // Its name is known before it is answered.
        self.run.names.push(name.to_owned());
        let caller = self.run.sim.acquire_with(call);
        self.latest.insert(name.to_owned(), caller);
        Ok(())
    }

    fn holder(&self, whose: &Whose) -> Result<CallerId, Impossible> {
        match whose {
            Whose::Caller(name) => {
                let caller = self.caller(name)?;
                match self.run.sim.standing(caller) {
                    Standing::Holding(..) => Ok(caller),
                    Standing::Waiting => Err(format!("{name} waits, and holds nothing")),
                    Standing::Refused(kind) => {
                        Err(format!("{name} was refused ({}), and holds nothing", kind.as_str()))
                    }
                    Standing::Gone => Err(format!("{name} holds nothing any more")),
                }
            }
            Whose::Connection(number) => {
                self.exists(*number)?;
                let mut callers = 0..self.run.names.len();
                let holder = callers.find(|&caller| self.run.sim.conn_of(caller) == Some(*number));
                holder.ok_or_else(|| format!("nobody holds connection {number}"))
            }
        }
    }

    fn cancel(&mut self, name: &str) -> Result<(), Impossible> {
        let caller = self.caller(name)?;
        match self.run.sim.standing(caller) {
            Standing::Waiting => {
                self.run.sim.cancel(caller);
                Ok(())
            }
            Standing::Holding(conn, _) => Err(format!("{name} does not wait: it holds connection {}", conn.0)),
            Standing::Refused(kind) => Err(format!("{name} does not wait: it was refused ({})", kind.as_str())),
            Standing::Gone => Err(format!("{name} does not wait any more")),
        }
    }

    /// `seen`: the connector reads all the time, and says at once that it is over.
    fn cut(&mut self, what: &Cut, seen: bool) -> Result<(), Impossible> {
        match what {
            Cut::Endpoint(name) => self.run.sim.cut(name),
            Cut::Connection(number) => {
                self.exists(*number)?;
                self.run.sim.cut_one(*number);
            }
        }
        if seen {
            self.run.sim.notice_cuts();
        }
        Ok(())
    }

    fn configure(&mut self, pool: &Arc<PoolConfig>) -> Result<(), Impossible> {
        let change = pool.change_from(&self.pool, &self.app.policies).map_err(|error| error.to_string())?;
        self.pool = Arc::clone(pool);
        self.run.sim.reconfigure(change);
        Ok(())
    }

    fn caller(&self, name: &str) -> Result<CallerId, Impossible> {
        self.latest.get(name).copied().ok_or_else(|| format!("{name} never asked"))
    }

    fn exists(&self, number: u64) -> Result<(), Impossible> {
        match self.run.sim.made() {
            made if number <= made => Ok(()),
            0 => Err(format!("there is no connection {number}: none was made yet")),
            1 => Err(format!("there is no connection {number}: only 1 was made by now")),
            made => Err(format!("there is no connection {number}: only {made} were made by now")),
        }
    }
}

/// The differences as lines, one below the other.
fn told(differences: Vec<Difference>) -> Vec<String> {
    let width = differences.iter().map(|difference| difference.key.len()).max().unwrap_or(0);
    let lines = differences.into_iter().flat_map(|Difference { key, expected, happened }| {
        [format!("{key:width$}  expected {expected}"), format!("{:width$}  happened {happened}", "")]
    });
    lines.collect()
}
