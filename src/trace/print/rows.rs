//! Events as rows of a table.

use std::ops::Range;

use pool_core::{Endpoint, EntryId, Event, Outcome, Role, Time, What};

use super::super::fold::Pool;
use super::super::run::{Done, Run};
use super::super::step::{Action, Step};
use super::{moment, span};

/// A row: one event.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) when: String,
    pub(super) who: String,
    pub(super) conn: String,
    pub(super) what: String,
    pub(super) why: String,
}

/// Makes rows of a run's events, in order.
pub(super) struct Rows<'r> {
    run: &'r Run<'r>,
    pool: Pool,
    /// Whether it matters where a connection leads.
    has_several: bool,
    /// What policies decided, until it is known what came of it.
    decided: Vec<(Role, String)>,
    /// Of which moment the last row was.
    told: Option<Time>,
}

impl<'r> Rows<'r> {
    pub(super) fn of(run: &'r Run<'r>) -> Rows<'r> {
        let mut names: Vec<&str> = run
            .sim
            .events()
            .iter()
            .filter_map(|event| match &event.what {
                What::EndpointJoined { endpoint } => Some(endpoint.name()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        Rows { run, pool: Pool::default(), has_several: names.len() > 1, decided: Vec::new(), told: None }
    }

    /// The rows of one step.
    pub(super) fn make(&mut self, events: Range<usize>, step: &Step) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let run = self.run;
        self.told = None;
        for at in events {
            let event = &run.sim.events()[at];
            if let What::Decided { role, policy, reason, .. } = &event.what {
                let word = format!("{reason} ({policy})");
                match rows.last_mut().filter(|row| *role == Role::Release && row.what.starts_with(RETURNS)) {
                    Some(row) => row.why = join([std::mem::take(&mut row.why), word]),
                    None => self.decided.push((*role, word)),
                }
                continue;
            }
            let row = self.row(at, event, step);
            self.pool.follow(&run.sim, at, &event.what);
            rows.extend(row.map(|row| self.dated(row, event.at)));
        }
        self.decided.clear();
        rows
    }

    /// The pool after the rows of a step.
    pub(super) fn state(&mut self, done: &Done) -> Row {
        self.dated(Row { why: self.pool.in_words(&done.busy, &self.run.names), ..Row::default() }, done.at)
    }

    fn dated(&mut self, row: Row, at: Time) -> Row {
        let is_same = self.told.replace(at) == Some(at);
        Row { when: if is_same { String::new() } else { moment(at) }, ..row }
    }

    fn row(&mut self, at: usize, event: &Event, step: &Step) -> Option<Row> {
        let name = |caller: usize| self.run.names.get(caller).cloned();
        let who = self.run.sim.caller_of(at).and_then(name).unwrap_or_default();
        let row = match &event.what {
            What::Acquired { entry, endpoint, waited, waiter, choice } => {
                let after = if waited.is_zero() { String::new() } else { format!(" after {}", span(*waited)) };
                let choice = match waiter {
                    Some(_) => choice.to_string(),
                    None => self.decision(Role::Acquire).unwrap_or_else(|| choice.to_string()),
                };
                let place = self.has_several.then(|| self.decision(Role::Balance)).flatten();
                let why = join([choice, place.unwrap_or_default()]);
                Row { conn: self.conn(*entry), what: format!("gets it{}{after}", self.at(endpoint)), why, ..row(who) }
            }
            What::WaitStarted { endpoint, .. } => {
                let for_one = endpoint.as_ref().map(|endpoint| format!("for {} only", endpoint.name()));
                Row { what: "waits".into(), why: join([for_one.unwrap_or_default(), self.supply()]), ..row(who) }
            }
            What::WaitCancelled { waited, .. } => {
                Row { what: "goes away".into(), why: format!("had waited {}", span(*waited)), ..row(who) }
            }
            What::Released { entry, outcome: Outcome::Dead, .. } => {
                Row { conn: self.conn(*entry), what: "finds it cut".into(), why: "asks again".into(), ..row(who) }
            }
            What::Released { entry, outcome, held_for, .. } => {
                let how = if *outcome == Outcome::Ok { String::new() } else { format!(" as {}", outcome.as_str()) };
                let why = format!("held for {}", span(*held_for));
                Row { conn: self.conn(*entry), what: format!("{RETURNS}{how}"), why, ..row(who) }
            }
            What::Refused { kind, waited, waiter, .. } => {
                let waited = waiter.map(|_| format!("had waited {}", span(*waited)));
                let what = format!("is refused: {}", kind.as_str());
                Row { what, why: waited.unwrap_or_else(|| self.supply()), ..row(who) }
            }
            other => return self.of_the_pool(other, step),
        };
        Some(row)
    }

    /// What no caller does.
    fn of_the_pool(&mut self, what: &What, step: &Step) -> Option<Row> {
        let of_conn = |rows: &Rows<'_>, entry: &EntryId, what: String, why: String| Row {
            conn: rows.conn(*entry),
            what,
            why,
            ..Row::default()
        };
        let plain = |what: String, why: String| Row { what, why, ..Row::default() };
        let row = match what {
            What::DialStarted { endpoint, attempt, .. } => {
                let place = self.has_several.then(|| self.decision(Role::Balance)).flatten();
                let need = match self.pool.waiting() {
                    0 => "ahead: nobody waits".to_owned(),
                    waiting => format!("{waiting} waiting"),
                };
                let again = if *attempt > 0 { format!("failed {attempt} times before") } else { String::new() };
                plain(format!("dial begins{}", self.at(endpoint)), join([need, again, place.unwrap_or_default()]))
            }
            What::Dialed { entry, endpoint, took, .. } => {
                of_conn(self, entry, format!("is made{}", self.at(endpoint)), format!("dialed in {}", span(*took)))
            }
            What::DialFailed { endpoint, class, error, retry_in, took, .. } => {
                let why = format!("{error} ({}) after {}, pause {}", class.as_str(), span(*took), span(*retry_in));
                plain(format!("dial fails{}", self.at(endpoint)), why)
            }
            What::DialElided { endpoint, .. } => {
                plain(format!("dial is not begun{}", self.at(endpoint)), "not needed any more".into())
            }
            What::Evicted { entry, endpoint, why, age, idle_for, uses, .. } => {
                self.decision(Role::Evict);
                let idle = idle_for.map(|idle| format!("idle {}", span(idle))).unwrap_or_default();
                let facts = join([format!("age {}", span(*age)), idle, format!("{uses} uses")]);
                of_conn(self, entry, format!("closes{}", self.at(endpoint)), format!("{why}; {facts}"))
            }
            What::Closed { took, .. } if took.is_zero() => return None,
            What::Closed { entry, took, .. } => {
                of_conn(self, entry, "is gone".into(), format!("its close took {}", span(*took)))
            }
            What::Checked { entry, error, took, .. } => {
                of_conn(self, entry, format!("check {}", verdict(error.is_none())), format!("took {}", span(*took)))
            }
            What::Reset { entry, error, took, .. } => {
                of_conn(self, entry, format!("reset {}", verdict(error.is_none())), format!("took {}", span(*took)))
            }
            // What it begins with is said above.
            What::EndpointJoined { .. } if !matches!(step.action, Action::Endpoints { .. }) => return None,
            What::EndpointJoined { endpoint } => plain(format!("{} joins", endpoint.name()), String::new()),
            What::EndpointChanged { endpoint } => plain(format!("{} changes", endpoint.name()), String::new()),
            What::EndpointLeft { endpoint } => plain(format!("{} leaves", endpoint.name()), String::new()),
            What::BreakerOpened { endpoint, failures } => {
                plain(format!("breaker of {} opens", endpoint.name()), format!("{failures} failures in a row"))
            }
            What::EndpointRests { endpoint, policy, reason } => {
                plain(format!("{} rests", endpoint.name()), format!("{policy}: {reason}"))
            }
            What::EndpointServes { endpoint, policy, reason } => {
                plain(format!("{} serves again", endpoint.name()), format!("{policy}: {reason}"))
            }
            What::BreakerClosed { endpoint } => plain(format!("breaker of {} closes", endpoint.name()), String::new()),
            What::PolicyFaulted { role, policy, fault } => {
                plain(format!("the {} policy {policy} is overruled", role.as_str()), fault.as_str().into())
            }
            What::LeaseOverdue { entry, held_for, .. } => {
                of_conn(self, entry, "lease is overdue".into(), format!("held for {}", span(*held_for)))
            }
            What::Reconfigured { .. } => plain("configuration changes".into(), String::new()),
            What::Cleared => plain("a new generation begins".into(), String::new()),
            What::Draining => plain("gives no more leases".into(), String::new()),
            What::Drained => plain("its last connection is gone".into(), String::new()),
            other => plain(format!("{other:?}"), String::new()),
        };
        Some(row)
    }

    /// The last word of a policy of this role, if it had one.
    fn decision(&mut self, role: Role) -> Option<String> {
        let last = self.decided.iter().rposition(|(other, _)| *other == role)?;
        let (_, word) = self.decided.remove(last);
        self.decided.retain(|(other, _)| *other != role);
        Some(word)
    }

    fn conn(&self, entry: EntryId) -> String {
        self.run.sim.number_of(entry).map(|number| format!("#{number}")).unwrap_or_default()
    }

    /// Where to, if there is more than one place.
    fn at(&self, endpoint: &Endpoint) -> String {
        if self.has_several { format!(" at {}", endpoint.name()) } else { String::new() }
    }

    /// What there is to hope for.
    fn supply(&self) -> String {
        let (open, idle) = self.pool.open_and_idle();
        let open = if open == 0 { "none open".to_owned() } else { format!("{open} open, {idle} idle") };
        match self.pool.dialing {
            0 => open,
            dialing => format!("{open}, {dialing} dialing"),
        }
    }
}

const RETURNS: &str = "gives it back";

fn row(who: String) -> Row {
    Row { who, ..Row::default() }
}

fn join(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn verdict(ok: bool) -> &'static str {
    if ok { "passes" } else { "fails" }
}
