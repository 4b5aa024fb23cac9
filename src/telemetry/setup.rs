//! How the telemetry is begun.

use std::sync::Arc;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use pool_core::Observer;
use tokio::net::TcpListener;

use super::error::TelemetryError;
use super::exemplars::Exemplars;
use super::guard::{Exports, Guard};
use super::health::Health;
use super::hub::Hub;
use super::notices::Notices;
use super::options::{SpanMode, TelemetryOptions};
use super::otlp::{Collector, MetricsPush, SpanPush, push_every, tracer_provider};
use super::page::{Page, Recent};
use super::prometheus::Scraper;
use super::scrape::{self, Site};
use super::spans::Later;
use super::worker::Worker;
use super::{logs, observers, spans};

/// Begins the telemetry as the options say: the log, the scrape endpoint, metrics and spans to a
/// collector, the `metrics` facade. What is not configured is not there and costs nothing.
///
/// # Errors
/// If an option makes no sense or the address of the scrape endpoint is taken. A collector that
/// cannot be reached is no error: that is told in the log, and tried again.
pub fn init(options: &TelemetryOptions) -> Result<Guard, TelemetryError> {
    Setup::new(options).start()
}

/// As [`init`], for an application that has something of its own already.
pub struct Setup<'a> {
    options: &'a TelemetryOptions,
    env: Box<Environment<'a>>,
    spans: Option<Spans>,
    /// What spans leave for the buckets of the scrape endpoint.
    exemplars: Option<Arc<Exemplars>>,
}

/// Looks a variable up.
type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The spans of a provider of the application's.
type Spans = Option<Arc<dyn Observer>>;

impl<'a> Setup<'a> {
    /// The telemetry that these options describe, in this process's environment.
    pub fn new(options: &'a TelemetryOptions) -> Setup<'a> {
        let wanted = options.prometheus.is_some() && options.spans != SpanMode::Off;
        let exemplars = wanted.then(|| Arc::new(Exemplars::new()));
        Setup { options, env: Box::new(|name| std::env::var(name).ok()), spans: None, exemplars }
    }

    /// Spans go to the application's own provider, and not to the options' collector.
    #[must_use]
    pub fn tracer_provider<P>(self, provider: &P) -> Setup<'a>
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
    {
        Setup { spans: Some(spans::with_exemplars(provider, self.options, self.exemplars.clone())), ..self }
    }

    /// Another environment: for tests.
    #[must_use]
    pub fn environment(self, env: impl Fn(&str) -> Option<String> + 'a) -> Setup<'a> {
        Setup { env: Box::new(env), ..self }
    }

    /// Begins.
    ///
    /// # Errors
    /// As [`init`].
    pub fn start(self) -> Result<Guard, TelemetryError> {
        let options = self.options;
        let mistakes = options.mistakes();
        if !mistakes.is_empty() {
            return Err(TelemetryError::Options(mistakes));
        }
        let collector = Collector::find(options.otlp.as_ref(), &self.env).map_err(TelemetryError::Collector)?;
        let directive = (self.env)("RUST_LOG").filter(|value| !value.is_empty());
        let log = logs::parse(directive.as_deref().unwrap_or(&options.log)).map_err(TelemetryError::Log)?;
        let hub = Hub::new();
        if self.options.conventions {
            hub.follow_conventions();
        }
        let recent = options.page_at().map(|_| Arc::new(Recent::default()));
        let exports = self.exports(collector.map(Arc::new), &hub, recent.as_ref())?;
        let (prometheus, exports) = exports.map_or((None, None), |(bound, exports)| (bound, Some(exports)));
        let (provider, later) = exports.as_ref().and_then(|exports| exports.spans.clone()).unzip();
        if options.log != "off" {
            logs::install(log, provider.as_ref());
        }
        // Notices that nobody listens to are not made.
        let listened_to = tracing::dispatcher::has_been_set();
        let spans = self.spans.unwrap_or_else(|| later.map(|later| later as Arc<dyn Observer>));
        let spans = spans.or_else(|| spans::stand_in(options).filter(|_| listened_to));
        let notices = listened_to.then(|| Arc::new(Notices::default()) as Arc<dyn Observer>);
        let page = recent.is_some().then_some(prometheus).flatten();
        let listeners = notices.into_iter().chain(recent.map(|recent| recent as Arc<dyn Observer>)).collect();
        Ok(Guard { hub, observer: observers::together(listeners, spans), prometheus, page, exports })
    }

    /// Everything that needs the telemetry's thread; `None` if nothing does.
    fn exports(
        &self,
        collector: Option<Arc<Collector>>,
        hub: &Hub,
        recent: Option<&Arc<Recent>>,
    ) -> Result<Option<(Option<std::net::SocketAddr>, Exports)>, TelemetryError> {
        let options = self.options;
        if collector.is_none() && options.prometheus.is_none() && !options.metrics_facade {
            return Ok(None);
        }
        let listener = options
            .prometheus
            .map(|address| scrape::bind(address).map_err(|source| TelemetryError::Prometheus { address, source }));
        let listener = listener.transpose()?;
        let worker = Worker::start().map_err(TelemetryError::Thread)?;
        let health = Health::new(collector.is_some(), hub.configs());
        let bound = listener.as_ref().map(|(_, bound)| *bound);
        if let Some((listener, _)) = listener {
            let page = recent.map(|recent| Arc::new(Page::new(hub.clone(), self.service(), Arc::clone(recent))));
            page.iter().for_each(|page| worker.spawn(Arc::clone(page).keep()));
            let scraper = Scraper::new(hub.clone(), Arc::clone(&health), self.exemplars.clone());
            let site = Site { scraper, page };
            serve(&worker, listener, site).map_err(TelemetryError::Thread)?;
        }
        #[cfg(feature = "metrics-facade")]
        if options.metrics_facade {
            worker.spawn(super::facade::feed_every(hub.clone(), Arc::clone(&health), options.interval.get()));
        }
        let resource = self.resource();
        let metrics = collector
            .clone()
            .and_then(|collector| MetricsPush::new(collector, hub.clone(), Arc::clone(&health), resource.clone()));
        let metrics = metrics.map(Arc::new);
        if let Some(push) = &metrics {
            worker.spawn(push_every(Arc::clone(push), options.interval.get()));
        }
        let spans = collector.and_then(|collector| self.provider(collector, &health, &worker, resource));
        Ok(Some((bound, Exports { worker, metrics, spans, health })))
    }

    /// A provider of our own and what makes its spans, if spans are wanted and the application has none.
    fn provider(
        &self,
        collector: Arc<Collector>,
        health: &Arc<Health>,
        worker: &Worker,
        resource: Resource,
    ) -> Option<(SdkTracerProvider, Arc<Later>)> {
        if self.options.spans == SpanMode::Off || self.spans.is_some() {
            return None;
        }
        let push = SpanPush::new(collector, Arc::clone(health), worker.runtime().clone())?;
        let provider = tracer_provider(push, resource);
        let later = spans::later(&provider, self.options, self.exemplars.clone(), Arc::clone(health));
        worker.spawn(Arc::clone(&later).keep());
        Some((provider, later))
    }

    /// Who the application is. `OTEL_RESOURCE_ATTRIBUTES` is heeded by the SDK.
    fn resource(&self) -> Resource {
        Resource::builder().with_service_name(self.service()).build()
    }

    /// What the application is called.
    fn service(&self) -> String {
        let name = self.options.service_name.clone().or_else(|| (self.env)("OTEL_SERVICE_NAME"));
        name.or_else(program).unwrap_or_else(|| "unknown_service".to_owned())
    }
}

fn serve(worker: &Worker, listener: std::net::TcpListener, site: Site) -> std::io::Result<()> {
    let _entered = worker.runtime().enter();
    let listener = TcpListener::from_std(listener)?;
    worker.spawn(scrape::serve(listener, Arc::new(site)));
    Ok(())
}

fn program() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    Some(path.file_stem()?.to_string_lossy().into_owned())
}

impl std::fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("options", self.options).finish_non_exhaustive()
    }
}
