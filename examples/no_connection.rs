//! A pool of what is no connection at all: processes that are kept running, here shells that calculate. One is started
//! when somebody needs it, made like new after each use, replaced when it dies, and sent home in the end.
//!
//! `cargo run --example no_connection`

use std::io;
use std::process::Stdio;

use clearpool::Pool;
use clearpool::core::{CloseReason, ConnectCx, Connector, Outcome, PoolOptions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Starts shells.
struct Shells;

/// What is pooled.
struct Shell {
    process: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Shell {
    fn start() -> io::Result<Shell> {
        let mut command = Command::new("sh");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(commands), Some(answers)) => {
                Ok(Shell { process, commands, answers: BufReader::new(answers).lines() })
            }
            _ => Err(io::Error::other("the shell has no pipes")),
        }
    }

    /// The line with which it answers a command.
    async fn ask(&mut self, command: &str) -> io::Result<String> {
        self.commands.write_all(format!("{command}\n").as_bytes()).await?;
        self.answers.next_line().await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    async fn expect_ready(&mut self, command: &str) -> io::Result<()> {
        match self.ask(command).await?.as_str() {
            "ready" => Ok(()),
            other => Err(io::Error::other(format!("the shell says `{other}`"))),
        }
    }
}

impl Connector for Shells {
    type Connection = Shell;
    type Error = io::Error;

    async fn connect(&self, _: &ConnectCx<'_>) -> io::Result<Shell> {
        let mut shell = Shell::start()?;
        self.check(&mut shell).await?;
        Ok(shell)
    }

    /// Asked before each lease: does it still run?
    fn is_open(&self, shell: &mut Shell) -> bool {
        matches!(shell.process.try_wait(), Ok(None))
    }

    async fn check(&self, shell: &mut Shell) -> io::Result<()> {
        shell.expect_ready("echo ready").await
    }

    /// Asked at the end of each lease: each shell, for who knows what its holder has set in it.
    fn needs_reset(&self, _: &mut Shell) -> bool {
        true
    }

    /// A new shell in the same process. In the background: neither the last holder waits for it nor the next, if there
    /// is another one.
    async fn reset(&self, shell: &mut Shell) -> io::Result<()> {
        shell.expect_ready("exec sh -c 'echo ready; exec sh'").await
    }

    /// At the end of its input it goes by itself.
    async fn close(&self, shell: Shell, why: CloseReason) {
        let Shell { mut process, commands, .. } = shell;
        drop(commands);
        if let Ok(end) = process.wait().await {
            println!("a shell is closed ({}): {end}", why.reason);
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = PoolOptions::default();
    options.limits.max_open = 2;
    let pool = Pool::builder(Shells).name("shells").endpoints(["this machine"]).options(options).build()?;

    // Six who want to know something, and two shells.
    let sums = (1..=6).map(|number| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut shell = pool.acquire().await?;
            let square = shell.ask(&format!("x=$(({number} * {number})); echo $x")).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((number, square, shell.id()))
        })
    });
    for sum in sums.collect::<Vec<_>>() {
        let (number, square, shell) = sum.await?.map_err(|error| error.to_string())?;
        println!("{number} squared is {square}, says {shell}");
    }

    let mut shell = pool.acquire().await?;
    println!("what the holder before has set is gone: x is `{}`", shell.ask("echo $x").await?);

    // One dies under its holder, who says so. The next gets another one.
    shell.ask("kill -9 $$").await.expect_err("it is dead");
    shell.outcome(Outcome::Broken);
    drop(shell);
    let mut shell = pool.acquire().await?;
    println!("another one, {}, is {}", shell.id(), shell.ask("echo well").await?);
    drop(shell);

    println!("{}", pool.drain(std::time::Duration::from_secs(5)).await);
    Ok(())
}
