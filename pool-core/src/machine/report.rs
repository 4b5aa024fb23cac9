//! What the pool looks like from outside.

use std::panic::Location;
use std::time::Duration;

use super::Machine;
use crate::book::{EndpointSlot, Slot, State, add_closes};
use crate::{
    Census, CloseReason, EndpointSnapshot, Holding, Nuances, Payload, PolicyKinds, Protocol, RefusalKind, Snapshot,
    Summary, Time, TraceContext, WaitOptions, Waiting,
};

impl<P: Payload> Machine<P> {
    /// What the pool looks like.
    pub fn snapshot(&self, now: Time) -> Snapshot {
        let limits = &self.options.limits;
        Snapshot {
            protocol: Protocol::NONE,
            uptime: now.since(Time::ZERO),
            lifecycle: self.lifecycle,
            states: self.book.counts,
            max_open: limits.max_open,
            max_idle: limits.max_idle.unwrap_or(limits.max_open),
            min_idle: limits.min_idle,
            wait_timeout: wait_timeout(&self.options.wait),
            generation: self.era,
            reconfigurations: self.reconfigurations,
            leases: self.book.endpoints.iter().map(EndpointSlot::in_flight).sum(),
            pending: self.waiters.waiting(),
            oldest_wait: self.waiters.oldest().map(|asked| now.since(asked)),
            oldest_lease: self.oldest_lease(now),
            refusals: RefusalKind::ALL.iter().map(|&kind| (kind, self.refusals[kind as usize])).collect(),
            cancelled: self.cancelled,
            closes: self.closes(),
            faults: self.faults.clone(),
            decisions: self.decisions(),
            sizing: self.sizing(),
            overdue: self.overdue,
            policies: self.policy_kinds(),
            endpoints: self.endpoint_snapshots(now),
            nuances: Nuances { waiting_at_limit: self.waiting_at_limit(), ..self.nuances },
            gone: (self.book.retired.counters, self.book.retired.timings.clone()),
        }
    }

    /// The same, and everybody in it.
    pub fn census(&self, now: Time) -> Census {
        Census::new(self.snapshot(now), self.holdings(now), self.waiting(now))
    }

    /// The same in a few numbers: cheap enough for every error.
    pub fn summary(&self) -> Summary {
        Summary {
            lifecycle: self.lifecycle,
            states: self.book.counts,
            max_open: self.options.limits.max_open,
            leases: self.book.endpoints.iter().map(EndpointSlot::in_flight).sum(),
            pending: self.waiters.waiting(),
        }
    }

    fn closes(&self) -> Vec<(CloseReason, u64)> {
        let mut sum = self.book.retired.closes.clone();
        self.book.endpoints.iter().for_each(|endpoint| add_closes(&mut sum, &endpoint.tally.closes));
        sum
    }

    fn oldest_lease(&self, now: Time) -> Option<Duration> {
        let whole = self.book.slots.iter().filter(|slot| is_held_whole(slot)).map(|slot| slot.since);
        let since = whole.chain(self.holders.iter().map(|holder| holder.granted)).min()?;
        Some(now.since(since))
    }

    fn policy_kinds(&self) -> PolicyKinds {
        let policies = &self.judge.policies;
        PolicyKinds {
            acquire: policies.acquire.kind,
            release: policies.release.kind,
            evict: policies.evict.iter().map(|policy| policy.kind).collect(),
            balance: policies.balance.kind,
            health: policies.health.as_ref().map(|policy| policy.kind),
            queue: policies.queue.as_ref().map(|policy| policy.kind),
        }
    }

    fn endpoint_snapshots(&self, now: Time) -> Vec<EndpointSnapshot> {
        let leaving = |index: &u32| {
            let slot = &self.book.endpoints[*index as usize];
            !slot.active && slot.open > 0
        };
        let leaving = (0..self.book.endpoints.len() as u32).filter(leaving);
        let all = self.book.active.iter().copied().chain(leaving);
        all.map(|index| endpoint_snapshot(&self.book.endpoints[index as usize], now)).collect()
    }

    /// Who holds what.
    pub fn holdings(&self, now: Time) -> Vec<Holding> {
        let slots = (0..).zip(&self.book.slots).filter(|(_, slot)| is_held_whole(slot));
        let whole = slots.map(|(index, slot)| self.holding(index, slot.since, slot.site, slot.context, now));
        let shared = self.holders.iter();
        let shared = shared.map(|it| self.holding(it.index, it.granted, it.site, it.context, now));
        whole.chain(shared).collect()
    }

    fn holding(&self, index: u32, granted: Time, site: Site, context: Option<TraceContext>, now: Time) -> Holding {
        let slot = &self.book.slots[index as usize];
        Holding {
            entry: self.book.id_of(index),
            endpoint: self.endpoint_of(index).clone(),
            held_for: now.since(granted),
            age: now.since(slot.created),
            uses: slot.uses,
            shares: slot.shares.map_or(1, |shares| shares.used),
            site,
            context,
        }
    }

    /// Who waits, the longest first.
    pub fn waiting(&self, now: Time) -> Vec<Waiting> {
        let endpoint = |index: u32| self.book.endpoints[index as usize].spec.clone();
        let waiting = self.waiters.queue().map(|(bound, want)| Waiting {
            endpoint: bound.map(endpoint),
            waited: now.since(want.asked),
            site: want.site,
            context: want.context,
        });
        let mut waiting: Vec<Waiting> = waiting.collect();
        waiting.sort_by_key(|one| std::cmp::Reverse(one.waited));
        waiting
    }
}

fn wait_timeout(wait: &WaitOptions) -> Option<Duration> {
    (!wait.timeout.is_never()).then(|| wait.timeout.get())
}

type Site = Option<&'static Location<'static>>;

/// Whether one lease has the whole connection.
fn is_held_whole(slot: &Slot) -> bool {
    slot.occupied && slot.state == State::Leased && slot.shares.is_none()
}

fn endpoint_snapshot(slot: &EndpointSlot, now: Time) -> EndpointSnapshot {
    EndpointSnapshot {
        endpoint: slot.spec.clone(),
        active: slot.active,
        healthy: !slot.careful || now >= slot.retry_at,
        broken: slot.broken,
        resting: slot.rests(),
        failures: slot.failures,
        states: slot.counts,
        leases: slot.in_flight(),
        counters: slot.tally.counters,
        timings: slot.tally.timings.clone(),
        closes: slot.tally.closes.clone(),
    }
}
