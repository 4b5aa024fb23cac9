//! The five problems that a pool can have, each as a question that is answered yes by its own and no by the
//! other four. What one is the cause of, the other does not claim: where leases are held for longer, callers
//! wait for that, and the pool is not called exhausted.
//!
//! Two windows are looked at: that of rates, which is *now*, and all of the time that is shown, which is
//! *usual*. Something that has lasted for more than half of what is shown may have become usual: show more.

use pool_core::State;
use pool_core::catalog::{Attribute, Metric};

use super::Scope;
use crate::promql::label::{EACH_ENDPOINT, EACH_POOL, ENDPOINT_STATUS, POOL};
use crate::promql::{Query, RANGE, max, quantile, sum};

/// A backend is slow when leases are held for so many times as long as usual.
const SLOWER: f64 = 4.0;
/// And for longer than that, in seconds: of less, the machine itself may be the reason.
const NOTICEABLE: f64 = 0.001;
/// A lease has leaked when it is so many times as old as all but one in a hundred become.
const OLDER: f64 = 10.0;
/// Where no `overdue_after` is set, it has to be older than that, in seconds.
const OLD: f64 = 600.0;
/// Connections churn when there are more new ones than that for each lease,
const DIALS_PER_LEASE: f64 = 0.1;
/// and more than that a second: a pool that hardly does anything dials for every lease.
const DIALS: f64 = 0.5;
/// An endpoint is sick when more than this share of its dials fails,
const FAILED_SHARE: f64 = 0.5;
/// and more than so many did in the window: one may fail anywhere.
const FAILED: f64 = 2.5;

impl Scope {
    /// Whether there are more callers than the pool can carry: one has waited at every scrape of the window, every
    /// connection there may be is used, and neither a slow backend nor a leak is the reason.
    pub fn is_exhausted(self) -> Query {
        let waiting = sum(EACH_POOL, self.of(Metric::PendingRequests).lowest(self.window)).above(0.0);
        let full = self.connections(EACH_POOL, State::Leased).reaches(self.most(EACH_POOL));
        let causes = self.slow().or(self.leaking());
        self.lamp(waiting.and_on(EACH_POOL, full).unless_on(EACH_POOL, causes))
    }

    /// Whether leases are held for several times as long as usual, by the median of both windows.
    pub fn has_a_slow_backend(self) -> Query {
        self.lamp(self.slow())
    }

    /// Whether somebody keeps a lease: the oldest is many times as old as leases become, and was found overdue.
    pub fn leaks(self) -> Query {
        self.lamp(self.leaking())
    }

    /// Whether an endpoint cannot be dialed, or hardly ever.
    pub fn has_a_sick_endpoint(self) -> Query {
        let of = |status| self.of(Metric::EndpointStatus).is(ENDPOINT_STATUS, status).now();
        let failures = || self.rate(EACH_ENDPOINT, Metric::DialFailures);
        let share = failures().over(self.rate(EACH_ENDPOINT, Metric::Dials)).above(FAILED_SHARE);
        let several = sum(EACH_ENDPOINT, self.of(Metric::DialFailures).increase(self.window)).above(FAILED);
        let broken = sum(EACH_ENDPOINT, of(Attribute::BROKEN)).above(0.0);
        self.lamp(max(EACH_POOL, broken.or(share.and_on(EACH_ENDPOINT, several))))
    }

    /// Whether connections are closed and made anew after few leases. Dials that fail make none, and do not count.
    pub fn churns(self) -> Query {
        let made = || self.rate(EACH_POOL, Metric::Dials).minus(self.rate(EACH_POOL, Metric::DialFailures));
        let share = made().over(self.leases(EACH_POOL)).above(DIALS_PER_LEASE);
        self.lamp(share.and_on(EACH_POOL, made().above(DIALS)))
    }

    /// How long leases are held in the middle, where that is several times as long as usual.
    fn slow(self) -> Query {
        let held = |window| quantile(0.5, EACH_POOL, self.of(Metric::UseTime), window);
        held(self.window).above(NOTICEABLE).exceeds(held(RANGE).scaled(SLOWER))
    }

    /// The age of the oldest lease, where it has leaked. Where no lease has ended, none is younger.
    fn leaking(self) -> Query {
        let oldest = || max(EACH_POOL, self.of(Metric::LeaseOldest).now());
        let usual = quantile(0.99, EACH_POOL, self.of(Metric::UseTime), RANGE).scaled(OLDER);
        let overdue = sum(EACH_POOL, self.of(Metric::OverdueLeases).increase(RANGE)).above(0.0);
        let told = overdue.or(oldest().above(OLD));
        oldest().above(0.0).unless(oldest().stays_within(usual)).and_on(EACH_POOL, told)
    }

    /// One for each pool for which there is something in any process, zero for the others.
    fn lamp(self, of: Query) -> Query {
        // Nothing is above infinity: zero for every pool that there is.
        let dark = self.most(EACH_POOL).is_above(f64::INFINITY);
        max(&[POOL], of.is_above(0.0).or(dark))
    }
}
