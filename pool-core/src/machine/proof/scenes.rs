//! The shapes of the pools that are proved: small limits, so that every corner is reached.

use std::time::Duration;

use super::axes;

use crate::{
    AcquirePolicy, BalancePolicy, ConnView, Cx, Decision, Endpoint, EndpointId, EndpointsView, EntryId, EvictPolicy,
    Exhausted, Expiry, ExpiryRule, HumanDuration, IdleView, LeaseView, Limits, Moments, Named, Plan, Policies,
    PoolOptions, Random, Reason, ReleasePolicy, Settle, Victim, WaitOptions, WaitOrder,
};

const WHY: Reason = Reason::new("proof");

/// The shape of a pool.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) options: PoolOptions,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) shared: Option<u32>,
    pub(super) wild: bool,
    pub(super) expiring: bool,
    /// Little happens that takes the long way.
    pub(super) ordinary: bool,
}

impl Scene {
    pub(super) fn fifo(&self) -> bool {
        self.options.wait.order == WaitOrder::Fifo
    }
}

pub(super) fn scene(random: &mut Random) -> Scene {
    let mut maybe = |most: usize| (random.below(2) == 0).then(|| 1 + random.below(most) as u32);
    let (per_endpoint, max_idle, idle_per_endpoint) = (maybe(3), maybe(3), maybe(2));
    let shared = maybe(4);
    let mut options = PoolOptions { limits: limits(random), ..PoolOptions::default() };
    options.limits.max_open_per_endpoint = per_endpoint;
    options.limits.max_idle = max_idle;
    options.limits.max_idle_per_endpoint = idle_per_endpoint;
    options.limits.min_idle = options.limits.min_idle.min(max_idle.unwrap_or(u32::MAX));
    options.wait = WaitOptions {
        order: if random.below(3) == 0 { WaitOrder::Lifo } else { WaitOrder::Fifo },
        strict: random.below(4) == 0,
        exhausted: if random.below(6) == 0 { Exhausted::Fail } else { Exhausted::Wait },
        ..WaitOptions::default()
    };
    options.dial.max_concurrent = 1 + random.below(4) as u32;
    if random.below(3) == 0 {
        options.upkeep.check_after_idle = Duration::from_millis(20).into();
    }
    if random.below(3) == 0 {
        options.lease.overdue_after = Duration::from_millis(50).into();
    }
    let endpoints = (0..1 + random.below(3)).map(|n| Endpoint::new(format!("e{n}")).weight(weight(random))).collect();
    let (wild, expiring) = (random.below(3) == 0, random.below(2) == 0);
    let scene = Scene { options, endpoints, shared, wild, expiring, ordinary: false };
    match random.below(6) {
        0 | 1 => ordinary(scene),
        2 | 3 => axes::turned(scene, random),
        _ => scene,
    }
}

/// The same pool without what is out of the ordinary, so that the short cut is taken.
fn ordinary(mut scene: Scene) -> Scene {
    let limits = &mut scene.options.limits;
    limits.max_open += 3;
    (limits.max_open_per_endpoint, limits.max_idle, limits.max_idle_per_endpoint) = (None, None, None);
    scene.options.upkeep.check_after_idle = HumanDuration::NEVER;
    scene.options.lease.overdue_after = HumanDuration::NEVER;
    scene.endpoints.truncate(1);
    Scene { shared: None, wild: false, ordinary: true, ..scene }
}

fn limits(random: &mut Random) -> Limits {
    Limits {
        max_open: 1 + random.below(6) as u32,
        max_waiting: (random.below(4) == 0).then_some(3),
        min_idle: random.below(2) as u32,
        victim: [Victim::Policy, Victim::Incoming, Victim::Oldest][random.below(3)],
        victim_per_endpoint: [Victim::Policy, Victim::Incoming, Victim::Oldest][random.below(3)],
        ..Limits::default()
    }
}

pub(super) fn weight(random: &mut Random) -> u32 {
    [0, 1, 1, 2, 5][random.below(5)]
}

pub(super) fn plan(scene: &Scene, seed: u64) -> Plan {
    Plan { options: scene.options.clone(), policies: policies(scene.wild, scene.expiring), seed }
}

/// Plain policies, or wild ones: they choose by chance, panic, and answer what is not on offer.
pub(super) fn policies(wild: bool, expiring: bool) -> Policies {
    let mut policies = Policies::plain();
    if expiring {
        policies.evict.push(Named::new("age", Box::new(Age)));
        policies.evict.push(Named::new("rest", Box::new(Rest { by_rule: !wild })));
    }
    if wild {
        policies.acquire = Named::new("wild", Box::new(Wild));
        policies.release = Named::new("wild", Box::new(Wild));
        policies.evict.push(Named::new("wild", Box::new(Wild)));
        policies.balance = Named::new("wild", Box::new(Wild));
    }
    policies
}

/// Closes what is older than a tenth of a second, more or less.
#[derive(Debug)]
struct Age;

impl EvictPolicy for Age {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at = conn.created().after(Duration::from_millis(100).mul_f64(1.0 - conn.draw() / 10.0));
        Some(Expiry { at, moments: Moments::ALL, reason: WHY, floor: false })
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Birth
    }
}

/// Closes what is idle for long, down to the floor.
#[derive(Debug)]
struct Rest {
    by_rule: bool,
}

const REST: Duration = Duration::from_millis(30);

impl EvictPolicy for Rest {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at = conn.idle_since().after(REST);
        Some(Expiry { at, moments: Moments::ACQUIRE | Moments::BACKGROUND, reason: WHY, floor: true })
    }

    fn rule(&self) -> ExpiryRule {
        let moments = Moments::ACQUIRE | Moments::BACKGROUND;
        if self.by_rule { ExpiryRule::Idle { after: REST, moments, reason: WHY, floor: true } } else { ExpiryRule::Ask }
    }
}

#[derive(Debug)]
struct Wild;

impl Wild {
    fn strike(cx: &mut Cx<'_>) {
        // A panic without its message: `resume_unwind` does not call the hook.
        if cx.random.below(16) == 0 {
            std::panic::resume_unwind(Box::new("wild"));
        }
    }
}

impl AcquirePolicy for Wild {
    fn choose(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Decision<EntryId> {
        Wild::strike(cx);
        match cx.random.below(4) {
            0 => Decision::none(WHY),
            1 => Decision::of(EntryId::from_parts(cx.random.below(8) as u32, cx.random.below(3) as u32), WHY),
            _ => {
                let nth = cx.random.below(idle.len());
                Decision { choice: idle.oldest_first().nth(nth).map(|conn| conn.id()), reason: WHY }
            }
        }
    }
}

impl ReleasePolicy for Wild {
    fn settle(&mut self, _: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle> {
        Wild::strike(cx);
        Decision::of([Settle::Keep, Settle::Keep, Settle::Reset, Settle::Close][cx.random.below(4)], WHY)
    }
}

impl EvictPolicy for Wild {
    fn expires_at(&self, conn: &ConnView<'_>, cx: &mut Cx<'_>) -> Option<Expiry> {
        Wild::strike(cx);
        let at = conn.idle_since().after(Duration::from_millis(cx.random.below(200) as u64));
        Some(Expiry { at, moments: Moments::ALL, reason: WHY, floor: cx.random.below(2) == 0 })
    }

    fn victim(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        Wild::strike(cx);
        (cx.random.below(2) == 0).then(|| self.choose(idle, cx))
    }
}

impl BalancePolicy for Wild {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        Wild::strike(cx);
        let nth = cx.random.below(endpoints.len() + 1);
        Decision { choice: endpoints.iter().nth(nth).map(|endpoint| endpoint.id()), reason: WHY }
    }
}
