//! The telemetry on real software: what Prometheus scrapes and VictoriaMetrics and a collector are sent.
//!
//! Servers that are missing are skipped, loudly: see `servers/`. To have them: `scripts/install-servers`.

mod checker;
mod dashboard;
mod dashboards;
mod live;
mod may_be_empty;
mod rules;
mod variables;
