//! Which endpoints rest: the health policy is told how leases and dials end, and its reviews are carried out.

use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use super::decisions::About;
use super::policy::guarded;
use crate::book::NIL;
use crate::view::{Burden, Offer};
use crate::{
    CloseReason, Cx, EndpointsView, HealthPolicy, Membership, Named, Outcome, Payload, PolicyFault, Reason, Review,
    Role, Standing, Standings, Time, What,
};

/// A policy that wants to be asked again at once is asked after this.
const SOONEST: Duration = Duration::from_millis(1);
/// Why an endpoint serves again of which no policy says that it rests.
const UNCONTESTED: Reason = Reason::new("uncontested");
/// And one that panicked after this.
const AFTER_PANIC: Duration = Duration::from_secs(1);

impl<P: Payload> Machine<P> {
    /// A lease of this endpoint ended.
    pub(super) fn tell_health(&mut self, endpoint: u32, outcome: Outcome, took: Duration, now: Time) {
        let id = self.book.endpoint_id(endpoint);
        self.hear_health(now, |policy, cx| policy.ended(id, outcome, took, cx));
    }

    /// A dial to this endpoint ended.
    pub(super) fn tell_health_of_dial(&mut self, endpoint: u32, succeeded: bool, now: Time) {
        let id = self.book.endpoint_id(endpoint);
        self.hear_health(now, |policy, cx| policy.dialed(id, succeeded, cx));
    }

    fn hear_health(&mut self, now: Time, tell: impl FnOnce(&mut dyn HealthPolicy, &mut Cx<'_>) -> Review) {
        let Some(policy) = &mut self.judge.policies.health else { return };
        let mut cx = Cx { now, key: None, random: &mut self.random };
        match guarded(|| tell(&mut **policy, &mut cx)) {
            Some(Review::AsPlanned) => {}
            Some(Review::Now) => self.review_by(now),
            None => {
                let kind = policy.kind;
                self.judge.faulted.push((now, Role::Health, kind, PolicyFault::Panic));
            }
        }
    }

    /// The set of endpoints changes.
    pub(super) fn tell_health_of_member(&mut self, change: Membership<'_>, now: Time) {
        let Some(policy) = &mut self.judge.policies.health else { return };
        if guarded(|| policy.membership(change)).is_none() {
            let kind = policy.kind;
            self.judge.faulted.push((now, Role::Health, kind, PolicyFault::Panic));
        }
        self.review_by(now);
    }

    /// The next review is due at this time, if not earlier: the driver sees to it.
    pub(super) fn review_by(&mut self, at: Time) {
        self.next_review = self.next_review.min(at);
        self.wake_by(at);
    }

    /// Asks for a review if one is due.
    pub(super) fn review_if_due(&mut self, now: Time) {
        if now >= self.next_review {
            self.review(now);
        }
    }

    #[cold]
    fn review(&mut self, now: Time) {
        self.next_review = Time::NEVER;
        let Some(policy) = &mut self.judge.policies.health else { return };
        let kind = policy.kind;
        let offer = Offer { idle: true, room: None, burden: Burden::ANY, healthy: true, without: NIL };
        let view = EndpointsView { book: &self.book, offer, now };
        let mut cx = Cx { now, key: None, random: &mut self.random };
        let mut standings = Standings::new();
        match guarded(|| policy.review(&view, &mut standings, &mut cx)) {
            Some(next) => {
                self.review_by(next.max(now.after(SOONEST)));
                self.carry_out(kind, &standings, now);
            }
            None => {
                // What it said before may be for ever now: better a sick endpoint than none.
                self.judge.faulted.push((now, Role::Health, kind, PolicyFault::Panic));
                self.review_by(now.after(AFTER_PANIC));
                self.let_all_serve(now, |_| {});
            }
        }
    }

    fn carry_out(&mut self, kind: &'static str, standings: &Standings, now: Time) {
        let mut changed = false;
        for (id, standing, reason) in standings.iter() {
            let sound = !matches!(standing, Standing::Eases(share) if !(share > 0.0 && share < 1.0));
            let Some(endpoint) = self.book.find_endpoint(id).filter(|_| sound) else {
                self.judge.faulted.push((now, Role::Health, kind, PolicyFault::Impossible));
                continue;
            };
            changed |= self.set_standing(endpoint, standing, kind, reason, now);
        }
        if changed {
            self.spread_anew(now);
        }
    }

    /// Gives whether it stands otherwise than before.
    fn set_standing(
        &mut self,
        endpoint: u32,
        standing: Standing,
        kind: &'static str,
        reason: Reason,
        now: Time,
    ) -> bool {
        let slot = &mut self.book.endpoints[endpoint as usize];
        let before = std::mem::replace(&mut slot.standing, standing);
        if before == standing {
            return false;
        }
        let spec = Arc::clone(&slot.spec);
        let about = About { entry: None, endpoint: self.book.endpoint_id(endpoint), now };
        self.judge.decisions.note(Role::Health, kind, reason, about);
        match (before == Standing::Rests, standing == Standing::Rests) {
            (false, true) => self.tell(now, |_| What::EndpointRests { endpoint: spec, policy: kind, reason }),
            (true, false) => self.tell(now, |_| What::EndpointServes { endpoint: spec, policy: kind, reason }),
            _ => {}
        }
        true
    }

    /// Where load may go has changed.
    fn spread_anew(&mut self, now: Time) {
        self.book.weigh();
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            if !self.book.takes_load(endpoint) {
                // Who did not ask for this one is served by another.
                self.waiters.let_go(endpoint);
            }
        }
        self.vacated = true;
        self.pump(None, now);
    }

    /// Another health policy is in its place, or none: what the last one said is void, and the new one has a word at
    /// once.
    pub(super) fn begin_health(&mut self, old: Option<&mut Named<dyn HealthPolicy>>, now: Time) {
        for place in 0..self.book.active.len() {
            let index = self.book.active[place];
            let (id, spec) = (self.book.endpoint_id(index), Arc::clone(&self.book.endpoints[index as usize].spec));
            self.tell_health_of_member(Membership::Joined(id, &spec), now);
        }
        // What it was given for newcomers makes way for what is known of them.
        if let (Some(policy), Some(old)) = (&mut self.judge.policies.health, old) {
            let (kind, done) = (policy.kind, guarded(|| policy.inherit(&mut **old)));
            self.judge.note_heir(done, Role::Health, kind, now);
        }
        self.let_all_serve(now, |machine| machine.review(now));
    }

    /// Nobody says that an endpoint rests any more, but for what is said at once.
    fn let_all_serve(&mut self, now: Time, say: impl FnOnce(&mut Machine<P>)) {
        let rested: Vec<u32> =
            self.book.active.iter().copied().filter(|&index| self.book.endpoints[index as usize].rests()).collect();
        self.book.endpoints.iter_mut().for_each(|slot| slot.standing = Standing::Serves);
        say(self);
        for index in rested {
            let slot = &self.book.endpoints[index as usize];
            if slot.active && !slot.rests() {
                let endpoint = Arc::clone(&slot.spec);
                self.tell(now, |_| What::EndpointServes { endpoint, policy: CloseReason::POOL, reason: UNCONTESTED });
            }
        }
        self.spread_anew(now);
    }
}
