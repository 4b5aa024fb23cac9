//! A viewer of traces for the demo: the program `trace-ui`, which shows Jaeger's page.
//!
//! It is no part of Clearpool: in a checkout, `scripts/install-servers trace-ui` builds it, and `just demo
//! --traces` finds it there. Any program of that name will do that prints the URL of its page as its first
//! line, takes OTLP over HTTP behind it, and ends when its standard input does.

use std::io::{self, IsTerminal};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::DemoResult;
use super::screen::Screen;

const PROGRAM: &str = "trace-ui";

/// It has to tell its address within this.
const START: Duration = Duration::from_secs(20);

/// A viewer at work. It ends with this.
#[derive(Debug)]
pub(crate) struct Viewer {
    /// Of its page, and of what it is sent.
    pub(crate) url: String,
    _child: Child,
}

impl Viewer {
    pub(crate) async fn start() -> DemoResult<Viewer> {
        let started = Command::new(PROGRAM).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut child = started.map_err(|error| missing(&error))?;
        let output = child.stdout.take().ok_or("a viewer without standard output")?;
        let mut lines = BufReader::new(output).lines();
        let first = timeout(START, lines.next_line()).await.map_err(|_| format!("`{PROGRAM}` tells no address"))??;
        let url = first.filter(|line| line.starts_with("http://"));
        let url = url.ok_or_else(|| format!("`{PROGRAM}` should print its URL as its first line, and does not"))?;
        Ok(Viewer { url: url.trim().to_owned(), _child: child })
    }

    /// Stays for somebody at a terminal to look at what there is.
    pub(crate) async fn stay(self, screen: &mut Screen) {
        if !io::stdin().is_terminal() {
            return;
        }
        screen.say(&format!("\nThe traces are at {} until you press Enter.", self.url));
        let _ = BufReader::new(tokio::io::stdin()).lines().next_line().await;
    }
}

fn missing(error: &io::Error) -> String {
    format!(
        "there is no viewer of traces: `{PROGRAM}`: {error}. In a checkout, `scripts/install-servers {PROGRAM}` builds \
         it, and `just demo --traces` finds it. Without one, spans go wherever OTEL_EXPORTER_OTLP_ENDPOINT points"
    )
}
