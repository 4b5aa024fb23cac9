//! The telemetry on real software: what Prometheus scrapes and VictoriaMetrics and a collector are sent.
//!
//! Servers that are missing are skipped, loudly: see `servers/`. To have them: `scripts/install-servers`.

mod checker;
mod dashboard;
mod dashboards;
mod echo;
mod live;
mod may_be_empty;
mod printed;
mod problems;
mod rules;
mod traces;
mod variables;
mod victoria;
mod viewer;
