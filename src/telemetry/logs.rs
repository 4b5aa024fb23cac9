//! The log, and the layer that makes `tracing` spans the parents of the pools' spans.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use pool_core::catalog::SCOPE;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The crates that send spans: spans of theirs would make more of them, for ever.
const SENDERS: &[&str] = &["hyper", "hyper_util", "opentelemetry", "opentelemetry_sdk", "h2", "tower", "tonic"];

/// What a log directive says: `info,clearpool=debug`.
pub(crate) fn parse(directive: &str) -> Result<Targets, String> {
    directive.parse().map_err(|error| no_directive(directive, &error))
}

/// The same, and a single word has to be a level: a misspelt one would else be taken for a target.
pub(crate) fn check(directive: &str) -> Result<(), String> {
    for level in directive.split(',').filter(|part| !part.contains('=')) {
        level.trim().parse::<LevelFilter>().map_err(|error| no_directive(level, &error))?;
    }
    parse(directive).map(drop)
}

fn no_directive(directive: &str, error: &dyn std::fmt::Display) -> String {
    format!("`{directive}` is no log directive, such as `info,clearpool=debug`: {error}")
}

/// Installs the log on the standard error, and the layer for spans if there is a provider.
///
/// An application that has a subscriber of its own keeps it; that is told in its log.
pub(crate) fn install(filter: Targets, provider: Option<&SdkTracerProvider>) {
    let spans = provider.map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tracing"));
        let senders = SENDERS.iter().map(|sender| (*sender, LevelFilter::OFF));
        layer.with_filter(Targets::new().with_default(LevelFilter::INFO).with_targets(senders))
    });
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    if tracing_subscriber::registry().with(spans).with(log).try_init().is_err() {
        tracing::info!(
            target: SCOPE,
            "the application has a tracing subscriber of its own; it is kept, and shows the pools' notices"
        );
    }
}
