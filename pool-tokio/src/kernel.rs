//! The concurrent part of a pool, all of it: one lock around the machine, and what has to be done
//! when it is open again.
//!
//! No runtime, no clock and no connector in here, so that loom model-checks it as it is. Nothing of
//! the user's runs or is dropped under the lock: the machine hands it out as effects and as work.

mod bell;
#[cfg(all(test, loom))]
mod fault;
#[cfg(all(test, loom))]
mod model;
mod room;
mod turn;

pub(crate) use bell::Bell;
pub(crate) use room::Owner;
pub(crate) use room::Room;
pub(crate) use turn::Turn;

use std::future::Future;
use std::sync::Arc;
use std::task::Waker;

use pool_core::{Effects, Entry, Event, Machine, Payload, Plan, Time};

use self::room::{Locked, ToLet};

/// A machine behind its lock, and the bell of its driver.
pub(crate) struct Kernel<P: Payload + 'static, O: 'static> {
    room: Room<P, O>,
    bell: Arc<Bell>,
    #[cfg(all(test, loom))]
    fault: fault::Fault,
}

/// What a visit has to tell to those outside the lock.
pub(crate) trait Outside {
    /// The driver's bell was rung: there is work, or an earlier wake-up.
    fn rang(&self);
    /// Something happened that an observer may want to know.
    fn tell(&self, events: Vec<Event>);
    /// The last connection of a draining pool is gone.
    fn drained(&self);
}

impl<P: Payload + 'static, O: 'static> Kernel<P, O>
where
    Room<P, O>: ToLet<P, O>,
{
    pub(crate) fn new(plan: Plan, now: Time, owner: O) -> Kernel<P, O> {
        let bell = Arc::new(Bell::new());
        let machine = Machine::new(plan, Waker::from(Arc::clone(&bell)), now);
        Kernel {
            room: Room::with(machine, owner),
            bell,
            #[cfg(all(test, loom))]
            fault: fault::Fault::None,
        }
    }

    /// Plants a fault, for loom to find.
    #[cfg(all(test, loom))]
    fn plant(&mut self, fault: fault::Fault) {
        self.fault = fault;
        self.room.lock().plant(fault);
    }

    /// Gives up the room, when nobody else has a key to it.
    pub(crate) fn clear(&self) {
        self.room.clear();
    }
}

impl<P: Payload + 'static, O: 'static> Kernel<P, O> {
    /// A key to the room of the machine.
    #[inline(always)]
    pub(crate) fn room(&self) -> Room<P, O> {
        self.room.clone()
    }

    /// What wakes the driver.
    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Calls the machine under the lock; what follows from it is done after unlocking.
    #[inline(always)]
    pub(crate) fn visit<R>(&self, outside: &impl Outside, call: impl FnOnce(&mut Machine<P>) -> R) -> R {
        let mut locked = self.room.lock();
        let result = call(locked.machine());
        if locked.machine().has_effects() {
            self.settle(outside, locked);
        }
        result
    }

    /// Closes a connection and frees its place, in this order: whoever takes the place finds the
    /// connection gone. Dropped half-way, it drops the connection first and the permit after it.
    pub(crate) async fn bury<F: Future<Output = ()>>(
        &self,
        outside: &impl Outside,
        entry: Box<Entry<P>>,
        close: impl FnOnce(P) -> F,
        now: impl FnOnce() -> Time,
    ) {
        let (payload, permit) = entry.into_parts();
        #[cfg(all(test, loom))]
        if self.fault == fault::Fault::FreedEarly {
            self.visit(outside, |machine| machine.closed(permit, now()));
            close(payload).await;
            return;
        }
        close(payload).await;
        self.visit(outside, |machine| machine.closed(permit, now()));
    }

    // Not inlined: most visits have no effects.
    #[cold]
    #[inline(never)]
    fn settle(&self, outside: &impl Outside, mut locked: Locked<'_, P, O>) {
        if let Some(waker) = locked.machine().take_lone_waker() {
            drop(locked);
            #[cfg(all(test, loom))]
            if self.fault == fault::Fault::LostWake {
                return;
            }
            return waker.wake();
        }
        let effects = locked.machine().take_effects();
        drop(locked);
        self.follow_up(outside, effects);
    }

    /// Does what a visit has led to, outside the lock.
    pub(crate) fn follow_up(&self, outside: &impl Outside, effects: Effects<P>) {
        // The rest of it are errors of the connector's: they are dropped here, outside the lock.
        let Effects { wakes, driver, events, drained, .. } = effects;
        #[cfg(all(test, loom))]
        let wakes = if self.fault == fault::Fault::LostWake { pool_core::Wakes::default() } else { wakes };
        wakes.wake();
        if driver {
            self.bell.ring();
            outside.rang();
        }
        if !events.is_empty() {
            outside.tell(events);
        }
        if drained {
            outside.drained();
        }
    }
}
