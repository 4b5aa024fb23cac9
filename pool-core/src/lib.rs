//! The contract and the machine of Clearpool.
//!
//! *Contract*: what policies, connectors and sources of endpoints promise, and what they are shown.
//! *Machine*: a pool as a state machine without runtime, clock, task, lock or I/O. Time and
//! randomness are handed in, decisions and events come out, so that every decision can be replayed,
//! model-checked and property-tested. `pool-tokio` puts it behind a lock and lets it dial.

#![forbid(unsafe_code)]

mod book;
pub mod catalog;
mod contract;
mod duration;
mod endpoint;
mod entry;
mod event;
mod failures;
pub mod fixture;
mod grant;
mod histogram;
mod ids;
mod key;
mod machine;
mod observer;
mod options;
mod plain;
mod plan;
mod plugin;
mod random;
mod reason;
mod returns;
mod secret;
mod sizing;
mod snapshot;
pub mod stats;
mod sync;
mod time;
mod trace_context;
mod view;
mod work;

pub use book::{Counters, State, Timings};
pub use contract::{
    AcquirePolicy, AcquireRule, BalancePolicy, Capacity, ConnectCx, Connector, Cx, Decision, Discovery, DiscoveryError,
    DiscoveryFuture, ErrorClass, EvictPolicy, Expiry, ExpiryRule, HealthPolicy, Membership, Moments, Next, Outcome,
    Protocol, QueuePolicy, ReleasePolicy, ReleaseRule, Review, Settle, Standing, Standings,
};
pub use duration::HumanDuration;
pub use endpoint::Endpoint;
pub use entry::{Entry, Payload};
pub use event::{DialReport, Event, LeaseEnd, LeaseReport, PolicyFault, RefusalKind, Role, What};
pub use failures::FailureRates;
pub use grant::{Acquire, Answered, DialFault, Grant, LeaseFacts, Refusal, SharedLease, TurnedAway, Want};
pub use histogram::Histogram;
pub use ids::{EndpointId, EntryId, WaiterId};
pub use key::key_of;
pub use machine::{Detail, Machine, Settled};
pub use observer::{NoObserver, Observer};
pub use options::{
    Breaker, BrokenShare, Counts, Covers, DialBy, DialErrors, DialOptions, Exhausted, FillMoments, Handoff, Hopeless,
    LeaseOptions, Limits, OptionError, Orphan, Overflow, PoolOptions, ResizeVictim, SharedOrder, Shrink, SizingOptions,
    Turns, UpkeepOptions, Victim, WaitOptions, WaitOrder,
};
pub use plan::{Change, Named, Plan, Policies};
pub use plugin::{Builder, DiscoveryFactory, DiscoveryPlugin, Factory, Plugin, Registry, RegistryError, Stability};
pub use random::Random;
pub use reason::{CloseReason, Reason};
pub use returns::{Handle, Permit, Share};
pub use secret::Secret;
pub use sizing::{Load, Sizing};
pub use snapshot::{
    Census, EndpointSnapshot, Holding, Lifecycle, PolicyDecisions, PolicyFaults, PolicyKinds, Snapshot, Summary,
    Waiting,
};
pub use stats::{Nuances, Stat, StatValue, StatsError};
pub use time::Time;
pub use trace_context::TraceContext;
pub use view::{ConnView, EndpointView, EndpointsView, IdleView, LeaseView, QueueView, UsageView};
pub use work::{Effects, Ticket, Wakes, Work};
