//! A pool of gRPC connections, as its users see it.

use std::fmt;
use std::sync::Arc;

use pool_core::{Endpoint, EndpointSnapshot, OptionError, State};
use pool_tokio::{Pool, PoolBuilder};

use crate::{GrpcChannel, GrpcConnector, GrpcOptions};

/// A pool of gRPC connections, for channels. Clones are handles to the same pool.
///
/// Made of any pool of a [`GrpcConnector`], be it from a configuration (`pools.get::<GrpcConnector>("orders")`) or by
/// [`GrpcPool::builder`]:
///
/// ```no_run
/// # use pool_connector_grpc::{GrpcOptions, GrpcPool};
/// # use tonic_health::pb::health_client::HealthClient;
/// # use tonic_health::pb::HealthCheckRequest;
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = GrpcPool::builder(GrpcOptions::default())?.endpoints(["orders-1:7001", "orders-2:7001"]).build()?;
/// let mut client = HealthClient::new(GrpcPool::from(pool).channel());
/// client.check(HealthCheckRequest::default()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct GrpcPool {
    pool: Pool<GrpcConnector>,
}

impl GrpcPool {
    /// The builder of a pool with this connector.
    ///
    /// # Errors
    /// As for [`GrpcConnector::new`].
    pub fn builder(options: GrpcOptions) -> Result<PoolBuilder<GrpcConnector>, OptionError> {
        Ok(Pool::builder(GrpcConnector::new(options)?))
    }

    /// A channel, for generated clients: `MyClient::new(pool.channel())`.
    pub fn channel(&self) -> GrpcChannel {
        GrpcChannel::new(self.pool.clone())
    }

    /// The pool itself: its leases, its numbers, its end.
    pub fn pool(&self) -> &Pool<GrpcConnector> {
        &self.pool
    }

    /// How the endpoints are, in the words of gRPC.
    pub fn states(&self) -> Vec<EndpointState> {
        let snapshot = self.pool.snapshot();
        let active = snapshot.endpoints.iter().filter(|endpoint| endpoint.active);
        active.map(EndpointState::of).collect()
    }
}

impl From<Pool<GrpcConnector>> for GrpcPool {
    fn from(pool: Pool<GrpcConnector>) -> GrpcPool {
        GrpcPool { pool }
    }
}

impl fmt::Debug for GrpcPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grpc{:?}", self.pool)
    }
}

/// How an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointState {
    /// Which.
    pub endpoint: Arc<Endpoint>,
    /// How it is.
    pub connectivity: Connectivity,
}

/// How an endpoint is, in the words of gRPC (`connectivity-semantics-and-api.md`). Calls go to those that are ready, and
/// make the idle ones connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Connectivity {
    /// There is no connection, and nobody has wanted one yet, or not any more.
    Idle,
    /// A connection is being made, and there is none.
    Connecting,
    /// There is a connection.
    Ready,
    /// There is no connection, and the last attempt failed; the next waits for the back-off.
    TransientFailure,
}

impl Connectivity {
    /// The state as gRPC writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Connectivity::Idle => "IDLE",
            Connectivity::Connecting => "CONNECTING",
            Connectivity::Ready => "READY",
            Connectivity::TransientFailure => "TRANSIENT_FAILURE",
        }
    }
}

impl EndpointState {
    fn of(snapshot: &EndpointSnapshot) -> EndpointState {
        let some = |states: &[State]| states.iter().any(|&state| snapshot.states[state as usize] > 0);
        let connectivity = if some(&[State::Idle, State::Leased, State::Checking, State::Resetting]) {
            Connectivity::Ready
        } else if snapshot.failures > 0 {
            Connectivity::TransientFailure
        } else if some(&[State::Dialing]) {
            Connectivity::Connecting
        } else {
            Connectivity::Idle
        };
        EndpointState { endpoint: Arc::clone(&snapshot.endpoint), connectivity }
    }
}
