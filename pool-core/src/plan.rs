//! What a machine is built from, and what can be changed while it lives.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::plain;
use crate::{AcquirePolicy, BalancePolicy, EvictPolicy, HealthPolicy, PoolOptions, QueuePolicy, ReleasePolicy};

/// A policy and the kind it was configured as, which is what telemetry calls it.
#[derive(Debug)]
pub struct Named<P: ?Sized> {
    /// The kind, in kebab-case.
    pub kind: &'static str,
    /// `None` only while it is dropped.
    policy: Option<Box<P>>,
    /// Where the one is that is kept instead, if it is there.
    kept_at: Option<usize>,
}

impl<P: ?Sized> Named<P> {
    /// A policy under the name of its kind.
    pub fn new(kind: &'static str, policy: Box<P>) -> Named<P> {
        Named { kind, policy: Some(policy), kept_at: None }
    }

    /// The same, of a list that takes the place of another in a [`Change`]: the policy is as that which is at this
    /// place of the old list. If one of this kind is there, that one stays, with its state, and this one is dropped.
    #[must_use]
    pub fn or_the_old_at(self, place: usize) -> Named<P> {
        let mut named = self;
        named.kept_at = Some(place);
        named
    }

    /// Where the one is that may stay instead of it.
    pub(crate) fn kept_at(&self) -> Option<usize> {
        self.kept_at
    }
}

impl<P: ?Sized> Deref for Named<P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        self.policy.as_deref().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl<P: ?Sized> DerefMut for Named<P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut P {
        self.policy.as_deref_mut().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

/// A policy that panics as it is dropped is its author's trouble, and not that of whoever changed or
/// closed the pool: several that do would end the process.
impl<P: ?Sized> Drop for Named<P> {
    fn drop(&mut self) {
        let policy = self.policy.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(policy))) {
            std::mem::forget(panic);
        }
    }
}

/// The policies of a pool: four that each has, and two that it may have.
pub struct Policies {
    /// Which idle connection is handed out.
    pub acquire: Named<dyn AcquirePolicy>,
    /// What becomes of a returned one.
    pub release: Named<dyn ReleasePolicy>,
    /// Which idle ones must go; several compose.
    pub evict: Vec<Named<dyn EvictPolicy>>,
    /// Which endpoint serves.
    pub balance: Named<dyn BalancePolicy>,
    /// Which endpoints rest; `None`: none does.
    pub health: Option<Named<dyn HealthPolicy>>,
    /// Who of those who wait is next; `None`: by `wait.order`.
    pub queue: Option<Named<dyn QueuePolicy>>,
}

impl Policies {
    /// The plainest: newest first, keep, never expire, endpoints in turn.
    pub fn plain() -> Policies {
        plain::policies()
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies")
            .field("acquire", &self.acquire.kind)
            .field("release", &self.release.kind)
            .field("evict", &self.evict.iter().map(|policy| policy.kind).collect::<Vec<_>>())
            .field("balance", &self.balance.kind)
            .field("health", &self.health.as_ref().map(|policy| policy.kind))
            .field("queue", &self.queue.as_ref().map(|policy| policy.kind))
            .finish()
    }
}

/// What a machine is built from.
#[derive(Debug)]
pub struct Plan {
    /// Limits, waiting, dialling, upkeep. Taken as they are: see [`PoolOptions::mistakes`].
    pub options: PoolOptions,
    /// The policies.
    pub policies: Policies,
    /// The seed of all its randomness.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { options: PoolOptions::default(), policies: Policies::plain(), seed: 0 }
    }
}

/// What is changed on a live pool: what is `None` stays as it is and keeps its state.
#[derive(Debug, Default)]
pub struct Change {
    /// Other limits, waiting, dialling, upkeep.
    pub options: Option<PoolOptions>,
    /// Another acquire policy.
    pub acquire: Option<Named<dyn AcquirePolicy>>,
    /// Another release policy.
    pub release: Option<Named<dyn ReleasePolicy>>,
    /// Other evict policies, all of them; see [`Named::or_the_old_at`] for those that stay.
    pub evict: Option<Vec<Named<dyn EvictPolicy>>>,
    /// Another balance policy.
    pub balance: Option<Named<dyn BalancePolicy>>,
    /// Another health policy, or none from now on.
    pub health: Option<Option<Named<dyn HealthPolicy>>>,
    /// Another queue policy, or none from now on.
    pub queue: Option<Option<Named<dyn QueuePolicy>>>,
}
