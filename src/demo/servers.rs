//! The demo's servers as processes: started, killed, started again on the same port.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::DemoResult;

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    delay: Duration,
    child: Child,
}

/// The three of the demo: what they are called, and how long they take to answer.
pub(crate) const CAST: [(&str, Duration); 3] =
    [("a", Duration::from_millis(1)), ("b", Duration::from_millis(1)), ("c", Duration::from_millis(6))];

/// The one that is killed and comes back.
pub(crate) const KILLED: &str = "b";

impl Server {
    /// Starts a server on a free port.
    pub(crate) async fn start(name: &'static str, delay: Duration) -> DemoResult<Server> {
        let (child, address) = spawn("127.0.0.1:0", delay).await?;
        Ok(Server { name, address, delay, child })
    }

    /// From now on it takes so long to answer.
    pub(crate) async fn slow_down(&mut self, delay: Duration) -> DemoResult<()> {
        let input = self.child.stdin.as_mut().ok_or("a server without standard input")?;
        input.write_all(format!("{}us\n", delay.as_micros()).as_bytes()).await?;
        self.delay = delay;
        Ok(())
    }

    /// Kills it: its connections break, its port is closed.
    pub(crate) async fn kill(&mut self) -> DemoResult<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again where it was.
    pub(crate) async fn restart(&mut self) -> DemoResult<()> {
        let (child, _) = spawn(&self.address, self.delay).await?;
        self.child = child;
        Ok(())
    }
}

/// This program once more, as a server.
async fn spawn(listen: &str, delay: Duration) -> DemoResult<(Child, String)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["demo-server", "--listen", listen, "--delay", &format!("{}us", delay.as_micros())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or("a server without standard output")?;
    let first = BufReader::new(output).lines().next_line().await?;
    let address = first.ok_or_else(|| format!("the server on {listen} did not start"))?;
    Ok((child, address))
}
