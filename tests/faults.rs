//! What may go wrong around a pool besides the pitfalls of others: survived, and told.

use std::io;
use std::time::Duration;

use clearpool::core::{
    AcquirePolicy, BalancePolicy, ConnView, ConnectCx, Connector, Cx, Decision, EndpointId, EndpointsView, EntryId,
    EvictPolicy, Expiry, HealthPolicy, HumanDuration, IdleView, LeaseView, Named, Next, Outcome, Plan, Policies,
    PolicyFault, PoolOptions, QueuePolicy, QueueView, Reason, ReleasePolicy, Review, Role, Settle, Standing, Standings,
    Time,
};
use clearpool::{AcquireError, Pool};
use pool_sim::Sim;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

const WHY: Reason = Reason::new("fault");
const NOBODY: (u32, u32) = (7_000, 7);

/// A policy of every role that always does the same wrong thing.
#[derive(Debug, Clone, Copy)]
struct Wrong {
    panics: bool,
}

impl Wrong {
    fn strike(self) {
        if self.panics {
            // Without the panic hook's message: it is expected here.
            std::panic::resume_unwind(Box::new("wrong"));
        }
    }
}

impl AcquirePolicy for Wrong {
    fn choose(&mut self, _: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        self.strike();
        Decision::of(EntryId::from_parts(NOBODY.0, NOBODY.1), WHY)
    }
}

impl ReleasePolicy for Wrong {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        self.strike();
        Decision::of(Settle::Keep, WHY)
    }
}

impl EvictPolicy for Wrong {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        self.strike();
        None
    }

    fn victim(&mut self, _: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        self.strike();
        Some(Decision::of(EntryId::from_parts(NOBODY.0, NOBODY.1), WHY))
    }
}

impl BalancePolicy for Wrong {
    fn pick(&mut self, _: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.strike();
        Decision::of(EndpointId::from_parts(NOBODY.0, NOBODY.1), WHY)
    }
}

impl HealthPolicy for Wrong {
    fn ended(&mut self, _: EndpointId, _: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        self.strike();
        Review::Now
    }

    fn review(&mut self, _: &EndpointsView<'_>, standings: &mut Standings, _: &mut Cx<'_>) -> Time {
        self.strike();
        standings.set(EndpointId::from_parts(NOBODY.0, NOBODY.1), Standing::Rests, WHY);
        Time::NEVER
    }
}

impl QueuePolicy for Wrong {
    fn next(&mut self, _: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        self.strike();
        Decision::none(WHY)
    }
}

fn policies(role: Role, wrong: Wrong) -> Policies {
    let mut policies = Policies::plain();
    match role {
        Role::Acquire => policies.acquire = Named::new("wrong", Box::new(wrong)),
        Role::Release => policies.release = Named::new("wrong", Box::new(wrong)),
        Role::Evict => policies.evict.push(Named::new("wrong", Box::new(wrong))),
        Role::Balance => policies.balance = Named::new("wrong", Box::new(wrong)),
        Role::Health => policies.health = Some(Named::new("wrong", Box::new(wrong))),
        Role::Queue => policies.queue = Some(Named::new("wrong", Box::new(wrong))),
    }
    policies
}

/// Uses a pool with a wrong policy; gives the faults that were counted of it.
fn use_it(role: Role, wrong: Wrong) -> Vec<PolicyFault> {
    let mut options = PoolOptions::default();
    options.limits.max_idle = Some(2);
    options.limits.max_open = 4;
    let mut sim = Sim::new(Plan { options, policies: policies(role, wrong), seed: 1 }, ["a", "b"]);
    for _ in 0..5 {
        let callers: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
        for &caller in &callers {
            assert!(sim.endpoint_of(caller).is_some(), "served all the same: {}", sim.timeline());
        }
        let waiting = sim.acquire();
        assert!(sim.endpoint_of(waiting).is_none(), "all places are taken");
        callers.into_iter().for_each(|caller| sim.release(caller));
        assert!(sim.endpoint_of(waiting).is_some(), "served in its turn: {}", sim.timeline());
        sim.release(waiting);
        sim.advance(Duration::from_secs(1));
    }
    let end = sim.snapshot();
    assert_eq!((end.leases, end.pending), (0, 0));
    assert!(end.open() <= 2, "the limit on idle ones holds: {}", sim.timeline());
    end.faults.iter().filter(|fault| fault.policy == "wrong" && fault.count > 0).map(|fault| fault.fault).collect()
}

#[test]
fn a_policy_that_panics_is_overruled_and_counted() {
    for role in Role::ALL {
        assert_eq!(use_it(role, Wrong { panics: true }), [PolicyFault::Panic], "{role:?}");
    }
}

#[test]
fn a_policy_that_picks_an_impossible_id_is_overruled_and_counted() {
    for role in [Role::Acquire, Role::Evict, Role::Balance, Role::Health] {
        assert_eq!(use_it(role, Wrong { panics: false }), [PolicyFault::Impossible], "{role:?}");
    }
}

/// A protocol in which the server speaks first.
struct Greeted;

impl Connector for Greeted {
    type Connection = TcpStream;
    type Error = io::Error;

    async fn connect(&self, cx: &ConnectCx<'_>) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&cx.endpoint.address).await?;
        stream.read_u8().await?;
        Ok(stream)
    }
}

fn impatient() -> PoolOptions {
    let mut options = PoolOptions::default();
    options.dial.timeout = HumanDuration::from_millis(100);
    options.wait.timeout = HumanDuration::from_millis(2_000);
    options
}

#[tokio::test]
async fn an_endpoint_that_accepts_and_never_answers_costs_a_dial_its_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = silent.local_addr().expect("bound").to_string();
    let held = tokio::spawn(async move {
        let mut all = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            all.push(stream);
        }
    });
    let pool = Pool::builder(Greeted).endpoints([address.as_str()]).options(impatient()).build().expect("good options");
    let error = pool.acquire().await.expect_err("nobody greets");
    assert!(matches!(error, AcquireError::Dial { .. }), "{error}");
    assert!(error.to_string().contains("100ms"), "it says how long the dial was given: {error}");
    assert!(error.is_transient());
    held.abort();
}

#[tokio::test]
async fn a_dead_endpoint_beside_a_live_one_fails_nobody() {
    let live = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = live.local_addr().expect("bound").to_string();
    tokio::spawn(async move {
        let mut all = Vec::new();
        while let Ok((mut stream, _)) = live.accept().await {
            tokio::io::AsyncWriteExt::write_u8(&mut stream, 1).await.expect("the peer is there");
            all.push(stream);
        }
    });
    // Bound and dropped: nobody listens there.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    let endpoints = [address, dead.to_string()];
    let pool = Pool::builder(Greeted).endpoints(endpoints.iter().map(String::as_str)).options(impatient());
    let pool = pool.build().expect("good options");
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(pool.acquire().await.expect("the live one serves"));
    }
    let dead = pool.snapshot().endpoints.into_iter().find(|endpoint| endpoint.failures > 0);
    assert!(dead.is_some_and(|endpoint| endpoint.counters.dial_failures >= 1), "the dead one was tried");
}
