//! The policy.

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::{
    Cx, EndpointId, EndpointsView, Factory, HealthPolicy, Membership, OptionError, Outcome, Reason, Review, Standing,
    Standings, Time,
};

use crate::OutlierEjectionOptions;
use crate::host::Host;
use crate::verdict::{FAILURE_SHARE, SUCCESS_RATE, Verdict};

const IN_A_ROW: Reason = Reason::new("consecutive-failures");
const EASED_IN: Reason = Reason::new("eased-in");
const WELL: Reason = Reason::new("well");
const PANIC: Reason = Reason::new("panic");

/// Lets endpoints rest whose leases fail more than those of the others.
#[derive(Debug, Clone)]
pub struct OutlierEjection {
    options: OutlierEjectionOptions,
    hosts: BTreeMap<EndpointId, Host>,
    /// When the interval is over; [`Time::NEVER`] while nothing happens that it would be for.
    interval_ends: Time,
}

impl OutlierEjection {
    /// The policy with these options.
    ///
    /// # Errors
    /// If an option makes no sense; the path names it.
    pub fn new(options: &OutlierEjectionOptions) -> Result<OutlierEjection, OptionError> {
        options.check()?;
        Ok(OutlierEjection { options: options.clone(), hosts: BTreeMap::new(), interval_ends: Time::NEVER })
    }

    /// Whether a review is wanted now that this has happened to an endpoint: it is to be ejected, or an interval begins.
    fn wants_review(&self, endpoint: EndpointId) -> Review {
        let is_due = |host: &Host| host.rests().is_none() && self.fails_in_a_row(host);
        let begins = self.interval_ends.is_never();
        if begins || self.hosts.get(&endpoint).is_some_and(is_due) { Review::Now } else { Review::AsPlanned }
    }

    fn fails_in_a_row(&self, host: &Host) -> bool {
        let most = self.options.consecutive_failures;
        most > 0 && host.in_a_row() >= most
    }

    /// One that was inherited ends no later than one that begins now would: the options may have a shorter one.
    fn shorten_interval(&mut self, now: Time) {
        if !self.interval_ends.is_never() {
            self.interval_ends = self.interval_ends.min(now.after(self.options.interval.get()));
        }
    }

    /// Ejects for failures in a row, and at the end of an interval the outliers.
    fn eject(&mut self, now: Time) {
        let due: Vec<_> = self.hosts.iter().filter(|(_, host)| self.fails_in_a_row(host)).map(|(id, _)| *id).collect();
        due.into_iter().for_each(|id| self.eject_one(id, IN_A_ROW, now));
        if now < self.interval_ends {
            return;
        }
        let verdict = Verdict::over(self.hosts.values(), &self.options.success_rate, &self.options.failure_share);
        let outliers: Vec<_> = self.hosts.iter().filter_map(|(id, host)| Some((*id, verdict.on(host)?))).collect();
        outliers.into_iter().for_each(|(id, reason)| self.eject_one(id, reason, now));
        self.hosts.values_mut().for_each(Host::end_interval);
        self.interval_ends = Time::NEVER;
    }

    /// Ejects an endpoint, if with it no more rest than may.
    fn eject_one(&mut self, id: EndpointId, reason: Reason, now: Time) {
        let resting = self.parties().filter(|host| host.rests().is_some()).count();
        let share = (resting + 1) as f64 / self.parties().count() as f64;
        let may = resting == 0 || share <= self.options.max_resting;
        if let Some(host) = self.hosts.get_mut(&id).filter(|host| may && host.rests().is_none()) {
            host.eject(reason, now);
        }
    }

    /// If too few would serve, all do.
    fn is_in_panic(&self) -> bool {
        let serving = self.parties().filter(|host| host.rests().is_none()).count();
        (serving as f64) < self.options.panic_threshold * self.parties().count() as f64
    }

    /// Those that serve, or would if they did not rest.
    fn parties(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values().filter(|host| !host.is_apart)
    }

    /// Looks who has a weight, unless nobody has.
    fn tell_apart(&mut self, endpoints: &EndpointsView<'_>) {
        let some_have = endpoints.iter().any(|it| it.weight() > 0);
        for it in endpoints.iter() {
            if let Some(host) = self.hosts.get_mut(&it.id()) {
                host.is_apart = some_have && it.weight() == 0;
            }
        }
    }

    fn standing(&self, host: &Host, panic: bool, now: Time) -> (Standing, Reason) {
        match (host.rests(), host.eased_in(&self.options, now)) {
            (Some(_), _) if panic => (Standing::Serves, PANIC),
            (Some(reason), _) => (Standing::Rests, reason),
            (None, Some((share, _))) => (Standing::Eases(share), EASED_IN),
            (None, None) => (Standing::Serves, WELL),
        }
    }

    /// When there is something to say again.
    fn next_review(&self, now: Time) -> Time {
        let of_host = |host: &Host| {
            let eased = host.eased_in(&self.options, now).map_or(Time::NEVER, |(_, again)| again);
            host.rests_until(&self.options).unwrap_or(Time::NEVER).min(eased)
        };
        self.hosts.values().map(of_host).fold(self.interval_ends, Time::min)
    }
}

impl HealthPolicy for OutlierEjection {
    fn ended(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        let failed = match outcome {
            Outcome::Ok => false,
            Outcome::Failed | Outcome::Broken => true,
            // What the holder did for reasons of its own.
            _ => return Review::AsPlanned,
        };
        let Some(host) = self.hosts.get_mut(&endpoint) else { return Review::AsPlanned };
        host.note(failed);
        self.wants_review(endpoint)
    }

    fn dialed(&mut self, endpoint: EndpointId, succeeded: bool, _: &mut Cx<'_>) -> Review {
        // A server that accepts connections and fails all the same is sick: only failures count.
        let Some(host) = self.hosts.get_mut(&endpoint).filter(|_| self.options.dials && !succeeded) else {
            return Review::AsPlanned;
        };
        host.note_in_a_row(true);
        self.wants_review(endpoint)
    }

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        self.tell_apart(endpoints);
        self.shorten_interval(cx.now);
        self.eject(cx.now);
        self.hosts.values_mut().for_each(|host| host.come_back_by(&self.options, cx.now));
        let panic = self.is_in_panic();
        for (id, host) in &self.hosts {
            let (standing, reason) = self.standing(host, panic, cx.now);
            standings.set(*id, standing, reason);
        }
        if self.interval_ends.is_never() && !self.hosts.values().all(Host::is_settled) {
            self.interval_ends = cx.now.after(self.options.interval.get());
        }
        self.next_review(cx.now)
    }

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(id, _) => {
                self.hosts.entry(id).or_default();
            }
            Membership::Left(id) => {
                self.hosts.remove(&id);
            }
            _ => {}
        }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<OutlierEjection>() {
            self.hosts = std::mem::take(&mut old.hosts);
            self.interval_ends = old.interval_ends;
        }
    }
}

impl Factory<dyn HealthPolicy> for OutlierEjection {
    const KIND: &'static str = "outlier-ejection";
    const SUMMARY: &'static str = "An endpoint whose leases fail more than those of the others rests for a while";
    const EXAMPLE: &'static str = "kind = \"outlier-ejection\"\ninterval = \"10s\"\nconsecutive_failures = 5\nrest = \"30s\"\nmax_resting = 0.1\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[IN_A_ROW, SUCCESS_RATE, FAILURE_SHARE, EASED_IN, WELL, PANIC];
    type Options = OutlierEjectionOptions;

    fn build(options: OutlierEjectionOptions) -> Result<Box<dyn HealthPolicy>, OptionError> {
        Ok(Box::new(OutlierEjection::new(&options)?))
    }
}
