//! Real servers for tests: found on this machine, started on free ports of the loopback address with a
//! directory of their own, watched until they are ready, and stopped whatever becomes of the test.
//!
//! ```no_run
//! # use clearpool_servers::Prometheus;
//! # let address = "127.0.0.1:9464".parse().expect("an address");
//! let Some(prometheus) = Prometheus::find() else { return };
//! let prometheus = prometheus.scrape("clearpool", address).start();
//! let up = prometheus.queries().instant("up", None).expect("a good query");
//! ```
//!
//! **A server that is not there** is a skip that cannot be overlooked: the `find` of every server says so
//! on standard error, past the capture of the test harness, with the command that installs it. Where the
//! environment variable `CLEARPOOL_REQUIRE_SERVERS` is set, as it is in CI, it panics instead.
//!
//! **A server outlives no test.** It runs under a few lines of shell that hold the other end of a pipe.
//! When that closes, since the value is dropped, or the test panics, aborts or is killed, the shell kills
//! the server with all its children and removes its directory. So a server may live in a static as well.
//!
//! **A test that fails shows the server's log**: it is printed when a [`Process`] is dropped by a panic.
//!
//! **One more server** is a file here and a function in `scripts/install-servers`. The file has a type with
//! `find`, which asks [`find_program`], and `start`, which gives a [`Launch`] to [`serve`] and says how it
//! is seen that it is ready; `victoria_metrics.rs` is the shortest. The function brings the program to the
//! machine's search path or to `target/servers/bin`. [`http`] and [`Queries`] are there to talk to it.

#![forbid(unsafe_code)]

mod authority;
mod chromium;
mod consul;
mod find;
mod holder;
pub mod http;
mod launch;
mod log;
mod nginx;
mod patience;
mod pause;
#[cfg(unix)]
mod postgres;
mod process;
mod prometheus;
mod promtool;
mod proxy;
mod queries;
mod redis;
mod rotel;
mod serve;
mod victoria_metrics;

pub use authority::{Authority, Papers};
pub use chromium::Chromium;
pub use consul::{Consul, ConsulServer};
pub use find::find_program;
pub use holder::serve_holding;
pub use launch::Launch;
pub use log::Log;
pub use nginx::{Nginx, NginxServer};
pub use patience::{LONG, eventually, pause, unix_seconds};
#[cfg(unix)]
pub use postgres::{Postgres, PostgresServer};
pub use process::Process;
pub use prometheus::{Prometheus, PrometheusServer};
pub use promtool::Promtool;
pub use proxy::FaultProxy;
pub use queries::{Queries, Sample, Series};
pub use redis::{Redis, RedisServer};
pub use rotel::{Rotel, RotelServer};
pub use serve::serve;
pub use victoria_metrics::{VictoriaMetrics, VictoriaMetricsServer};
