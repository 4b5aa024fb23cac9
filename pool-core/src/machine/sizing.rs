//! Measuring the load, for the advice on the pool's size.

use std::task::Waker;

use super::Machine;
use crate::sizing::{Load, Meter, Sizing, Totals, target};
use crate::{Acquire, Payload, Time, Want};

/// Advice that is so old is given anew when somebody looks, in nanoseconds.
const STALE: u64 = 10_000_000_000;

/// The load, as far as it was looked at, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Measured {
    meter: Option<Box<Meter>>,
    advice: Option<(Time, Option<Sizing>)>,
}

impl<P: Payload> Machine<P> {
    /// Somebody asks, and is one of those that are looked at. Who asks again was seen before.
    #[cold]
    #[inline(never)]
    pub(super) fn acquire_looked_at(&mut self, want: &Want, waker: &Waker, now: Time) -> Acquire<P> {
        if !want.again {
            self.look_at_arrival(now);
        }
        self.acquire_unseen(want, waker, now)
    }

    fn look_at_arrival(&mut self, now: Time) {
        let meter = self.measured.meter.take();
        let mut meter = meter.unwrap_or_else(|| Box::new(Meter::new(self.arrivals(), self.totals(), now)));
        if meter.is_over(now) {
            meter.close_bin(self.arrivals(), || self.totals(), now);
        }
        self.next_look = meter.look(now);
        self.measured.meter = Some(meter);
    }

    /// How many have asked until now. One that was given a dead connection and asks again is one.
    fn arrivals(&self) -> u64 {
        let tallies = self.book.endpoints.iter().map(|endpoint| &endpoint.tally.counters);
        let granted = |counters: &crate::Counters| counters.acquired.saturating_sub(counters.dead);
        let granted: u64 = tallies.map(granted).sum::<u64>() + granted(&self.book.retired.counters);
        granted + self.refusals.iter().sum::<u64>() + self.cancelled + u64::from(self.waiters.waiting())
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let tallies = self.book.endpoints.iter().map(|endpoint| &*endpoint.tally);
        for tally in tallies.chain([&self.book.retired]) {
            totals.holds.absorb(&tally.timings.usage);
            totals.dialed += tally.timings.dial.sum();
        }
        totals
    }

    /// The load of the last minute or two, if the advice on the pool's size is to be given anew: it is
    /// older than ten seconds. Whoever takes it lets it [`weigh`](Load::weigh) when the lock is open,
    /// and hands in what comes of it by [`Machine::advise`].
    pub fn load(&self, now: Time) -> Option<Load> {
        if self.measured.advice.is_some_and(|(given, _)| now.nanos_since(given) < STALE) {
            return None;
        }
        let meter = self.measured.meter.as_ref()?;
        let mut load = meter.load(self.arrivals(), &self.totals(), now);
        load.capacity = self.last_capacity.max(1);
        load.target = target(&self.options);
        Some(load)
    }

    /// What the load needs: told in snapshots from now on.
    pub fn advise(&mut self, sizing: Option<Sizing>, now: Time) {
        self.measured.advice = Some((now, sizing));
    }

    pub(super) fn sizing(&self) -> Option<Sizing> {
        self.measured.advice.and_then(|(_, sizing)| sizing)
    }
}
