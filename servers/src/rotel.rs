//! rotel, a collector of OpenTelemetry.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

use crate::find::find_program;
use crate::launch::Launch;
use crate::process::Process;
use crate::serve::serve;

/// rotel: a collector that takes OTLP over HTTP and gRPC.
#[derive(Debug, Clone)]
pub struct Rotel {
    program: PathBuf,
    verbosity: &'static str,
}

/// A rotel at work.
#[derive(Debug)]
pub struct RotelServer {
    process: Process,
    http: SocketAddr,
    grpc: SocketAddr,
}

impl Rotel {
    /// The rotel of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Rotel> {
        Some(Rotel { program: find_program("rotel", "rotel-agent", "rotel")?, verbosity: "detailed" })
    }

    /// Writes into its log how much arrives, for a test that sends a lot. Default: every span and metric in
    /// full.
    pub fn brief(self) -> Rotel {
        Rotel { verbosity: "basic", ..self }
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> RotelServer {
        let listens = |at: &[SocketAddr; 2]| at.iter().all(|address| TcpStream::connect(address).is_ok());
        let (process, [http, grpc]) = serve(|[http, grpc]| self.launch(*http, *grpc), listens);
        RotelServer { process, http, grpc }
    }

    fn launch(&self, http: SocketAddr, grpc: SocketAddr) -> Launch {
        Launch::new("rotel", &self.program)
            .args(["start", "--otlp-http-endpoint", &http.to_string(), "--otlp-grpc-endpoint", &grpc.to_string()])
            .args(["--debug-log", "traces", "--debug-log", "metrics", "--debug-log-verbosity", self.verbosity])
            .args(["--batch-timeout", "50ms", "--exporter", "blackhole"])
            // Its log without colours.
            .env("NO_COLOR", "1")
    }
}

impl RotelServer {
    /// The URL for OTLP over HTTP; exporters put `/v1/traces` behind it.
    pub fn http(&self) -> String {
        format!("http://{}", self.http)
    }

    /// The URL for OTLP over gRPC.
    pub fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}
