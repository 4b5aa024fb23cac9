//! How a pool is made.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use pool_core::{
    Connector, Detail, Discovery, DiscoveryError, Endpoint, Observer, OptionError, Plan, Policies, PoolOptions,
};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::Pool;
use crate::calm::calm;
use crate::clock::Clock;
use crate::driver::{self, Seat};
use crate::error::{BuildError, Mistakes, in_endpoints, weightless};
use crate::kernel::Kernel;
use crate::shared::{Faults, Shared};

/// How a pool is made: [`Pool::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct PoolBuilder<C> {
    connector: C,
    parts: PoolParts,
}

/// All that a pool is made of besides its connector.
pub struct PoolParts {
    /// What telemetry and errors call it. Default `pool`.
    pub name: String,
    /// Limits, waiting, dialling, upkeep. Default: [`PoolOptions::default`].
    pub options: PoolOptions,
    /// The policies. Default: [`Policies::plain`].
    pub policies: Policies,
    /// Where connections lead; with a discovery, until it speaks. Default: nowhere, which is refused.
    pub endpoints: Vec<Endpoint>,
    /// Where endpoints come from. Default: they stay as they are.
    pub discovery: Option<Box<dyn Discovery>>,
    /// Who is told what happens. Default: nobody, which costs nothing.
    pub observer: Option<Arc<dyn Observer>>,
    /// What the observer is told. Default [`Detail::Notable`].
    pub detail: Detail,
    /// The seed of all the pool's randomness. Default: another one each time.
    pub seed: Option<u64>,
}

impl Default for PoolParts {
    fn default() -> PoolParts {
        PoolParts {
            name: "pool".to_owned(),
            options: PoolOptions::default(),
            policies: Policies::plain(),
            endpoints: Vec::new(),
            discovery: None,
            observer: None,
            detail: Detail::default(),
            seed: None,
        }
    }
}

impl PoolParts {
    /// Everything that is wrong with them, at once.
    ///
    /// # Errors
    /// If anything is.
    pub fn check(&self) -> Result<(), BuildError> {
        let mut found = self.options.mistakes();
        found.extend(in_endpoints(&self.endpoints));
        if self.endpoints.is_empty() && self.discovery.is_none() {
            found.push(OptionError::new("endpoints", "there is none, so nothing can be dialed; name at least one"));
        }
        found.extend(weightless(&self.endpoints));
        Mistakes::refuse(&Arc::from(self.name.as_str()), found)
    }

    /// A pool of these parts and a connector.
    ///
    /// # Errors
    /// If they make no sense: every mistake at once, and nothing is started.
    pub fn build<C: Connector>(self, connector: C) -> Result<Pool<C>, BuildError> {
        self.check()?;
        Ok(Pool::assemble(self, connector))
    }
}

impl<C: Connector> PoolBuilder<C> {
    pub(super) fn new(connector: C) -> PoolBuilder<C> {
        PoolBuilder { connector, parts: PoolParts::default() }
    }

    /// What telemetry and errors call it. Default `pool`.
    pub fn name(mut self, name: impl Into<String>) -> PoolBuilder<C> {
        self.parts.name = name.into();
        self
    }

    /// Where connections lead.
    pub fn endpoints<E: Into<Endpoint>>(mut self, endpoints: impl IntoIterator<Item = E>) -> PoolBuilder<C> {
        self.parts.endpoints = endpoints.into_iter().map(Into::into).collect();
        self
    }

    /// Where endpoints come from.
    pub fn discovery(mut self, source: Box<dyn Discovery>) -> PoolBuilder<C> {
        self.parts.discovery = Some(source);
        self
    }

    /// Limits, waiting, dialling, upkeep. Default: [`PoolOptions::default`].
    pub fn options(mut self, options: PoolOptions) -> PoolBuilder<C> {
        self.parts.options = options;
        self
    }

    /// The policies. Default: [`Policies::plain`].
    pub fn policies(mut self, policies: Policies) -> PoolBuilder<C> {
        self.parts.policies = policies;
        self
    }

    /// Who is told what happens. Default: nobody, which costs nothing.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> PoolBuilder<C> {
        self.parts.observer = Some(observer);
        self
    }

    /// What the observer is told. Default [`Detail::Notable`].
    pub fn detail(mut self, detail: Detail) -> PoolBuilder<C> {
        self.parts.detail = detail;
        self
    }

    /// The seed of all the pool's randomness. Default: another one each time.
    pub fn seed(mut self, seed: u64) -> PoolBuilder<C> {
        self.parts.seed = Some(seed);
        self
    }

    /// Builds the pool. Inside a runtime its work starts there at once; outside, with the first
    /// caller that has to wait in one.
    ///
    /// # Errors
    /// If what it was told makes no sense: every mistake at once, and nothing is started.
    ///
    /// # Panics
    /// On a runtime without timers (`enable_time`), with tokio's own message.
    pub fn build(self) -> Result<Pool<C>, BuildError> {
        self.parts.build(self.connector)
    }
}

impl<C: Connector> Pool<C> {
    fn assemble(parts: PoolParts, connector: C) -> Pool<C> {
        let PoolParts { name, options, policies, endpoints, mut discovery, observer, detail, seed } = parts;
        let clock = Clock::start();
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(&name));
        let first = discovery.as_mut().and_then(first_answer);
        let tells_leases = observer.as_ref().is_some_and(|observer| calm(|| observer.wants_leases()).unwrap_or(false));
        if let Some(observer) = &observer {
            let protocol = calm(|| connector.protocol()).unwrap_or_default();
            calm(|| observer.built(&name, protocol));
        }
        let shared = Arc::new_cyclic(|shared: &Weak<Shared<C>>| Shared {
            kernel: Kernel::new(Plan { options, policies, seed }, clock.now(), Weak::clone(shared)),
            clock,
            connector,
            observer,
            tells_leases,
            name: Arc::from(name),
            handles: AtomicUsize::new(1),
            seat: Seat::empty(),
            closing: AtomicBool::new(false),
            emptied: Notify::new(),
            dialed: Notify::new(),
            stranded: Mutex::new(Vec::new()),
            own_dials: Mutex::default(),
            faults: Mutex::new(Faults { count: 0, last: None }),
            discovery: Mutex::new(None),
            discovery_error: Mutex::new(None),
        });
        let detail = if shared.observer.is_some() { detail } else { Detail::Off };
        shared.attend();
        shared.visit(|machine| {
            machine.set_detail(detail);
            match (&discovery, &first) {
                (Some(_), None) if endpoints.is_empty() => machine.expect_endpoints(),
                (_, Some(Ok(_))) => {}
                _ => machine.set_endpoints(endpoints, shared.clock.now()),
            }
        });
        if let Some(first) = first {
            driver::heard(&shared, first);
        }
        // Only now, so that what the driver hears from it comes after what was heard here.
        *shared.discovery.lock() = discovery;
        shared.kernel.bell().ring();
        Pool { shared }
    }
}

/// What a source says at once, so that the first acquire need not wait for it. A source need not
/// say it again, be it a set or a mistake.
fn first_answer(source: &mut Box<dyn Discovery>) -> Option<Result<Vec<Endpoint>, DiscoveryError>> {
    if Handle::try_current().is_err() {
        return None;
    }
    match calm(|| source.next().as_mut().poll(&mut Context::from_waker(Waker::noop())))? {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

impl fmt::Debug for PoolParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolParts")
            .field("name", &self.name)
            .field("options", &self.options)
            .field("policies", &self.policies)
            .field("endpoints", &self.endpoints)
            .field("discovery", &self.discovery)
            .field("observed", &self.observer.is_some())
            .finish_non_exhaustive()
    }
}
