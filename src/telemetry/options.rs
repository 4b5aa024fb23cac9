//! What the telemetry can be told: the table `[telemetry]` of the configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::otlp::Target;

/// What the telemetry can be told: the table `[telemetry]` of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TelemetryOptions {
    /// Where the scrape endpoint listens, as `"127.0.0.1:9464"`; port 0 takes a free one. The
    /// metrics are under `/metrics`. Default: there is none.
    pub prometheus: Option<SocketAddr>,
    /// Whether a page for people is served there too, under `/`: all pools, live, for when no
    /// dashboard is around. It only reads, and shows what `clearpool explain` prints, call sites and
    /// trace ids to whoever reaches the address; so beyond this machine it should have a guard in
    /// front. Default: yes where `prometheus` is an address of the loopback, else no.
    pub page: Option<bool>,
    /// The collector that metrics and spans are sent to. Default: the one that the environment
    /// variable `OTEL_EXPORTER_OTLP_ENDPOINT` names, if it is set.
    pub otlp: Option<OtlpOptions>,
    /// How often metrics are sent to the collector and to the `metrics` facade. Default 10 s.
    pub interval: HumanDuration,
    /// Which leases are told of as spans. Default `sampled`.
    pub spans: SpanMode,
    /// With `spans = "sampled"`: the share (0 to 1) of the traces that are not sampled whose leases
    /// are told of all the same, each as a trace of its own. Default 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub span_ratio: f64,
    /// A lease that waited for longer is always told of. `"never"`: none for that. Default 100 ms.
    pub slow_wait: HumanDuration,
    /// A lease that was held for longer is always told of. `"never"`: none for that. Default 10 s.
    pub slow_lease: HumanDuration,
    /// Whether the metrics are given to the `metrics` facade too, for whatever recorder the
    /// application has installed. Needs the feature `metrics-facade`. Default no.
    pub metrics_facade: bool,
    /// Whether the metrics are told by the names of their protocols' conventions besides, for dashboards that know only
    /// those: `db.client.connection.*` of pools of databases, `http.client.*` of HTTP,
    /// `grpc.subchannel.*` of gRPC. Default no.
    pub conventions: bool,
    /// What is logged, as `"info"` or `"info,clearpool=debug"`; `"off"` installs no log at all, for
    /// an application that has its own. The environment variable `RUST_LOG` wins. Default `info`.
    pub log: String,
    /// What the application is called in traces and metrics. Default: the environment variable
    /// `OTEL_SERVICE_NAME`, else the name of the program.
    pub service_name: Option<String>,
}

impl Default for TelemetryOptions {
    fn default() -> TelemetryOptions {
        TelemetryOptions {
            prometheus: None,
            page: None,
            otlp: None,
            interval: HumanDuration::from_secs(10),
            spans: SpanMode::Sampled,
            span_ratio: 0.0,
            slow_wait: HumanDuration::from_millis(100),
            slow_lease: HumanDuration::from_secs(10),
            metrics_facade: false,
            conventions: false,
            log: "info".to_owned(),
            service_name: None,
        }
    }
}

/// A collector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OtlpOptions {
    /// Its address, as `"http://127.0.0.1:4318"`; over HTTP, `/v1/metrics` and `/v1/traces` are put
    /// behind it. A collector usually takes gRPC at port 4317.
    pub endpoint: String,
    /// How it is spoken to. Default: what the environment variable `OTEL_EXPORTER_OTLP_PROTOCOL`
    /// says, else `http/protobuf`.
    #[serde(default)]
    pub protocol: Option<OtlpProtocol>,
    /// How long one export may take, tries included. Default 5 s.
    #[serde(default = "export_timeout")]
    pub timeout: HumanDuration,
    /// Headers of every request, for a collector that wants a key. Those of the environment
    /// variable `OTEL_EXPORTER_OTLP_HEADERS` are added. Default: none.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Whether it gets metrics. Default yes.
    #[serde(default = "yes")]
    pub metrics: bool,
    /// Whether it gets spans. Default yes.
    #[serde(default = "yes")]
    pub traces: bool,
}

fn export_timeout() -> HumanDuration {
    HumanDuration::from_secs(5)
}

fn yes() -> bool {
    true
}

impl OtlpOptions {
    /// A collector at this address, everything else by default.
    pub fn new(endpoint: impl Into<String>) -> OtlpOptions {
        OtlpOptions {
            endpoint: endpoint.into(),
            protocol: None,
            timeout: export_timeout(),
            headers: BTreeMap::new(),
            metrics: true,
            traces: true,
        }
    }
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// Protobuf messages over HTTP/1.1.
    #[default]
    #[serde(rename = "http/protobuf")]
    HttpProtobuf,
    /// gRPC. Needs the feature `otlp-grpc`.
    #[serde(rename = "grpc")]
    Grpc,
}

/// Which leases are told of as spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpanMode {
    /// None.
    Off,
    /// Those whose trace is sampled, and the exceptions: slow, failed, overstayed, evicted.
    #[default]
    Sampled,
    /// Every one.
    All,
}

impl TelemetryOptions {
    /// Everything about these options that makes no sense; empty if all is well.
    pub fn mistakes(&self) -> Vec<OptionError> {
        let mut found = Vec::new();
        if !(0.0..=1.0).contains(&self.span_ratio) {
            found.push(OptionError::new("span_ratio", format!("{} is no share; 0 to 1", self.span_ratio)));
        }
        if self.interval.get().is_zero() || self.interval.is_never() {
            found.push(OptionError::new("interval", "metrics are sent every so often; at least 1ms"));
        }
        if self.page == Some(true) && self.prometheus.is_none() {
            let why = "the page is served where the metrics are: give `prometheus` an address, as \"127.0.0.1:9464\"";
            found.push(OptionError::new("page", why));
        }
        if let Err(error) = super::logs::check(&self.log) {
            found.push(OptionError::new("log", error));
        }
        if let Some(otlp) = &self.otlp {
            otlp.check(&mut found);
        }
        found
    }
}

impl TelemetryOptions {
    /// Where the page is served, if it is.
    pub(super) fn page_at(&self) -> Option<SocketAddr> {
        let wanted = |address: &SocketAddr| self.page.unwrap_or_else(|| address.ip().is_loopback());
        self.prometheus.filter(wanted)
    }
}

impl OtlpProtocol {
    /// Whether it is built in.
    pub(super) fn check(self) -> Result<OtlpProtocol, String> {
        if self == OtlpProtocol::Grpc && !cfg!(feature = "otlp-grpc") {
            return Err("gRPC is not built in: build with the feature `otlp-grpc`, or use \"http/protobuf\", \
                        which collectors usually take at port 4318"
                .to_owned());
        }
        Ok(self)
    }
}

impl OtlpOptions {
    fn check(&self, found: &mut Vec<OptionError>) {
        if let Err(error) = Target::parse(&self.endpoint, OtlpProtocol::default(), "") {
            found.push(OptionError::new("otlp.endpoint", error));
        }
        if let Some(Err(error)) = self.protocol.map(OtlpProtocol::check) {
            found.push(OptionError::new("otlp.protocol", error));
        }
        if self.timeout.get().is_zero() || self.timeout.is_never() {
            found.push(OptionError::new("otlp.timeout", "an export has to end, and needs some time; at least 1ms"));
        }
        for (name, value) in &self.headers {
            if let Err(error) = super::otlp::header(name, value) {
                found.push(OptionError::new(&format!("otlp.headers.{name}"), error));
            }
        }
    }
}
