//! How often leases fail, as a policy remembers it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{EndpointId, Membership, Outcome, Time};

/// How often the leases of each endpoint failed lately: for a balance policy that would otherwise take an endpoint
/// that fails fast for one with little to do.
///
/// Each lease that ends moves its endpoint's rate an eighth of the way towards 1 if it failed, towards 0 if it went
/// well, so that ten failures in a row are enough to be noticed however much went well before. With time a rate fades
/// by itself, so that an endpoint that nobody asks any more is asked again. Any end but [`Outcome::Ok`] is a failure,
/// save [`Outcome::Detached`], which says nothing.
///
/// It is told of the endpoints by [`membership`](FailureRates::membership), and remembers nothing of others. The
/// numbers are our own: they follow no publication.
///
/// ```
/// use std::time::Duration;
/// use pool_core::{Endpoint, EndpointId, FailureRates, Membership, Outcome, Time};
///
/// let endpoint = EndpointId::from_parts(0, 0);
/// let mut rates = FailureRates::fading_over(Duration::from_secs(10));
/// rates.membership(Membership::Joined(endpoint, &Endpoint::new("a:1")));
/// rates.note(endpoint, Outcome::Failed, Time::ZERO);
/// assert_eq!(rates.of(endpoint, Time::ZERO), 0.125);
/// ```
#[derive(Debug, Clone)]
pub struct FailureRates {
    /// After this time a rate has faded to 1/e.
    fade: Duration,
    rates: BTreeMap<EndpointId, Rate>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Rate {
    /// As it was at `since`.
    rate: f64,
    since: Time,
}

/// How far one lease moves a rate.
const STEP: f64 = 1.0 / 8.0;

/// Less than this is forgotten: one that never fails is not to be preferred for ever to one that failed long ago.
const NOTHING: f64 = 0.01;

impl FailureRates {
    /// Rates that fade to 1/e in this time when nothing happens, and to nothing in not quite five times as long. Zero:
    /// none is kept.
    pub fn fading_over(fade: Duration) -> FailureRates {
        FailureRates { fade, rates: BTreeMap::new() }
    }

    /// Whether any are kept, so that the ends of leases are to be told.
    pub fn are_kept(&self) -> bool {
        !self.fade.is_zero()
    }

    /// An endpoint joined or left.
    pub fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(id, _) if self.are_kept() => {
                self.rates.entry(id).or_default();
            }
            Membership::Left(id) => {
                self.rates.remove(&id);
            }
            _ => {}
        }
    }

    /// Goes on with what another has learned of the endpoints that both know of.
    pub fn inherit(&mut self, old: &FailureRates) {
        if self.are_kept() {
            self.rates.iter_mut().for_each(|(id, rate)| *rate = old.rates.get(id).copied().unwrap_or(*rate));
        }
    }

    /// A lease of this endpoint has ended.
    pub fn note(&mut self, endpoint: EndpointId, outcome: Outcome, now: Time) {
        let target = match outcome {
            Outcome::Detached => return,
            Outcome::Ok => 0.0,
            _ => 1.0,
        };
        let fade = self.fade;
        let Some(rate) = self.rates.get_mut(&endpoint) else { return };
        let before = rate.at(now, fade);
        *rate = Rate { rate: before + (target - before) * STEP, since: now };
    }

    /// Which part of the leases of this endpoint failed lately: from 0 to less than 1.
    pub fn of(&self, endpoint: EndpointId, now: Time) -> f64 {
        self.rates.get(&endpoint).map_or(0.0, |rate| rate.at(now, self.fade))
    }
}

impl Rate {
    fn at(self, now: Time, fade: Duration) -> f64 {
        if self.rate < NOTHING {
            return 0.0;
        }
        let faded = self.rate * (-now.since(self.since).as_secs_f64() / fade.as_secs_f64()).exp();
        // Less than 1, so that what divides by the rest need not fear.
        if faded < NOTHING { 0.0 } else { faded.min(1.0 - f64::EPSILON) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoint;

    const ID: EndpointId = EndpointId::from_parts(3, 1);

    fn rates(fade: u64) -> FailureRates {
        let mut rates = FailureRates::fading_over(Duration::from_secs(fade));
        rates.membership(Membership::Joined(ID, &Endpoint::new("a:1")));
        rates
    }

    fn note(rates: &mut FailureRates, outcome: Outcome, times: usize) -> f64 {
        (0..times).for_each(|_| rates.note(ID, outcome, Time::ZERO));
        rates.of(ID, Time::ZERO)
    }

    #[test]
    fn each_end_moves_the_rate_by_an_eighth_of_the_way() {
        let mut rates = rates(10);
        assert_eq!(note(&mut rates, Outcome::Broken, 1), 0.125);
        assert_eq!(note(&mut rates, Outcome::Failed, 1), 0.125 + 0.875 / 8.0);
        assert_eq!(note(&mut rates, Outcome::Ok, 1), 0.234375 * 7.0 / 8.0);
        assert_eq!(note(&mut rates, Outcome::Detached, 5), 0.234375 * 7.0 / 8.0);
    }

    #[test]
    fn ten_failures_are_noticed_after_any_number_of_successes_and_forgiven_after_as_many() {
        let mut rates = rates(10);
        assert_eq!(note(&mut rates, Outcome::Ok, 100_000), 0.0);
        assert!(note(&mut rates, Outcome::Panicked, 10) > 0.7);
        assert!(note(&mut rates, Outcome::Ok, 10) < 0.25);
    }

    #[test]
    fn a_rate_fades_with_time_and_is_at_last_forgotten() {
        let mut rates = rates(10);
        let at_first = note(&mut rates, Outcome::Failed, 20);
        let after = |secs| rates.of(ID, Time::ZERO.after(Duration::from_secs(secs)));
        assert!((after(10) - at_first / std::f64::consts::E).abs() < 1e-12);
        assert!(after(44) > 0.0);
        assert_eq!(after(46), 0.0);
    }

    #[test]
    fn a_rate_never_becomes_one() {
        let mut rates = rates(10);
        assert!(note(&mut rates, Outcome::Broken, 1_000_000) < 1.0);
        assert!((1.0 / (1.0 - rates.of(ID, Time::ZERO))).is_finite());
    }

    #[test]
    fn an_heir_goes_on_with_what_was_learned_of_those_that_it_knows() {
        let mut old = rates(10);
        old.membership(Membership::Joined(EndpointId::from_parts(4, 0), &Endpoint::new("b:1")));
        old.note(EndpointId::from_parts(4, 0), Outcome::Failed, Time::ZERO);
        note(&mut old, Outcome::Failed, 1);
        let mut heir = rates(20);
        heir.inherit(&old);
        assert_eq!((heir.of(ID, Time::ZERO), heir.rates.len()), (0.125, 1));
        let mut careless = rates(0);
        careless.inherit(&old);
        assert_eq!(careless.of(ID, Time::ZERO), 0.0);
    }

    #[test]
    fn nothing_is_kept_of_strangers_of_those_that_left_or_if_nothing_is_to_be_kept() {
        let mut rates = rates(10);
        note(&mut rates, Outcome::Broken, 9);
        rates.membership(Membership::Changed(ID, &Endpoint::new("a:1").weight(5)));
        assert!(rates.of(ID, Time::ZERO) > 0.6, "it is the same endpoint");
        rates.membership(Membership::Left(ID));
        assert_eq!(note(&mut rates, Outcome::Broken, 1), 0.0);
        assert!(rates.rates.is_empty());
        let mut none = self::rates(0);
        assert!(!none.are_kept());
        assert_eq!(note(&mut none, Outcome::Broken, 9), 0.0);
    }
}
