//! Each case and pool in a process of its own, under a watch.

use std::any::Any;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cases::{CASES, POOLS};
use crate::seen::Seen;

/// The first argument of such a process.
pub(crate) const FLAG: &str = "--case";

/// What runs for longer hangs.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs one case against one pool in this process, and prints what it saw.
pub(crate) fn run(case: &str, pool: &str) -> ExitCode {
    let case = case.parse().ok().and_then(|index: usize| CASES.get(index));
    let column = POOLS.iter().position(|name| *name == pool);
    let (Some(case), Some(column)) = (case, column) else { return ExitCode::FAILURE };
    let seen = catch_unwind(AssertUnwindSafe(case.run[column]));
    println!("{}", seen.unwrap_or_else(|panic| Seen::Fails(format!("panics: {}", words(&*panic)))));
    // Threads that hang are not waited for.
    std::process::exit(0)
}

/// The first line of a panic's message.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.and_then(|text| text.lines().next()).unwrap_or("without a message")
}

/// Runs one case against one pool in a process of its own.
pub(crate) fn watch(case: usize, pool: &str) -> Seen {
    watched(case, pool).unwrap_or_else(|error| panic!("the process of case {case} and {pool} cannot be run: {error}"))
}

fn watched(case: usize, pool: &str) -> io::Result<Seen> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([FLAG, &case.to_string(), pool])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let Some(status) = ended(&mut child)? else {
        child.kill()?;
        child.wait()?;
        return Ok(Seen::Fails(format!("hangs (ended after {LIMIT:?})")));
    };
    let mut told = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut told)?;
    }
    Ok(Seen::parse(told.trim()).unwrap_or_else(|| Seen::Fails(end(status))))
}

/// How it ended, if it did in time.
fn ended(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(Duration::from_millis(5));
    }
    Ok(None)
}

/// How a process ended that told nothing.
fn end(status: ExitStatus) -> String {
    if status.code().is_none() { "aborts the process".to_owned() } else { format!("ends with {status}") }
}
