//! The shapes of the pools that are proved: small limits, so that every corner is reached.

use std::time::Duration;

use super::axes;

use crate::{
    AcquirePolicy, BalancePolicy, ConnView, Cx, Decision, Endpoint, EndpointId, EndpointsView, EntryId, EvictPolicy,
    Exhausted, Expiry, ExpiryRule, HealthPolicy, HumanDuration, IdleView, LeaseView, Limits, Moments, Named, Next,
    Outcome, Plan, Policies, PoolOptions, QueuePolicy, QueueView, Random, Reason, ReleasePolicy, Review, Settle,
    Standing, Standings, Time, UsageView, Victim, WaitOptions, WaitOrder,
};

const WHY: Reason = Reason::new("proof");
/// Why what is too much is closed.
pub(super) const PRUNED: Reason = Reason::new("pruned");

/// The shape of a pool.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) options: PoolOptions,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) shared: Option<u32>,
    pub(super) kinds: Kinds,
    /// Little happens that takes the long way.
    pub(super) ordinary: bool,
}

/// Which policies a pool has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kinds {
    /// They choose by chance, panic, and answer what is not on offer.
    pub(super) wild: bool,
    /// Some close what is old, or idle for long.
    pub(super) expiring: bool,
    /// What was idle for long is replaced.
    pub(super) replacing: bool,
    /// One closes some now and then.
    pub(super) pruning: bool,
    /// Endpoints rest and ease by chance.
    pub(super) moody: bool,
    /// Who is next, and who is turned away, is by chance.
    pub(super) queueing: bool,
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
    let kinds = Kinds {
        wild: random.below(3) == 0,
        expiring: random.below(2) == 0,
        replacing: random.below(2) == 0,
        pruning: random.below(3) == 0,
        moody: random.below(3) == 0,
        queueing: random.below(4) == 0,
    };
    let scene = Scene { options, endpoints, shared, kinds, ordinary: false };
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
    let kinds = Kinds { wild: false, pruning: false, moody: false, queueing: false, ..scene.kinds };
    Scene { shared: None, kinds, ordinary: true, ..scene }
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
    Plan { options: scene.options.clone(), policies: policies(scene.kinds), seed }
}

/// Plain policies, or wild ones: they choose by chance, panic, and answer what is not on offer.
pub(super) fn policies(kinds: Kinds) -> Policies {
    let Kinds { wild, expiring, replacing, pruning, moody, queueing } = kinds;
    let mut policies = Policies::plain();
    if expiring {
        policies.evict.push(Named::new("age", Box::new(Age)));
        policies.evict.push(Named::new("rest", Box::new(Rest { by_rule: !wild, replace: replacing })));
    }
    if pruning {
        policies.evict.push(Named::new("half", Box::new(Half)));
    }
    policies.health = moody.then(|| Named::new("moody", Box::new(Moody { wild }) as Box<dyn HealthPolicy>));
    policies.queue = queueing.then(|| Named::new("whim", Box::new(Whim { wild }) as Box<dyn QueuePolicy>));
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
        Some(Expiry::new(at, Moments::ALL, WHY))
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Birth
    }
}

/// Closes what is idle for long, down to the floor.
#[derive(Debug)]
struct Rest {
    by_rule: bool,
    replace: bool,
}

const REST: Duration = Duration::from_millis(30);

impl EvictPolicy for Rest {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at = conn.idle_since().after(REST);
        Some(Expiry::new(at, Moments::ACQUIRE | Moments::BACKGROUND, WHY).with_floor(true).with_replace(self.replace))
    }

    fn rule(&self) -> ExpiryRule {
        let (moments, replace) = (Moments::ACQUIRE | Moments::BACKGROUND, self.replace);
        let rule = ExpiryRule::Idle { after: REST, moments, reason: WHY, floor: true, replace };
        if self.by_rule { rule } else { ExpiryRule::Ask }
    }
}

/// Closes half of what was not used lately, every fiftieth of a second.
#[derive(Debug)]
struct Half;

impl EvictPolicy for Half {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Never
    }

    fn prunes_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(20))
    }

    fn prune(&mut self, usage: &UsageView<'_>, _: &mut Cx<'_>) -> Option<Decision<u32>> {
        let excess = (usage.used() + usage.idle()).saturating_sub(usage.most_used());
        (excess > 0).then(|| Decision::of(excess.div_ceil(2), PRUNED))
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

    fn wants_losses(&self) -> bool {
        true
    }

    fn lost(&mut self, _: &LeaseView<'_>, cx: &mut Cx<'_>) {
        Wild::strike(cx);
    }
}

impl EvictPolicy for Wild {
    fn expires_at(&self, conn: &ConnView<'_>, cx: &mut Cx<'_>) -> Option<Expiry> {
        Wild::strike(cx);
        let at = conn.idle_since().after(Duration::from_millis(cx.random.below(200) as u64));
        let (floor, replace) = (cx.random.below(2) == 0, cx.random.below(2) == 0);
        Some(Expiry::new(at, Moments::ALL, WHY).with_floor(floor).with_replace(replace))
    }

    fn victim(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        Wild::strike(cx);
        (cx.random.below(2) == 0).then(|| self.choose(idle, cx))
    }

    fn prunes_every(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn prune(&mut self, _: &UsageView<'_>, cx: &mut Cx<'_>) -> Option<Decision<u32>> {
        Wild::strike(cx);
        match cx.random.below(8) {
            0 => Some(Decision::none(WHY)),
            1 => Some(Decision::of(u32::MAX, WHY)),
            2 => Some(Decision::of(1, WHY)),
            _ => None,
        }
    }
}

impl BalancePolicy for Wild {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        Wild::strike(cx);
        let nth = cx.random.below(endpoints.len() + 1);
        Decision { choice: endpoints.iter().nth(nth).map(|endpoint| endpoint.id()), reason: WHY }
    }
}

/// Lets endpoints rest and ease by chance; a wild one panics, and names what is not there.
#[derive(Debug)]
struct Moody {
    wild: bool,
}

impl HealthPolicy for Moody {
    fn ended(&mut self, _: EndpointId, _: Outcome, _: Duration, cx: &mut Cx<'_>) -> Review {
        if self.wild {
            Wild::strike(cx);
        }
        if cx.random.below(4) == 0 { Review::Now } else { Review::AsPlanned }
    }

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        if self.wild {
            Wild::strike(cx);
            standings.set(EndpointId::from_parts(cx.random.below(6) as u32, 9), Standing::Rests, WHY);
            standings.set(EndpointId::from_parts(0, 0), Standing::Eases(f64::NAN), WHY);
        }
        for endpoint in endpoints.iter() {
            let standing = match cx.random.below(4) {
                0 => Standing::Rests,
                1 => Standing::Eases(0.3),
                _ => Standing::Serves,
            };
            standings.set(endpoint.id(), standing, WHY);
        }
        // Once in a while it wants to be asked at once, for ever: it is not.
        cx.now.after(Duration::from_millis(10 * cx.random.below(4) as u64))
    }
}

/// Calls the oldest or the newest by chance, and turns some away.
#[derive(Debug)]
struct Whim {
    wild: bool,
}

impl QueuePolicy for Whim {
    fn next(&mut self, queue: &QueueView, cx: &mut Cx<'_>) -> Decision<Next> {
        if self.wild {
            Wild::strike(cx);
        }
        assert!(queue.len() > 0, "it is asked only if somebody waits");
        match cx.random.below(8) {
            0 => Decision::none(WHY),
            1 => Decision::of(Next::TurnAwayOldest, WHY),
            2 | 3 => Decision::of(Next::Newest, WHY),
            _ => Decision::of(Next::Oldest, WHY),
        }
    }
}
