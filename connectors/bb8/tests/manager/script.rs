//! A manager that does what a script says, and counts what it does.

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bb8::ManageConnection;
use pool_connector_bb8::Bb8Connector;
use pool_core::{PoolOptions, State};
use pool_tokio::{Pool, PoolBuilder};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Ok,
    After(Duration),
    Fail,
    /// Fails, but not at once.
    FailAfter(Duration),
    Panic,
    Hang,
}

impl Step {
    async fn take(self, call: &str) -> io::Result<()> {
        match self {
            Step::Ok => {}
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
    pub(crate) connect: Step,
    pub(crate) is_valid: Step,
    pub(crate) has_broken: Step,
    /// How often `is_valid` was begun.
    pub(crate) checks: u32,
    /// How often `connect` was begun.
    pub(crate) dials: u32,
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
    pub(crate) broken: bool,
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
        let script = Script { connect: Step::Ok, is_valid: Step::Ok, has_broken: Step::Ok, checks: 0, dials: 0 };
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

impl ManageConnection for Scripted {
    type Connection = Conn;
    type Error = io::Error;

    async fn connect(&self) -> io::Result<Conn> {
        let step = {
            let mut script = self.script();
            script.dials += 1;
            script.connect
        };
        step.take("connect").await?;
        let alive = self.alive.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.alive.most.fetch_max(alive, Ordering::SeqCst);
        let id = self.made.fetch_add(1, Ordering::SeqCst);
        Ok(Conn { id, place: self.place, broken: false, alive: Arc::clone(&self.alive) })
    }

    async fn is_valid(&self, conn: &mut Conn) -> io::Result<()> {
        assert_eq!(conn.place, self.place, "asked about another manager's connection");
        let step = {
            let mut script = self.script();
            script.checks += 1;
            script.is_valid
        };
        step.take("is_valid").await
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        assert_eq!(conn.place, self.place, "asked about another manager's connection");
        let step = self.script().has_broken;
        match step {
            Step::Panic => panic!("has_broken panics, as the script says"),
            Step::Fail => true,
            _ => conn.broken,
        }
    }
}

pub(crate) type TestPool = Pool<Bb8Connector<Scripted>>;

pub(crate) fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) fn options(max_open: u32) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options
}

pub(crate) fn builder(manager: &Scripted, options: PoolOptions) -> PoolBuilder<Bb8Connector<Scripted>> {
    Bb8Connector::new(manager.clone()).pool().options(options)
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
        (script.connect, script.is_valid, script.has_broken) = (Step::Ok, Step::Ok, Step::Ok);
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
