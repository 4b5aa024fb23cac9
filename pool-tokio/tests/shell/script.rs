//! A connector that does as it is told, and counts.

use std::collections::VecDeque;
use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pool_core::{Capacity, CloseReason, ConnectCx, Connector, ErrorClass, Handle, PoolOptions, State};
use pool_tokio::{Pool, PoolBuilder};

/// What a dial does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dial {
    Ok,
    After(Duration),
    Fail,
    /// It fails, and will fail again.
    Refuse,
    Never,
    Panic,
}

/// What a check, reset or close does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Ok,
    /// Well, and others have their turns meanwhile.
    Slow,
    Fail,
    Never,
    Panic,
}

/// What the connector is told.
#[derive(Debug)]
pub(crate) struct Script {
    /// What the next dials do; when there is none left, `dial`.
    pub(crate) dials: VecDeque<Dial>,
    pub(crate) dial: Dial,
    /// Dials to these endpoints fail.
    pub(crate) down: Vec<String>,
    pub(crate) check: Step,
    pub(crate) reset: Step,
    pub(crate) close: Step,
    pub(crate) is_open: Step,
    pub(crate) needs_reset: Step,
    pub(crate) capacity: Option<u32>,
    pub(crate) asked_capacity: Step,
    /// What a connection says of its capacity right after it was asked, before the pool has noted the answer.
    pub(crate) changed_capacity: Option<u32>,
    pub(crate) share: Step,
    pub(crate) classify: Step,
    pub(crate) drop_panics: bool,
    /// Why connections were closed, in order.
    pub(crate) closed: Vec<CloseReason>,
    pub(crate) resets: u32,
    pub(crate) checks: u32,
    /// To which endpoints was dialed, in order.
    pub(crate) dialed: Vec<String>,
}

/// A connector that does as it is told. Clones share the script.
#[derive(Clone)]
pub(crate) struct Scripted {
    script: Arc<Mutex<Script>>,
    alive: Arc<AtomicU32>,
    most_alive: Arc<AtomicU32>,
    made: Arc<AtomicU32>,
    gone: Arc<AtomicU32>,
}

/// A connection made of nothing.
pub(crate) struct Conn {
    pub(crate) id: u32,
    pub(crate) endpoint: String,
    /// What its last user left.
    pub(crate) dirty: bool,
    pub(crate) dead: Arc<AtomicBool>,
    pub(crate) handle: Handle,
    script: Arc<Mutex<Script>>,
    /// Alive, and gone. A handle to a shared connection counts for none.
    counts: Option<(Arc<AtomicU32>, Arc<AtomicU32>)>,
}

#[derive(Debug)]
pub(crate) struct Down(pub(crate) &'static str);

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Down {}

impl Scripted {
    pub(crate) fn new() -> Scripted {
        let script = Script {
            dials: VecDeque::new(),
            dial: Dial::Ok,
            down: Vec::new(),
            check: Step::Ok,
            reset: Step::Ok,
            close: Step::Ok,
            is_open: Step::Ok,
            needs_reset: Step::Fail,
            capacity: None,
            asked_capacity: Step::Ok,
            changed_capacity: None,
            share: Step::Ok,
            classify: Step::Ok,
            drop_panics: false,
            closed: Vec::new(),
            resets: 0,
            checks: 0,
            dialed: Vec::new(),
        };
        Scripted {
            script: Arc::new(Mutex::new(script)),
            alive: Arc::default(),
            most_alive: Arc::default(),
            made: Arc::default(),
            gone: Arc::default(),
        }
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }

    /// Connections that exist.
    pub(crate) fn alive(&self) -> u32 {
        self.alive.load(SeqCst)
    }

    /// The most that ever existed at once.
    pub(crate) fn most_alive(&self) -> u32 {
        self.most_alive.load(SeqCst)
    }

    /// Connections that were made.
    pub(crate) fn made(&self) -> u32 {
        self.made.load(SeqCst)
    }

    /// Connections that were dropped.
    pub(crate) fn gone(&self) -> u32 {
        self.gone.load(SeqCst)
    }

    /// Dials that were begun.
    pub(crate) fn dials(&self) -> usize {
        self.script().dialed.len()
    }

    fn conn(&self, cx: &ConnectCx<'_>) -> Conn {
        let alive = self.alive.fetch_add(1, SeqCst) + 1;
        self.most_alive.fetch_max(alive, SeqCst);
        Conn {
            id: self.made.fetch_add(1, SeqCst),
            endpoint: cx.endpoint.name().to_owned(),
            dirty: false,
            dead: Arc::default(),
            handle: cx.handle.clone(),
            script: Arc::clone(&self.script),
            counts: Some((Arc::clone(&self.alive), Arc::clone(&self.gone))),
        }
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn step(step: Step, what: &'static str) -> Result<(), Down> {
    match step {
        Step::Ok => Ok(()),
        Step::Slow => {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            Ok(())
        }
        Step::Fail => Err(Down(what)),
        Step::Never => pending().await,
        Step::Panic => panic!("{what} panics, as the script says"),
    }
}

fn word(step: Step, what: &'static str) -> bool {
    match step {
        Step::Ok => true,
        Step::Fail => false,
        Step::Slow | Step::Never => unreachable!("an answer at once was asked for"),
        Step::Panic => panic!("{what} panics, as the script says"),
    }
}

impl Connector for Scripted {
    type Connection = Conn;
    type Error = Down;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<Conn, Down> {
        let dial = {
            let mut script = self.script();
            script.dialed.push(cx.endpoint.name().to_owned());
            if script.down.iter().any(|down| down == cx.endpoint.name()) {
                Dial::Fail
            } else {
                script.dials.pop_front().unwrap_or(script.dial)
            }
        };
        match dial {
            Dial::Ok => Ok(self.conn(cx)),
            Dial::After(wait) => {
                tokio::time::sleep(wait).await;
                Ok(self.conn(cx))
            }
            Dial::Fail => Err(Down("connection refused")),
            Dial::Refuse => Err(Down("wrong password")),
            Dial::Never => pending().await,
            Dial::Panic => panic!("connect panics, as the script says"),
        }
    }

    fn is_open(&self, conn: &mut Conn) -> bool {
        let step = self.script().is_open;
        word(step, "is_open") && !conn.dead.load(SeqCst)
    }

    async fn check(&self, conn: &mut Conn) -> Result<(), Down> {
        let check = {
            let mut script = self.script();
            script.checks += 1;
            script.check
        };
        if conn.dead.load(SeqCst) {
            return Err(Down("dead"));
        }
        step(check, "check").await
    }

    fn needs_reset(&self, conn: &mut Conn) -> bool {
        let step = self.script().needs_reset;
        word(step, "needs_reset") || conn.dirty
    }

    async fn reset(&self, conn: &mut Conn) -> Result<(), Down> {
        let reset = {
            let mut script = self.script();
            script.resets += 1;
            script.reset
        };
        step(reset, "reset").await?;
        conn.dirty = false;
        Ok(())
    }

    async fn close(&self, conn: Conn, why: CloseReason) {
        let close = {
            let mut script = self.script();
            script.closed.push(why);
            script.close
        };
        let _kept: Conn = conn;
        let _: Result<(), Down> = step(close, "close").await;
    }

    fn capacity(&self, conn: &Conn) -> Capacity {
        let (step, shares, changed) = {
            let script = self.script();
            (script.asked_capacity, script.capacity, script.changed_capacity)
        };
        word(step, "capacity");
        if let Some(changed) = changed {
            conn.handle.set_capacity(changed);
        }
        shares.map_or(Capacity::Exclusive, Capacity::Shared)
    }

    fn share(&self, conn: &Conn) -> Option<Conn> {
        let step = self.script().share;
        word(step, "share").then(|| Conn {
            id: conn.id,
            endpoint: conn.endpoint.clone(),
            dirty: false,
            dead: Arc::clone(&conn.dead),
            handle: conn.handle.clone(),
            script: Arc::clone(&self.script),
            counts: None,
        })
    }

    fn classify(&self, error: &Down) -> ErrorClass {
        let step = self.script().classify;
        word(step, "classify");
        if error.0 == "wrong password" { ErrorClass::Permanent } else { ErrorClass::Transient }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some((alive, gone)) = &self.counts else { return };
        alive.fetch_sub(1, SeqCst);
        gone.fetch_add(1, SeqCst);
        let panics = lock(&self.script).drop_panics;
        if panics && !std::thread::panicking() {
            panic!("the connection's drop panics, as the script says");
        }
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conn({} to {})", self.id, self.endpoint)
    }
}

pub(crate) type TestPool = Pool<Scripted>;

/// Options with this many connections.
pub(crate) fn options(max_open: u32) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options
}

pub(crate) fn builder(connector: &Scripted, options: PoolOptions) -> PoolBuilder<Scripted> {
    Pool::builder(connector.clone()).name("test").endpoints(["a:1"]).options(options).seed(7)
}

pub(crate) fn pool(connector: &Scripted, max_open: u32) -> TestPool {
    builder(connector, options(max_open)).build().expect("sound options")
}

/// How many connections are in this state.
pub(crate) fn count(pool: &TestPool, state: State) -> u32 {
    pool.snapshot().count(state)
}

/// Lets the pool's tasks run until nothing changes any more.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
