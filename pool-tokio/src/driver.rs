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

use pool_core::{Connector, Machine, Time, Work};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep, sleep};

use crate::calm::calm;
use crate::clock::Pace;
use crate::kernel::Bell;
use crate::payload::Pooled;
use crate::shared::{Deadlines, Shared};

/// How many pieces of work are taken at once; then others have their turn, at the lock and at the processor.
const WORK_SLICE: usize = 32;

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
    let now = shared.clock.now();
    // All in one visit: others want the lock too.
    let (more, slice, wake, drained) = shared.visit_unheard(|machine| {
        let more = machine.tick(now);
        let slice = Slice::take(machine, now);
        (more, slice, machine.next_wake(), machine.is_drained())
    });
    let is_full = slice.is_full();
    slice.start(shared, &Handle::current());
    if more || is_full {
        return Next::Round;
    }
    if shared.closing.load(Ordering::Acquire) && drained {
        Next::End
    } else if wake.is_never() {
        Next::Bell
    } else {
        Next::In(wake.since(shared.clock.now()))
    }
}

/// Starts all that is to be done now.
pub(crate) fn run_work<C: Connector>(shared: &Arc<Shared<C>>, runtime: &Handle) {
    loop {
        let slice = shared.visit_unheard(|machine| Slice::take(machine, shared.clock.now()));
        let is_full = slice.is_full();
        slice.start(shared, runtime);
        if !is_full {
            return;
        }
    }
}

/// Some work, and the deadlines in force.
struct Slice<C: Connector> {
    work: Vec<Work<Pooled<C>>>,
    within: Deadlines,
}

impl<C: Connector> Slice<C> {
    fn take(machine: &mut Machine<Pooled<C>>, now: Time) -> Slice<C> {
        let work = std::iter::from_fn(|| machine.take_work(now)).take(WORK_SLICE).collect();
        Slice { work, within: Deadlines::of(machine.options()) }
    }

    fn is_full(&self) -> bool {
        self.work.len() == WORK_SLICE
    }

    /// Starts a task for each piece, after the dials that another runtime did not live to see the end of.
    fn start(self, shared: &Arc<Shared<C>>, runtime: &Handle) {
        let stranded = std::mem::take(&mut *shared.stranded.lock());
        for work in stranded.into_iter().map(Work::Dial).chain(self.work) {
            tasks::start(shared, runtime, work, self.within);
        }
    }
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
