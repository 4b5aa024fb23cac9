//! A manager that does what a script says, and counts what it does.

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use pool_connector_deadpool::DeadpoolConnector;
use pool_core::{PoolOptions, State};
use pool_tokio::{Pool, PoolBuilder};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Ok,
    After(Duration),
    Fail,
    /// Fails without an error of the backend.
    Refuse,
    /// Fails, but not at once.
    FailAfter(Duration),
    Panic,
    Hang,
}

impl Step {
    async fn take(self, call: &str) -> io::Result<()> {
        match self {
            Step::Ok | Step::Refuse => {}
            Step::After(time) => tokio::time::sleep(time).await,
            Step::FailAfter(time) => {
                tokio::time::sleep(time).await;
                return Err(io::Error::other(format!("{call} fails late, as the script says")));
            }
            Step::Fail => return Err(io::Error::other(format!("{call} fails, as the script says"))),
            Step::Panic => panic!("{call} panics, as the script says"),
            Step::Hang => pending().await,
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) create: Step,
    pub(crate) recycle: Step,
    pub(crate) detach: Step,
    /// Which objects were recycled, how often each had been before, and whether its metrics said when.
    pub(crate) recycles: Vec<(u32, usize, bool)>,
    /// How often `create` was begun.
    pub(crate) dials: u32,
    /// Which objects were detached.
    pub(crate) detached: Vec<u32>,
}

/// Clones are the same manager.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    place: &'static str,
    script: Arc<Mutex<Script>>,
    made: Arc<AtomicU32>,
    alive: Arc<Alive>,
}

#[derive(Debug, Default)]
struct Alive {
    now: AtomicU32,
    most: AtomicU32,
}

#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) id: u32,
    pub(crate) place: &'static str,
    /// What a holder has left in it; gone when it is recycled.
    pub(crate) left: Option<&'static str>,
    alive: Arc<Alive>,
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.alive.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Scripted {
    pub(crate) fn new() -> Scripted {
        Scripted::at("here")
    }

    pub(crate) fn at(place: &'static str) -> Scripted {
        let script = Script {
            create: Step::Ok,
            recycle: Step::Ok,
            detach: Step::Ok,
            recycles: Vec::new(),
            dials: 0,
            detached: Vec::new(),
        };
        Scripted { place, script: Arc::new(Mutex::new(script)), made: Arc::default(), alive: Arc::default() }
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("nobody panics with it")
    }

    pub(crate) fn alive(&self) -> u32 {
        self.alive.now.load(Ordering::SeqCst)
    }

    pub(crate) fn most_alive(&self) -> u32 {
        self.alive.most.load(Ordering::SeqCst)
    }
}

impl Manager for Scripted {
    type Type = Conn;
    type Error = io::Error;

    async fn create(&self) -> io::Result<Conn> {
        let step = {
            let mut script = self.script();
            script.dials += 1;
            script.create
        };
        step.take("create").await?;
        let alive = self.alive.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.alive.most.fetch_max(alive, Ordering::SeqCst);
        let id = self.made.fetch_add(1, Ordering::SeqCst);
        Ok(Conn { id, place: self.place, left: None, alive: Arc::clone(&self.alive) })
    }

    async fn recycle(&self, conn: &mut Conn, metrics: &Metrics) -> RecycleResult<io::Error> {
        assert_eq!(conn.place, self.place, "asked about another manager's connection");
        let step = {
            let mut script = self.script();
            script.recycles.push((conn.id, metrics.recycle_count, metrics.recycled.is_some()));
            script.recycle
        };
        if step == Step::Refuse {
            return Err(RecycleError::message("not this one"));
        }
        step.take("recycle").await?;
        conn.left = None;
        Ok(())
    }

    fn detach(&self, conn: &mut Conn) {
        assert_eq!(conn.place, self.place, "told of another manager's connection");
        let step = {
            let mut script = self.script();
            script.detached.push(conn.id);
            script.detach
        };
        assert_ne!(step, Step::Panic, "detach panics, as the script says");
    }
}

pub(crate) type TestPool = Pool<DeadpoolConnector<Scripted>>;

pub(crate) fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) fn options(max_open: u32) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options
}

pub(crate) fn builder(manager: &Scripted, options: PoolOptions) -> PoolBuilder<DeadpoolConnector<Scripted>> {
    DeadpoolConnector::new(manager.clone()).pool().options(options)
}

pub(crate) fn pool(manager: &Scripted, max_open: u32) -> TestPool {
    builder(manager, options(max_open)).build().expect("sound")
}

/// Time for the pool's tasks; the clock is paused, so that they are all done then.
pub(crate) async fn settle() {
    tokio::time::sleep(ms(1)).await;
}

/// All places can be used again, and the books are those of the manager.
pub(crate) async fn whole(pool: &TestPool, manager: &Scripted) {
    {
        let mut script = manager.script();
        (script.create, script.recycle, script.detach) = (Step::Ok, Step::Ok, Step::Ok);
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    let snapshot = pool.snapshot();
    assert_eq!(snapshot.open(), snapshot.count(State::Idle), "{snapshot:?}");
    assert_eq!(snapshot.open(), manager.alive());
    let mut leases = Vec::new();
    for _ in 0..pool.options().limits.max_open {
        leases.push(pool.acquire().await.expect("a place is free"));
    }
    assert_eq!(manager.alive(), pool.options().limits.max_open);
}
