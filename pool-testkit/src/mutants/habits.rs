//! Bad habits, which a policy of any role can have.

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use pool_core::{
    AcquirePolicy, BalancePolicy, ConnView, Cx, Decision, EndpointId, EndpointsView, EntryId, EvictPolicy, Expiry,
    Factory, HealthPolicy, IdleView, LeaseView, Membership, Next, OptionError, Outcome, Plugin, QueuePolicy, QueueView,
    Reason, ReleasePolicy, Review, Settle, Standing, Standings, Time,
};

use super::{Mutant, NoOptions};

/// Every one, in each role.
pub const ALL: &[Mutant] = &[
    Mutant::new(Plugin::acquire::<Creature<WallClock>>(), WallClock::BREAKS),
    Mutant::new(Plugin::release::<Creature<WallClock>>(), WallClock::BREAKS),
    Mutant::new(Plugin::evict::<Creature<WallClock>>(), WallClock::BREAKS),
    Mutant::new(Plugin::balance::<Creature<WallClock>>(), WallClock::BREAKS),
    Mutant::new(Plugin::health::<Creature<WallClock>>(), WallClock::BREAKS),
    Mutant::new(Plugin::queue::<Creature<WallClock>>(), WallClock::BREAKS),
    Mutant::new(Plugin::acquire::<Creature<SinceZero>>(), SinceZero::BREAKS),
    Mutant::new(Plugin::release::<Creature<SinceZero>>(), SinceZero::BREAKS),
    Mutant::new(Plugin::evict::<Creature<SinceZero>>(), SinceZero::BREAKS),
    Mutant::new(Plugin::balance::<Creature<SinceZero>>(), SinceZero::BREAKS),
    Mutant::new(Plugin::health::<Creature<SinceZero>>(), SinceZero::BREAKS),
    Mutant::new(Plugin::queue::<Creature<SinceZero>>(), SinceZero::BREAKS),
    Mutant::new(Plugin::acquire::<Creature<Hoards>>(), Hoards::BREAKS),
    Mutant::new(Plugin::release::<Creature<Hoards>>(), Hoards::BREAKS),
    Mutant::new(Plugin::evict::<Creature<Hoards>>(), Hoards::BREAKS),
    Mutant::new(Plugin::balance::<Creature<Hoards>>(), Hoards::BREAKS),
    Mutant::new(Plugin::health::<Creature<Hoards>>(), Hoards::BREAKS),
    Mutant::new(Plugin::queue::<Creature<Hoards>>(), Hoards::BREAKS),
    Mutant::new(Plugin::acquire::<Creature<Undeclared>>(), Undeclared::BREAKS),
    Mutant::new(Plugin::release::<Creature<Undeclared>>(), Undeclared::BREAKS),
    Mutant::new(Plugin::evict::<Creature<Undeclared>>(), Undeclared::BREAKS),
    Mutant::new(Plugin::balance::<Creature<Undeclared>>(), Undeclared::BREAKS),
    Mutant::new(Plugin::health::<Creature<Undeclared>>(), Undeclared::BREAKS),
    Mutant::new(Plugin::queue::<Creature<Undeclared>>(), Undeclared::BREAKS),
    Mutant::new(Plugin::acquire::<Creature<OnlyHeir>>(), OnlyHeir::BREAKS),
    Mutant::new(Plugin::release::<Creature<OnlyHeir>>(), OnlyHeir::BREAKS),
    Mutant::new(Plugin::evict::<Creature<OnlyHeir>>(), OnlyHeir::BREAKS),
    Mutant::new(Plugin::balance::<Creature<OnlyHeir>>(), OnlyHeir::BREAKS),
    Mutant::new(Plugin::health::<Creature<OnlyHeir>>(), OnlyHeir::BREAKS),
    Mutant::new(Plugin::queue::<Creature<OnlyHeir>>(), OnlyHeir::BREAKS),
];

const USUAL: Reason = Reason::new("usual");

/// A habit, which shows in the turn that it takes: of several possible answers, the n-th.
trait Habit: fmt::Debug + Default + Send + 'static {
    const KIND: &'static str;
    const WRONG: &'static str;
    const EXAMPLE: &'static str;
    const BREAKS: &'static str;
    /// What it says of its answers.
    const SAYS: Reason = USUAL;

    /// It is asked again, about this.
    fn turn(&mut self, about: (usize, u32), cx: &Cx<'_>) -> usize {
        let _ = (about, cx);
        0
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

macro_rules! habit {
    ($type:ident = $kind:literal, $wrong:literal, breaks $breaks:literal { $($item:item)* }) => {
        impl Habit for $type {
            const KIND: &'static str = $kind;
            const WRONG: &'static str = $wrong;
            const EXAMPLE: &'static str = concat!("kind = \"", $kind, "\"\n");
            const BREAKS: &'static str = $breaks;
            $($item)*
        }
    };
}

#[derive(Debug, Default)]
struct WallClock {
    began: Option<Instant>,
}

habit!(WallClock = "wall-clock", "It looks at a clock on the wall", breaks "no-clock-but-the-one-handed-in" {
    fn turn(&mut self, _: (usize, u32), _: &Cx<'_>) -> usize {
        #[expect(clippy::disallowed_methods, reason = "that is what is wrong with it")]
        let now = Instant::now();
        let began = self.began.get_or_insert(now);
        usize::try_from((now - *began).as_millis() / 5).unwrap_or(0)
    }
});

#[derive(Debug, Default)]
struct SinceZero;

habit!(SinceZero = "since-zero", "It counts from the time at which the pool was built", breaks "no-clock-but-the-one-handed-in" {
    fn turn(&mut self, _: (usize, u32), cx: &Cx<'_>) -> usize {
        usize::try_from(cx.now.since(Time::ZERO).as_secs()).unwrap_or(0)
    }
});

#[derive(Debug, Default)]
struct Hoards {
    seen: HashSet<(usize, u32)>,
    queues: Vec<u64>,
}

habit!(Hoards = "hoards", "It keeps a note of everything that it ever saw", breaks "forgets-who-left" {
    fn turn(&mut self, about: (usize, u32), cx: &Cx<'_>) -> usize {
        if !self.seen.insert(about) {
            self.queues.push(cx.now.as_nanos());
        }
        0
    }
});

#[derive(Debug, Default)]
struct Undeclared;

habit!(Undeclared = "undeclared", "It gives a reason that it does not declare", breaks "reasons-are-declared" {
    const SAYS: Reason = Reason::new("unusual");
});

#[derive(Debug, Default)]
struct OnlyHeir;

habit!(OnlyHeir = "only-heir", "It takes for granted that it follows one of its kind", breaks "inherits-with-care" {
    fn inherit(&mut self, old: &mut dyn Any) {
        // There is no such type, as for a policy that asks for the wrong one.
        old.downcast_mut::<PhantomData<OnlyHeir>>().expect("one of its kind");
    }
});

/// A policy that is right but for one habit.
#[derive(Debug, Default)]
struct Creature<H>(H);

impl<H: Habit> AcquirePolicy for Creature<H> {
    fn choose(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Decision<EntryId> {
        let about = idle.newest().map_or((0, 0), |conn| (conn.id().index(), conn.id().generation()));
        let turn = self.0.turn(about, cx) % idle.len().max(1);
        Decision { choice: idle.newest_first().nth(turn).map(|conn| conn.id()), reason: H::SAYS }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.0.inherit(old);
    }
}

impl<H: Habit> ReleasePolicy for Creature<H> {
    fn settle(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle> {
        let turn = self.0.turn((lease.id().index(), lease.id().generation()), cx);
        Decision::of([Settle::Keep, Settle::Close][turn % 2], H::SAYS)
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.0.inherit(old);
    }
}

impl<H: Habit> EvictPolicy for Creature<H> {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        let oldest = idle.oldest()?.id();
        let turn = self.0.turn((oldest.index(), oldest.generation()), cx) % idle.len();
        idle.oldest_first().nth(turn).map(|conn| Decision::of(conn.id(), H::SAYS))
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.0.inherit(old);
    }
}

impl<H: Habit> BalancePolicy for Creature<H> {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let count = endpoints.eligible().count().max(1);
        // It is right where it has no turn of its own: by the key.
        let turn = cx.key.unwrap_or(0) as usize % count;
        let turn = (turn + self.0.turn((0, 0), cx)) % count;
        Decision { choice: endpoints.eligible().nth(turn).map(|it| it.id()), reason: H::SAYS }
    }

    fn membership(&mut self, change: Membership<'_>) {
        if let Membership::Joined(id, _) = change {
            let cx = Cx { now: Time::ZERO, key: None, random: &mut pool_core::Random::with_seed(0) };
            self.0.turn((id.index(), id.generation()), &cx);
        }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.0.inherit(old);
    }
}

impl<H: Habit> HealthPolicy for Creature<H> {
    fn ended(&mut self, endpoint: EndpointId, _: Outcome, _: Duration, cx: &mut Cx<'_>) -> Review {
        self.0.turn((endpoint.index(), endpoint.generation()), cx);
        Review::AsPlanned
    }

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let turn = self.0.turn((0, 0), cx) % 7;
        endpoints.iter().for_each(|it| standings.set(it.id(), Standing::Serves, H::SAYS));
        cx.now.after(Duration::from_secs(1 + turn as u64))
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.0.inherit(old);
    }
}

impl<H: Habit> QueuePolicy for Creature<H> {
    fn next(&mut self, _: &QueueView, cx: &mut Cx<'_>) -> Decision<Next> {
        let turn = self.0.turn((0, 0), cx);
        Decision::of([Next::Oldest, Next::Newest][turn % 2], H::SAYS)
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        self.0.inherit(old);
    }
}

macro_rules! factory {
    ($($policy:ident)*) => {
        $(
            impl<H: Habit> Factory<dyn $policy> for Creature<H> {
                const KIND: &'static str = H::KIND;
                const SUMMARY: &'static str = H::WRONG;
                const EXAMPLE: &'static str = H::EXAMPLE;
                const CRATE: &'static str = env!("CARGO_PKG_NAME");
                const VERSION: &'static str = env!("CARGO_PKG_VERSION");
                const REASONS: &'static [Reason] = &[USUAL];
                type Options = NoOptions;

                fn build(NoOptions {}: NoOptions) -> Result<Box<dyn $policy>, OptionError> {
                    Ok(Box::new(Creature::<H>::default()))
                }
            }
        )*
    };
}

factory!(AcquirePolicy ReleasePolicy EvictPolicy BalancePolicy HealthPolicy QueuePolicy);
