//! What the parts of a pool promise each other: six policies, a connector, a discovery.
//!
//! Policies are synchronous and single-threaded (`&mut self`). They read views, answer with an id
//! and a [`Reason`](crate::Reason), never hold a connection and never block. One that panics or
//! answers an impossible id is caught, counted and overruled by a safe default: it can be wrong,
//! and the pool stays right.

mod acquire;
mod balance;
mod connector;
mod cx;
mod decision;
mod discovery;
mod evict;
mod health;
mod moments;
mod protocol;
mod queue;
mod release;

pub use acquire::{AcquirePolicy, AcquireRule};
pub use balance::{BalancePolicy, Membership};
pub use connector::{Capacity, ConnectCx, Connector, ErrorClass};
pub use cx::Cx;
pub use decision::Decision;
pub use discovery::{Discovery, DiscoveryError, DiscoveryFuture};
pub use evict::{EvictPolicy, Expiry, ExpiryRule};
pub use health::{HealthPolicy, Review, Standing, Standings};
pub use moments::Moments;
pub use protocol::Protocol;
pub use queue::{Next, QueuePolicy};
pub use release::{Outcome, ReleasePolicy, ReleaseRule, Settle};
