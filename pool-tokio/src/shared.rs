//! What all handles, leases and tasks of a pool share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::{
    Connector, DialFault, Discovery, Effects, EntryId, Event, Lifecycle, Machine, Observer, PoolOptions, Refusal,
    RefusalKind, State, Summary, Ticket, Time,
};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::calm::calm;
use crate::clock::Clock;
use crate::driver::{self, Seat};
use crate::error::{About, AcquireError, DialError, Phase};
use crate::kernel::{Kernel, Outside, Owner};
use crate::lease;
use crate::payload::Pooled;

/// What all handles, leases and tasks of a pool share.
///
/// Handles are counted apart: idle connections live in here, so that a plain count of references
/// would say nothing about whether anybody still wants the pool.
pub(crate) struct Shared<C: Connector> {
    pub(crate) kernel: Kernel<Pooled<C>, Weak<Shared<C>>>,
    pub(crate) clock: Clock,
    pub(crate) connector: C,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// Whether the observer wants to be told of each lease.
    pub(crate) tells_leases: bool,
    pub(crate) name: Arc<str>,
    pub(crate) handles: AtomicUsize,
    pub(crate) seat: Seat,
    /// Whether the pool is closed or draining: what comes back is then closed at once.
    pub(crate) closing: AtomicBool,
    /// A draining pool has no connection left.
    pub(crate) emptied: Notify,
    /// A dial ended.
    pub(crate) dialed: Notify,
    /// Dials whose runtime ended before they did, for the next driver.
    pub(crate) stranded: Mutex<Vec<Ticket>>,
    /// Dials that are given up when their callers go.
    pub(crate) own_dials: Mutex<HashMap<EntryId, AbortHandle>>,
    pub(crate) faults: Mutex<Faults<DialError<C::Error>>>,
    /// The source of endpoints, while no driver follows it.
    pub(crate) discovery: Mutex<Option<Box<dyn Discovery>>>,
    pub(crate) discovery_error: Mutex<Option<Arc<str>>>,
}

/// The dials that failed.
pub(crate) struct Faults<F> {
    /// How many.
    pub(crate) count: u64,
    /// The last one.
    pub(crate) last: Option<F>,
}

impl<C: Connector> Shared<C> {
    /// Calls the machine, and does what follows from it.
    #[inline]
    pub(crate) fn visit<R>(self: &Arc<Self>, call: impl FnOnce(&mut Machine<Pooled<C>>) -> R) -> R {
        self.kernel.visit(&Here(self), call)
    }

    /// The same without a driver being started or replaced.
    pub(crate) fn visit_unheard<R>(self: &Arc<Self>, call: impl FnOnce(&mut Machine<Pooled<C>>) -> R) -> R {
        self.kernel.visit(&Unheard(self), call)
    }

    /// Somebody waits: there must be a driver.
    #[inline]
    pub(crate) fn attend(self: &Arc<Self>) {
        if self.seat.is_vacant() {
            driver::take_seat(self);
        }
    }

    /// Tells the observer, if there is one. Its panics are its own.
    #[inline]
    pub(crate) fn observe<R>(&self, call: impl FnOnce(&dyn Observer) -> R) -> Option<R> {
        let observer = self.observer.as_deref()?;
        calm(|| call(observer))
    }

    /// No more leases: waiters are refused, idle connections closed.
    pub(crate) fn close(self: &Arc<Self>) {
        self.closing.store(true, Ordering::Release);
        self.visit(|machine| machine.close(self.clock.now()));
        // The driver may be gone before it hears of it, with the last reference.
        self.work_at_once();
    }

    /// Does what a closing pool has to do without waiting for the driver.
    fn work_at_once(self: &Arc<Self>) {
        match self.seat.runtime().or_else(|| Handle::try_current().ok()) {
            Some(runtime) => {
                driver::run_work(self, &runtime);
            }
            None => driver::drop_work(self),
        }
    }

    pub(crate) fn standing(self: &Arc<Self>) -> Summary {
        self.visit(|machine| machine.summary())
    }

    /// What a refused caller is told.
    pub(crate) fn refusal(
        self: &Arc<Self>,
        refusal: Refusal<DialError<C::Error>>,
        asked: Time,
        now: Time,
    ) -> AcquireError<C::Error> {
        let Refusal { kind, by, last_dial, endpoints, ejected } = refusal;
        let about = self.about(last_dial, endpoints, ejected, now.since(asked));
        let about = Box::new(About { turned_away_by: by, ..about });
        let waited = about.waited;
        match kind {
            RefusalKind::Timeout => AcquireError::Timeout { phase: phase(&about.standing), waited, about },
            RefusalKind::Dial => AcquireError::Dial { about },
            RefusalKind::Exhausted => AcquireError::Exhausted { about },
            RefusalKind::QueueFull | RefusalKind::TurnedAway => AcquireError::Rejected { about },
            RefusalKind::NoEndpoint => AcquireError::NoEndpoint { total: endpoints, ejected, about },
            _ => AcquireError::Closed { about },
        }
    }

    pub(crate) fn about(
        self: &Arc<Self>,
        last_dial: Option<DialFault<DialError<C::Error>>>,
        endpoints: usize,
        ejected: usize,
        waited: Duration,
    ) -> About<C::Error> {
        let standing = self.standing();
        let discovery = self.discovery_error.lock().clone();
        let (pool, turned_away_by) = (Arc::clone(&self.name), None);
        About { pool, waited, standing, endpoints, ejected, turned_away_by, last_dial, discovery }
    }
}

/// Whether those who wait, wait for others or for dials.
fn phase(standing: &Summary) -> Phase {
    let dialing = standing.states[State::Dialing as usize] > 0;
    let nobody_holds = standing.states[State::Leased as usize] == 0 && standing.lifecycle == Lifecycle::Open;
    if dialing || nobody_holds { Phase::Dialing } else { Phase::Waiting }
}

impl<C: Connector> Drop for Shared<C> {
    fn drop(&mut self) {
        // The driver sees that there is nothing left to drive.
        self.kernel.bell().ring();
        self.kernel.clear();
    }
}

impl<C: Connector> Owner<Pooled<C>> for Weak<Shared<C>> {
    type Found = Option<Arc<Shared<C>>>;

    fn find(&self) -> Option<Arc<Shared<C>>> {
        self.upgrade()
    }

    fn settle(found: Option<Arc<Shared<C>>>, effects: Effects<Pooled<C>>) {
        match found {
            Some(shared) => shared.kernel.follow_up(&Here(&shared), effects),
            // The pool is being torn down: there is nobody else to be told.
            None => effects.wakes.wake(),
        }
    }
}

/// The pool as its kernel sees it.
pub(crate) struct Here<'a, C: Connector>(pub(crate) &'a Arc<Shared<C>>);

impl<C: Connector> Outside for Here<'_, C> {
    fn rang(&self) {
        let shared = self.0;
        if shared.closing.load(Ordering::Acquire) {
            shared.work_at_once();
        } else if shared.seat.is_vacant() {
            // A lease may be dropped here: a runtime without timers is as good as none.
            if !calm(|| driver::take_seat(shared)).unwrap_or(false) {
                driver::drop_work(shared);
            }
        }
    }

    fn tell(&self, events: Vec<Event>) {
        tell(self.0, &events);
    }

    fn drained(&self) {
        self.0.emptied.notify_waiters();
    }
}

/// The pool as its kernel sees it where no driver may be started: as one ends, or from its work.
struct Unheard<'a, C: Connector>(&'a Arc<Shared<C>>);

impl<C: Connector> Outside for Unheard<'_, C> {
    fn rang(&self) {}

    fn tell(&self, events: Vec<Event>) {
        tell(self.0, &events);
    }

    fn drained(&self) {
        self.0.emptied.notify_waiters();
    }
}

fn tell<C: Connector>(shared: &Shared<C>, events: &[Event]) {
    for event in events {
        if shared.tells_leases {
            lease::tell_first(shared, &event.what, event.at);
        }
        shared.observe(|observer| observer.event(&shared.name, event, event.at));
    }
}

/// The deadlines of the pool's tasks.
#[derive(Clone, Copy)]
pub(crate) struct Deadlines {
    pub(crate) dial: Duration,
    pub(crate) check: Duration,
    pub(crate) reset: Duration,
    pub(crate) close: Duration,
    pub(crate) tries: Tries,
    /// Whether a dial goes on when its caller has gone.
    pub(crate) detached: bool,
}

/// How often one dial is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tries {
    pub(crate) most: u32,
    pub(crate) pause: Duration,
}

impl Deadlines {
    pub(crate) fn of(options: &PoolOptions) -> Deadlines {
        Deadlines {
            dial: options.dial.timeout.get(),
            check: options.upkeep.check_timeout.get(),
            reset: options.upkeep.reset_timeout.get(),
            close: options.upkeep.close_timeout.get(),
            tries: Tries { most: options.dial.attempts, pause: options.dial.attempt_pause.get() },
            detached: options.dial.detached,
        }
    }
}
