//! What the pools connect to: nothing, but in a way that can be told to misbehave, and that counts.

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// The far end of every connection of one pool.
#[derive(Debug, Default)]
pub struct Backend {
    dial: AtomicU8,
    check: AtomicU8,
    dial_delay: AtomicU64,
    check_delay: AtomicU64,
    dials: AtomicU64,
    checks: AtomicU64,
    live: AtomicI64,
    most_live: AtomicI64,
    drop_panics: AtomicBool,
}

/// What a dial or a check does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It works.
    Yes = 0,
    /// It fails at once.
    No = 1,
    /// It never ends.
    Never = 2,
    /// It panics.
    Panic = 3,
}

/// A connection: 24 bytes, as in the measurements that the targets come from.
#[derive(Debug)]
pub struct Conn {
    /// Which dial made it.
    pub id: u64,
    /// How many leases have touched it.
    pub uses: u64,
    backend: &'static Backend,
}

/// The backend refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

impl Backend {
    /// A backend that works. It lives as long as the process, as its connections refer to it.
    pub fn leak() -> &'static Backend {
        Box::leak(Box::default())
    }

    /// What dials do from now on.
    pub fn set_dial(&self, answer: Answer) {
        self.dial.store(answer as u8, Ordering::Relaxed);
    }

    /// What checks of connections do from now on.
    pub fn set_check(&self, answer: Answer) {
        self.check.store(answer as u8, Ordering::Relaxed);
    }

    /// How long a dial takes.
    pub fn set_dial_delay(&self, delay: Duration) {
        self.dial_delay.store(delay.as_micros() as u64, Ordering::Relaxed);
    }

    /// How long a check takes.
    pub fn set_check_delay(&self, delay: Duration) {
        self.check_delay.store(delay.as_micros() as u64, Ordering::Relaxed);
    }

    /// Whether connections panic when they are dropped.
    pub fn set_drop_panics(&self, panics: bool) {
        self.drop_panics.store(panics, Ordering::Relaxed);
    }

    /// Dials begun.
    pub fn dials(&self) -> u64 {
        self.dials.load(Ordering::Relaxed)
    }

    /// Checks begun.
    pub fn checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    /// Connections that exist.
    pub fn live(&self) -> i64 {
        self.live.load(Ordering::Relaxed)
    }

    /// The most that existed at once.
    pub fn most_live(&self) -> i64 {
        self.most_live.load(Ordering::Relaxed)
    }

    /// A new connection, as the backend was told.
    ///
    /// # Errors
    /// If it was told to refuse.
    ///
    /// # Panics
    /// If it was told to.
    pub async fn connect(&'static self) -> Result<Conn, Refused> {
        let id = self.dials.fetch_add(1, Ordering::Relaxed);
        wait(&self.dial_delay).await;
        answer(&self.dial).await?;
        let live = self.live.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_live.fetch_max(live, Ordering::Relaxed);
        Ok(Conn { id, uses: 0, backend: self })
    }

    /// A round trip, as the backend was told.
    ///
    /// # Errors
    /// If it was told to refuse.
    ///
    /// # Panics
    /// If it was told to.
    pub async fn check(&self) -> Result<(), Refused> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        wait(&self.check_delay).await;
        answer(&self.check).await
    }

    /// The same without waiting, for a pool that looks at a connection in passing.
    ///
    /// # Panics
    /// If it was told to.
    #[inline]
    pub fn glance(&self) -> bool {
        match self.check.load(Ordering::Relaxed) {
            0 => true,
            3 => panic!("the backend was told to panic"),
            _ => false,
        }
    }
}

async fn wait(micros: &AtomicU64) {
    match micros.load(Ordering::Relaxed) {
        0 => {}
        micros => tokio::time::sleep(Duration::from_micros(micros)).await,
    }
}

async fn answer(told: &AtomicU8) -> Result<(), Refused> {
    match told.load(Ordering::Relaxed) {
        0 => Ok(()),
        1 => Err(Refused),
        2 => pending().await,
        _ => panic!("the backend was told to panic"),
    }
}

impl Conn {
    /// What it is connected to.
    #[inline]
    pub fn backend(&self) -> &'static Backend {
        self.backend
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        self.backend.live.fetch_sub(1, Ordering::Relaxed);
        if self.backend.drop_panics.load(Ordering::Relaxed) && !std::thread::panicking() {
            panic!("the backend was told to panic when a connection is dropped");
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}
