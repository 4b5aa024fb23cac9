//! VictoriaMetrics.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::find::find_program;
use crate::http;
use crate::launch::Launch;
use crate::process::Process;
use crate::queries::Queries;
use crate::serve::serve;

/// VictoriaMetrics, which takes metrics over OTLP and is asked as Prometheus is.
#[derive(Debug, Clone)]
pub struct VictoriaMetrics {
    program: PathBuf,
}

/// A VictoriaMetrics at work, with an empty database of its own.
#[derive(Debug)]
pub struct VictoriaMetricsServer {
    process: Process,
    address: SocketAddr,
}

impl VictoriaMetrics {
    /// The VictoriaMetrics of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<VictoriaMetrics> {
        Some(VictoriaMetrics { program: find_program("VictoriaMetrics", "victoria-metrics", "victoria-metrics")? })
    }

    /// Starts it and waits until it is ready. Metrics of OTLP get names as Prometheus has them.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> VictoriaMetricsServer {
        let launch = |[address]: &[SocketAddr; 1]| {
            let launch = Launch::new("VictoriaMetrics", &self.program);
            let data = launch.directory().join("data");
            launch
                .arg(format!("-httpListenAddr={address}"))
                .arg(format!("-storageDataPath={}", data.display()))
                .arg("-opentelemetry.usePrometheusNaming")
                // Else what is newer than half a minute is not shown.
                .args(["-search.latencyOffset=0s", "-search.disableCache"])
        };
        let is_ready = |at: &[SocketAddr; 1]| http::get(at[0], "/health").is_ok_and(|answer| answer.status == 200);
        let (process, [address]) = serve(launch, is_ready);
        VictoriaMetricsServer { process, address }
    }
}

impl VictoriaMetricsServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that OTLP is sent to; exporters put `/v1/metrics` behind it.
    pub fn otlp(&self) -> String {
        format!("http://{}/opentelemetry", self.address)
    }

    /// Makes everything that has arrived visible to queries.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    pub fn flush(&self) {
        let answer = http::get(self.address, "/internal/force_flush").expect("VictoriaMetrics answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The way to ask it.
    pub fn queries(&self) -> Queries {
        Queries::new(self.address)
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}
