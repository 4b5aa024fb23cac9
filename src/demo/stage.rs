//! What is set up before the play: servers, the working copy of the file, telemetry, the pool.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pool_tokio::Pool;

use super::screen::Screen;
use super::servers::{CAST, Server};
use super::viewer::Viewer;
use super::{CONFIG, DemoResult, POOL};
use crate::connector::TcpConnector;
use crate::telemetry::{self, Guard};
use crate::{App, Loader, Pools};

/// All that a demo needs.
pub(crate) struct Stage {
    pub(crate) servers: Vec<Server>,
    pub(crate) file: WorkingCopy,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) telemetry: Guard,
    pub(crate) pools: Pools,
    pub(crate) pool: Pool<TcpConnector>,
}

impl Stage {
    /// Starts the servers, writes the working copy, builds the pool from it. Spans go to the viewer, if there
    /// is one.
    pub(crate) async fn set(app: &App, viewer: Option<Viewer>) -> DemoResult<Stage> {
        Stage::set_with(app, viewer, &CAST, &[]).await
    }

    /// The same with other servers, and with other words in the file: each first is replaced by its second.
    pub(crate) async fn set_with(
        app: &App,
        viewer: Option<Viewer>,
        cast: &[(&'static str, Duration)],
        words: &[(&str, &str)],
    ) -> DemoResult<Stage> {
        let mut servers = Vec::new();
        for (name, delay) in cast {
            servers.push(Server::start(name, *delay).await?);
        }
        let mut file = WorkingCopy::write(&with_addresses(CONFIG, &servers))?;
        for (from, to) in words {
            file.edit(from, to)?;
        }
        let mut loader = Loader::new(app).file(file.path()).process_env();
        if let Some(viewer) = &viewer {
            // Which takes nothing but spans, and these only so. With a log, if a quiet one, comes the layer that
            // sends the spans of the demo's own requests.
            loader = loader
                .set("telemetry.log", "error")
                .set("telemetry.otlp.endpoint", viewer.url.as_str())
                .set("telemetry.otlp.protocol", "http/protobuf")
                .set("telemetry.otlp.metrics", false);
        }
        let config = loader.load()?;
        let telemetry = telemetry::init(&config.telemetry)?;
        let pools = Pools::from_config(app, &config, &telemetry)?;
        let pool = pools.get::<TcpConnector>(POOL)?;
        Ok(Stage { servers, file, viewer, telemetry, pools, pool })
    }

    /// Where the metrics are.
    fn metrics(&self) -> Option<SocketAddr> {
        self.telemetry.prometheus_address()
    }

    /// Says where everything is, the page first.
    pub(crate) fn introduce(&self, screen: &mut Screen) {
        if let Some(address) = self.telemetry.page_address() {
            screen.say(&format!("page       http://{address}/"));
        }
        if let Some(address) = self.metrics() {
            screen.say(&format!("metrics    http://{address}/metrics"));
        }
        if let Some(viewer) = &self.viewer {
            screen.say(&format!("traces     {}", viewer.url));
        }
        for server in &self.servers {
            screen.say(&format!("server {}   {}", server.name, server.address));
        }
        screen.say(&format!("config     {}\n", self.file.path().display()));
    }
}

/// The demo's servers in the place of the example's addresses.
fn with_addresses(config: &str, servers: &[Server]) -> String {
    let mut config = config.to_owned();
    for (number, server) in (1..).zip(servers) {
        config = config.replace(&format!("127.0.0.1:700{number}"), &server.address);
    }
    config
}

/// A copy of the configuration that the demo edits. Removed with its directory in the end.
#[derive(Debug)]
pub(crate) struct WorkingCopy {
    directory: PathBuf,
    text: String,
}

impl WorkingCopy {
    fn write(text: &str) -> DemoResult<WorkingCopy> {
        let directory = std::env::temp_dir().join(format!("clearpool-demo-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let copy = WorkingCopy { directory, text: text.to_owned() };
        std::fs::write(copy.path(), text)?;
        Ok(copy)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        Path::new(&self.directory).join("demo.toml")
    }

    /// Writes the file anew with `from` replaced by `to`; what it was before can be put back.
    pub(crate) fn edit(&mut self, from: &str, to: &str) -> DemoResult<()> {
        if !self.text.contains(from) {
            return Err(format!("the demo wants to edit `{from}`, which its file does not have").into());
        }
        self.text = self.text.replacen(from, to, 1);
        Ok(std::fs::write(self.path(), &self.text)?)
    }
}

impl Drop for WorkingCopy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
