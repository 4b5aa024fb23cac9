//! What happens on a connection while it is lent: what is under way, and what is left.

use redis::{Cmd, Pipeline};

use crate::command::{Effect, effect_of};
use crate::left::Left;

/// The books of one connection.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Whether a call is under way; one that is given up leaves this as it is.
    pub(crate) is_busy: bool,
    /// Whether this lease has sent anything, so that a part of its operation may have been carried out.
    pub(crate) has_sent: bool,
    /// What has to be undone.
    pub(crate) left: Left,
    /// By what it was made unfit for any other lease.
    pub(crate) spoiled: Option<&'static str>,
}

/// What a request will have done to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    /// What may have to be undone while nobody knows how it ends.
    during: Left,
    /// What has to be undone if it succeeds.
    after: Left,
    spoils: Option<&'static str>,
    /// Whether its answer may take as long as it likes.
    pub(crate) waits: bool,
    /// Whether each of its commands may be sent beside those of others.
    pub(crate) is_plain: bool,
}

impl Request {
    fn on(left: Left) -> Request {
        Request { during: left, after: left, spoils: None, waits: false, is_plain: true }
    }

    fn add(&mut self, effect: Effect) {
        self.is_plain &= effect == Effect::Plain;
        match effect {
            Effect::Plain => {}
            Effect::Waits => self.waits = true,
            Effect::Spoils(by) => self.spoils = Some(by),
            Effect::Leaves(left) => {
                self.during = self.during | left;
                self.after = self.after | left;
            }
            // Within a transaction a command is only queued, but for its end.
            Effect::Clears(left) if left.has(Left::MULTI) || !self.after.has(Left::MULTI) => {
                self.after = self.after.without(left);
            }
            Effect::Clears(_) => {}
        }
    }

    pub(crate) fn of_command(left: Left, command: &Cmd, home: u32) -> Request {
        let mut request = Request::on(left);
        request.add(effect_of(command, home));
        if command.is_no_response() {
            // How it ends is never known.
            request.during = request.during | Left::UNANSWERED;
            request.after = request.during;
        }
        request
    }

    pub(crate) fn of_pipeline(left: Left, pipeline: &Pipeline, home: u32) -> Request {
        let mut request = Request::on(left);
        pipeline.cmd_iter().for_each(|command| request.add(effect_of(command, home)));
        if pipeline.is_transaction() {
            // Sent as one, between MULTI and EXEC.
            request.during = request.during | Left::MULTI;
            request.after = request.after.without(Left::MULTI | Left::WATCH);
        }
        request
    }

    /// One that leaves this.
    pub(crate) fn leaving(left: Left, what: Left) -> Request {
        let mut request = Request::on(left);
        request.add(Effect::Leaves(what));
        request
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With answers that are no errors.
    Well,
    /// With an error among the answers, so that nobody knows what took place.
    Refused,
    /// With word that the server takes no writes: it was demoted, and its successor is elsewhere.
    Demoted,
    /// Without all of its answers.
    Cut,
}

impl Ledger {
    /// Books a request that is about to be sent: as if it were cut, until it has ended.
    pub(crate) fn begin(&mut self, request: &Request) {
        self.is_busy = true;
        self.has_sent = true;
        self.left = request.during;
        self.spoiled = self.spoiled.or(request.spoils);
    }

    /// Books its end.
    pub(crate) fn end(&mut self, request: &Request, ending: Ending) {
        match ending {
            Ending::Well => self.left = request.after,
            Ending::Refused => {}
            Ending::Demoted => self.spoiled = Some("that it takes no writes any more (READONLY)"),
            Ending::Cut => return,
        }
        self.is_busy = false;
    }

    /// Why the connection may serve no other lease, if so.
    pub(crate) fn spoiled_by(&self) -> Option<&'static str> {
        if self.is_busy { Some("a call that was given up half-way") } else { self.spoiled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::spelled;

    fn run(ledger: &mut Ledger, command: &str, ending: Ending) {
        let request = Request::of_command(ledger.left, &spelled(command), 0);
        ledger.begin(&request);
        ledger.end(&request, ending);
    }

    #[test]
    fn what_ends_well_leaves_nothing() {
        let mut ledger = Ledger::default();
        for command in ["WATCH a", "MULTI", "SET a 1", "EXEC", "SELECT 3", "SELECT 0", "GET a"] {
            run(&mut ledger, command, Ending::Well);
        }
        assert_eq!((ledger.left, ledger.spoiled_by()), (Left::NOTHING, None));
    }

    #[test]
    fn what_is_refused_may_have_taken_place() {
        let mut ledger = Ledger::default();
        run(&mut ledger, "MULTI", Ending::Refused);
        assert_eq!(ledger.left, Left::MULTI);
        run(&mut ledger, "EXEC", Ending::Refused);
        assert_eq!(ledger.left, Left::MULTI);
    }

    #[test]
    fn what_is_queued_has_not_taken_place() {
        let mut ledger = Ledger::default();
        for command in ["SELECT 3", "MULTI", "SELECT 0", "DISCARD"] {
            run(&mut ledger, command, Ending::Well);
        }
        assert_eq!(ledger.left, Left::DATABASE);
    }

    #[test]
    fn what_is_cut_spoils_the_connection() {
        let mut ledger = Ledger::default();
        run(&mut ledger, "GET a", Ending::Cut);
        assert!(ledger.spoiled_by().is_some());
    }

    #[test]
    fn what_nobody_waits_for_leaves_an_answer_and_undoes_nothing() {
        let mut quiet = spelled("EXEC");
        quiet.set_no_response(true);
        let request = Request::of_command(Left::MULTI, &quiet, 0);
        assert_eq!(request.after, Left::MULTI | Left::UNANSWERED);
        quiet = spelled("GET a");
        assert!(Request::of_command(Left::NOTHING, quiet.set_no_response(true), 0).is_plain);
    }

    #[test]
    fn a_pipeline_is_booked_command_by_command() {
        let of = |pipeline: &Pipeline| Request::of_pipeline(Left::NOTHING, pipeline, 0);
        let mut open = redis::pipe();
        open.cmd("WATCH").arg("a").cmd("MULTI").cmd("SELECT").arg(4);
        let request = of(&open);
        assert_eq!(request.after, Left::WATCH | Left::MULTI | Left::DATABASE);
        let mut closed = redis::pipe();
        closed.cmd("MULTI").cmd("SET").arg("a").arg(1).cmd("EXEC");
        assert_eq!(of(&closed).after, Left::NOTHING);
        let mut atomic = redis::pipe();
        atomic.atomic().cmd("SET").arg("a").arg(1);
        let request = of(&atomic);
        assert!(request.is_plain && request.after.is_nothing() && request.during == Left::MULTI);
    }
}
