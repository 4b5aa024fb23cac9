//! The driver: one task per pool, which lets time pass for the machine and starts its work.
//!
//! It holds only a `Weak`, so that a forgotten pool ends. When its runtime dies, its seat becomes
//! vacant and all waiters are woken; the first that is polled in a living runtime starts another.

mod follow;
mod seat;
mod tasks;

pub(crate) use follow::heard;
pub(crate) use seat::Seat;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use pool_core::{Connector, Machine, Work};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep, sleep};

use crate::calm::calm;
use crate::clock::Pace;
use crate::kernel::Bell;
use crate::shared::{Deadlines, Shared, next_work};

/// How many pieces of work are started before other tasks get their turn.
const WORK_SLICE: usize = 64;

/// Longer than any process lives, and shorter than what tokio's timers can tell.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Starts a driver on the current runtime, if there is one and no other driver. Whether there is a
/// driver now.
pub(crate) fn take_seat<C: Connector>(shared: &Arc<Shared<C>>) -> bool {
    let Ok(runtime) = Handle::try_current() else { return false };
    // Made here, so that a runtime without timers is told of in the caller's own words.
    let timer = Box::pin(sleep(FAR));
    if shared.seat.take(&runtime) {
        let pace = shared.clock.pace();
        let driver = Driver { shared: Arc::downgrade(shared), follower: None };
        let bell = Arc::clone(shared.kernel.bell());
        runtime.spawn(drive(driver, bell, timer, pace));
    }
    true
}

async fn drive<C: Connector>(mut driver: Driver<C>, bell: Arc<Bell>, mut timer: Pin<Box<Sleep>>, pace: Pace) {
    loop {
        let Some(shared) = driver.shared.upgrade() else { return };
        driver.follow(&shared);
        let next = round(&shared, &pace);
        drop(shared);
        match next {
            Next::Round => tokio::task::yield_now().await,
            Next::In(wait) => {
                timer.as_mut().reset(Instant::now() + wait.min(FAR));
                poll_fn(|cx| match bell.poll_rung(cx) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => timer.as_mut().poll(cx),
                })
                .await;
            }
            Next::Bell => poll_fn(|cx| bell.poll_rung(cx)).await,
            Next::End => return,
        }
    }
}

/// What the driver does after a round.
enum Next {
    /// Another round, when others had their turn.
    Round,
    /// Sleep for so long, or until the bell.
    In(Duration),
    /// Sleep until the bell.
    Bell,
    /// There is nothing left to drive.
    End,
}

fn round<C: Connector>(shared: &Arc<Shared<C>>, pace: &Pace) -> Next {
    shared.clock.follow(pace);
    let more = shared.visit_unheard(|machine| machine.tick(shared.clock.now()));
    let started = run_work(shared, &Handle::current(), WORK_SLICE);
    if more || started == WORK_SLICE {
        return Next::Round;
    }
    let closing = shared.closing.load(Ordering::Acquire);
    let (wake, drained) = shared.visit_unheard(|machine| (machine.next_wake(), machine.is_drained()));
    if closing && drained {
        Next::End
    } else if wake.is_never() {
        Next::Bell
    } else {
        Next::In(wake.since(shared.clock.now()))
    }
}

/// Starts a task for each piece of work, at most so many; how many it were.
pub(crate) fn run_work<C: Connector>(shared: &Arc<Shared<C>>, runtime: &Handle, most: usize) -> usize {
    let stranded = std::mem::take(&mut *shared.stranded.lock());
    for ticket in stranded {
        let within = shared.visit_unheard(|machine| Deadlines::of(machine.options()));
        tasks::start(shared, runtime, Work::Dial(ticket), within);
    }
    for started in 0..most {
        let next = shared.visit_unheard(|machine| next_work(machine, shared.clock.now()));
        let Some((work, within)) = next else { return started };
        tasks::start(shared, runtime, work, within);
    }
    most
}

/// There is no runtime to close, reset or check connections on: they are dropped. Dials wait for
/// a runtime.
pub(crate) fn drop_work<C: Connector>(shared: &Arc<Shared<C>>) {
    loop {
        let now = shared.clock.now();
        match shared.visit_unheard(|machine| machine.take_work(now)) {
            None => return,
            Some(Work::Close(entry, _)) => tasks::drop_connection(shared, *entry),
            Some(Work::Reset(entry)) => {
                shared.visit_unheard(|machine| machine.reset_done(entry, Some("there is no runtime".into()), now));
            }
            // Nothing is known of it; lost, it is replaced without suspicion on others.
            Some(Work::Check(entry)) => drop(calm(|| drop(entry))),
            Some(Work::Dial(ticket)) => tasks::strand(shared, ticket),
            Some(Work::Abandon(id)) => tasks::abandon(shared, id),
        }
    }
}

/// A driver in its seat. When it goes, whyever, another may come.
struct Driver<C: Connector> {
    shared: Weak<Shared<C>>,
    follower: Option<AbortHandle>,
}

impl<C: Connector> Driver<C> {
    /// Follows discovery. The driver before this one may have given its source back only now.
    fn follow(&mut self, shared: &Arc<Shared<C>>) {
        if let Some(follower) = follow::start(shared, &Handle::current()) {
            self.follower = Some(follower);
        }
    }
}

impl<C: Connector> Drop for Driver<C> {
    fn drop(&mut self) {
        if let Some(follower) = &self.follower {
            follower.abort();
        }
        if let Some(shared) = self.shared.upgrade() {
            shared.seat.leave();
            // Each waiter looks for a driver as it is polled.
            shared.visit_unheard(Machine::rouse);
            shared.dialed.notify_waiters();
            shared.emptied.notify_waiters();
        }
    }
}
