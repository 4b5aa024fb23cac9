//! What keeps the telemetry going, and ends it in order.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use opentelemetry_sdk::trace::SdkTracerProvider;
use pool_core::Observer;
use pool_core::catalog::SCOPE;

use super::health::Health;
use super::hub::Hub;
use super::otlp::MetricsPush;
use super::spans::Later;
use super::worker::Worker;

/// How long a guard that is dropped tries to deliver what is left.
const AT_DROP: Duration = Duration::from_secs(1);

/// The telemetry as long as it is held. Keep it until the pools are gone; then call
/// [`shutdown`](Guard::shutdown), or drop it, which does the same with a deadline of one second.
#[must_use = "the telemetry ends when its guard is dropped"]
pub struct Guard {
    pub(super) hub: Hub,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) prometheus: Option<SocketAddr>,
    pub(super) page: Option<SocketAddr>,
    pub(super) exports: Option<Exports>,
}

/// What has to be ended.
pub(super) struct Exports {
    pub(super) worker: Worker,
    pub(super) metrics: Option<Arc<MetricsPush>>,
    pub(super) spans: Option<(SdkTracerProvider, Arc<Later>)>,
    pub(super) health: Arc<Health>,
}

/// What could not be delivered before the deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Whether the collector lacks the last state of the metrics.
    pub metrics: bool,
    /// How many spans it lacks, those included that were lost before.
    pub spans: u64,
}

impl Guard {
    /// Where pools are watched: whoever makes a pool adds it here.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Whom the pools tell what happens; `None` if nobody wants to know, and a pool that has no
    /// observer pays nothing.
    pub fn observer(&self) -> Option<Arc<dyn Observer>> {
        self.observer.clone()
    }

    /// The address that the scrape endpoint is bound to, if there is one.
    pub fn prometheus_address(&self) -> Option<SocketAddr> {
        self.prometheus
    }

    /// The address at which the page for people is served, if it is: `http://ADDRESS/`.
    pub fn page_address(&self) -> Option<SocketAddr> {
        self.page
    }

    /// Delivers what is left and ends the telemetry, within the deadline.
    ///
    /// It blocks the calling thread until then, and works from any runtime or none: everything
    /// runs on threads of its own. What could not be delivered is told in the log, too.
    ///
    /// # Errors
    /// If the collector did not take everything.
    pub fn shutdown(mut self, deadline: Duration) -> Result<(), Undelivered> {
        self.end(deadline)
    }

    fn end(&mut self, deadline: Duration) -> Result<(), Undelivered> {
        let Some(exports) = self.exports.take() else { return Ok(()) };
        let (worker, health) = (exports.worker, Arc::clone(&exports.health));
        let metrics = exports.metrics.map(|push| flush_metrics(&worker, push, deadline));
        let spans = exports.spans.map(|(provider, later)| flush_spans(provider, later, deadline));
        let started = tokio::time::Instant::now();
        let left = || deadline.saturating_sub(started.elapsed());
        let metrics = metrics.is_none_or(|done| done.recv_timeout(left()).unwrap_or(false));
        if let Some(done) = spans {
            let _ = done.recv_timeout(left());
        }
        drop(worker);
        report(Undelivered { metrics: !metrics, spans: health.undelivered_spans() }, deadline)
    }
}

fn flush_metrics(worker: &Worker, push: Arc<MetricsPush>, deadline: Duration) -> mpsc::Receiver<bool> {
    let (done, outcome) = mpsc::sync_channel(1);
    worker.spawn(async move {
        let _ = done.send(push.push(deadline).await);
    });
    outcome
}

/// The SDK's shutdown blocks, so it has a thread of its own, which ends with its last export.
fn flush_spans(provider: SdkTracerProvider, later: Arc<Later>, deadline: Duration) -> mpsc::Receiver<()> {
    let (done, outcome) = mpsc::sync_channel(1);
    let flush = move || {
        later.end();
        let _ = provider.shutdown_with_timeout(deadline);
        let _ = done.send(());
    };
    // Without a thread nothing is flushed, and what is missing is told from the counts.
    let _ = thread::Builder::new().name("clearpool-flush".to_owned()).spawn(flush);
    outcome
}

fn report(undelivered: Undelivered, deadline: Duration) -> Result<(), Undelivered> {
    if !undelivered.metrics && undelivered.spans == 0 {
        return Ok(());
    }
    tracing::warn!(target: SCOPE, "telemetry ended after {deadline:?} at most: {undelivered}");
    Err(undelivered)
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.end(AT_DROP);
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = if self.metrics { "the last state of the metrics" } else { "no metrics" };
        write!(f, "the collector lacks {metrics} and {} spans", self.spans)
    }
}

impl std::error::Error for Undelivered {}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("hub", &self.hub).field("prometheus", &self.prometheus).finish_non_exhaustive()
    }
}
