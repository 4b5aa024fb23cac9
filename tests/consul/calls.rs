//! Callers that never stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use pool_connector_grpc::GrpcPool;
use tokio::task::JoinSet;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const CALLERS: usize = 8;

/// Callers at work.
#[derive(Debug)]
pub(crate) struct Calls {
    shared: Arc<Shared>,
    callers: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Shared {
    served: AtomicU64,
    failed: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl Calls {
    /// Nobody calls yet.
    pub(crate) fn none() -> Calls {
        Calls { shared: Arc::default(), callers: JoinSet::new() }
    }

    pub(crate) fn begin(pool: &GrpcPool) -> Calls {
        let shared = Arc::new(Shared::default());
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(call(HealthClient::new(pool.channel()), Arc::clone(&shared)));
        }
        Calls { shared, callers }
    }

    pub(crate) fn served(&self) -> u64 {
        self.shared.served.load(Ordering::Relaxed)
    }

    pub(crate) fn failed(&self) -> Vec<String> {
        self.shared.failed.lock().clone()
    }

    /// Lets each finish its last call.
    pub(crate) async fn end(mut self) -> (u64, Vec<String>) {
        self.shared.over.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.expect("a caller does not panic");
        }
        (self.served(), self.failed())
    }
}

async fn call(mut client: HealthClient<pool_connector_grpc::GrpcChannel>, shared: Arc<Shared>) {
    while !shared.over.load(Ordering::Relaxed) {
        match client.check(HealthCheckRequest::default()).await {
            Ok(_) => {
                shared.served.fetch_add(1, Ordering::Relaxed);
            }
            Err(status) => shared.failed.lock().push(status.to_string()),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
