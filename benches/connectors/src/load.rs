//! Callers that call without a pause, and what they see.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use crate::clock::Moment;
use crate::spread::{Spread, jain};
use cpu_time::ProcessTime;
use tokio::runtime::Runtime;
use tokio::sync::Barrier;

/// A client with its connections, whoever made it. Clones are handles to the same.
pub trait Client: Clone + Send + Sync + 'static {
    /// One call, which takes a connection and gives it back. `number` differs from call to call.
    fn call(&self, number: usize) -> impl Future<Output = Took> + Send;
}

/// How long a call took.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// Nanoseconds until there was a connection, where the client lets that be seen.
    pub wait: Option<u64>,
    /// Nanoseconds from then on.
    pub call: u64,
}

/// How a client is called.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// So many call at the same time, each without a pause.
    pub callers: usize,
    /// How long that is measured.
    pub period: Duration,
}

/// What was seen of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Calls that ended in a second.
    pub rate: f64,
    /// Microseconds of CPU for each call; those of servers in this process included.
    pub cpu: f64,
    /// Waits for a connection; none if they cannot be seen.
    pub waits: Spread,
    /// Calls without these waits.
    pub calls: Spread,
    /// Both together.
    pub whole: Spread,
    /// How evenly the callers were served: Jain's index.
    pub jain: f64,
}

/// They call already, so that everything is warm.
const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

/// How long they call before it counts.
const WARM_UP: Duration = Duration::from_millis(100);

/// Calls a client that is made for it.
pub fn run<C: Client>(load: Load, make: impl Future<Output = C>) -> Seen {
    let runtime = runtime();
    let seen = runtime.block_on(async {
        let (client, phase) = (make.await, Arc::new(AtomicU8::new(WARMING)));
        let all = Arc::new(Barrier::new(load.callers + 1));
        let callers: Vec<_> = (0..load.callers)
            .map(|caller| tokio::spawn(caller_of(client.clone(), caller, Arc::clone(&phase), Arc::clone(&all))))
            .collect();
        all.wait().await;
        // On a thread: where a client starves its callers, it would starve a task as well.
        let watch = thread::spawn(move || time(&phase, load.period));
        let mut seen = Seen::default();
        let mut shares = Vec::new();
        for caller in callers {
            let own = caller.await.expect("no caller panics");
            shares.push(own.served);
            seen.absorb(&own);
        }
        let (took, cpu) = watch.join().expect("it only sleeps");
        let served: u64 = shares.iter().sum();
        seen.rate = served as f64 / took.as_secs_f64();
        seen.cpu = cpu.as_secs_f64() * 1e6 / served.max(1) as f64;
        seen.jain = jain(&shares);
        seen
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    seen
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime can be started")
}

/// Lets them warm up, call, and stop; how long it was in truth, and how much CPU went into it.
fn time(phase: &AtomicU8, period: Duration) -> (Duration, Duration) {
    thread::sleep(WARM_UP);
    let (began, cpu) = (Moment::now(), ProcessTime::now());
    phase.store(MEASURING, Ordering::Relaxed);
    thread::sleep(period);
    phase.store(OVER, Ordering::Relaxed);
    (Duration::from_nanos(began.elapsed()), cpu.elapsed())
}

/// What one caller sees.
#[derive(Default)]
struct Own {
    served: u64,
    waits: Spread,
    calls: Spread,
    whole: Spread,
}

/// Calls until it is over. What ends after that is waited for and told, but does not count as served.
async fn caller_of<C: Client>(client: C, caller: usize, phase: Arc<AtomicU8>, all: Arc<Barrier>) -> Own {
    let mut own = Own::default();
    all.wait().await;
    for turn in 0.. {
        match phase.load(Ordering::Relaxed) {
            WARMING => drop(client.call(caller + turn).await),
            MEASURING => {
                let Took { wait, call } = client.call(caller + turn).await;
                own.served += u64::from(phase.load(Ordering::Relaxed) == MEASURING);
                wait.iter().for_each(|wait| own.waits.record(*wait));
                own.calls.record(call);
                own.whole.record(wait.unwrap_or(0) + call);
            }
            _ => break,
        }
    }
    own
}

impl Default for Seen {
    fn default() -> Seen {
        let none = Spread::default;
        Seen { rate: 0.0, cpu: 0.0, waits: none(), calls: none(), whole: none(), jain: 0.0 }
    }
}

impl Seen {
    fn absorb(&mut self, own: &Own) {
        self.waits.absorb(&own.waits);
        self.calls.absorb(&own.calls);
        self.whole.absorb(&own.whole);
    }
}
