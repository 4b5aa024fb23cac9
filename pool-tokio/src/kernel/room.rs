//! Where a machine lives.
//!
//! A lease has to find its machine again, on whatever thread it is dropped. A counted reference in
//! each lease would do, and cost as much as the lock: two steps that all cores take on one count.
//! So the reference is the connection's: it holds its pool for as long as it exists, through many
//! leases. Then the lock must not lie in what that reference keeps alive, for the connection is put
//! back, reference and all, while the lock is held. It lies in a room that is never torn down, only
//! cleared and let again, so there are never more rooms than pools have lived at once.

use pool_core::{Effects, Machine, Payload};

use self::store::Place;
use crate::sync::{Mutex, MutexGuard};

/// The room of one machine. Clones are keys to it, which cost nothing.
pub(crate) struct Room<P: Payload + 'static, O: 'static>(Place<Inside<P, O>>);

/// What is in a room that is let.
pub(super) struct Inside<P: Payload + 'static, O: 'static> {
    pub(super) machine: Machine<P>,
    owner: O,
    #[cfg(all(test, loom))]
    fault: super::fault::Fault,
}

impl<P: Payload + 'static, O: 'static> Inside<P, O> {
    fn new(machine: Machine<P>, owner: O) -> Inside<P, O> {
        Inside {
            machine,
            owner,
            #[cfg(all(test, loom))]
            fault: super::fault::Fault::None,
        }
    }
}

/// Whose machine it is, for visits of those who do not know.
pub(crate) trait Owner<P: Payload>: Sized + 'static {
    /// The owner while it is at hand.
    type Found;

    /// Finds the owner. Under the lock: nothing of the user's.
    fn find(&self) -> Self::Found;

    /// Does what follows from a visit, outside the lock.
    fn settle(found: Self::Found, effects: Effects<P>);
}

/// A room that can be had and given up.
pub(crate) trait ToLet<P: Payload + 'static, O: 'static> {
    /// A room with this machine in it.
    fn with(machine: Machine<P>, owner: O) -> Self;

    /// Clears the room, so that it can be let again. Nobody else may have a key.
    fn clear(&self);
}

impl<P: Payload + 'static, O: 'static> Clone for Room<P, O> {
    #[inline(always)]
    fn clone(&self) -> Room<P, O> {
        Room(Place::clone(&self.0))
    }
}

/// The machine, locked.
pub(super) struct Locked<'a, P: Payload + 'static, O: 'static>(MutexGuard<'a, Option<Inside<P, O>>>);

impl<P: Payload + 'static, O: 'static> Locked<'_, P, O> {
    #[inline(always)]
    pub(super) fn machine(&mut self) -> &mut Machine<P> {
        match &mut *self.0 {
            Some(inside) => &mut inside.machine,
            None => unreachable!("a room is cleared when nobody has a key to it"),
        }
    }

    #[cfg(all(test, loom))]
    pub(super) fn plant(&mut self, fault: super::fault::Fault) {
        self.0.as_mut().expect("a room that is let").fault = fault;
    }

    #[cfg(all(test, loom))]
    fn has(&self, fault: super::fault::Fault) -> bool {
        self.0.as_ref().is_some_and(|inside| inside.fault == fault)
    }
}

impl<P: Payload + 'static, O: 'static> Room<P, O> {
    #[inline(always)]
    pub(super) fn lock(&self) -> Locked<'_, P, O> {
        Locked(self.0.lock())
    }
}

impl<P: Payload + 'static, O: Owner<P>> Room<P, O> {
    /// Calls the machine under the lock, for one who has only the key; what follows from it is done
    /// for the owner after unlocking.
    #[inline(always)]
    pub(crate) fn visit<R>(&self, call: impl FnOnce(&mut Machine<P>) -> R) -> R {
        let mut locked = self.lock();
        let result = call(locked.machine());
        if locked.machine().has_effects() {
            settle(locked);
        }
        result
    }
}

#[cold]
#[inline(never)]
fn settle<P: Payload + 'static, O: Owner<P>>(mut locked: Locked<'_, P, O>) {
    if let Some(waker) = locked.machine().take_lone_waker() {
        #[cfg(all(test, loom))]
        if locked.has(super::fault::Fault::LostWakeOfADrop) {
            return;
        }
        drop(locked);
        return waker.wake();
    }
    let effects = locked.machine().take_effects();
    let found = locked.0.as_ref().map(|inside| inside.owner.find());
    drop(locked);
    if let Some(found) = found {
        O::settle(found, effects);
    }
}

#[cfg(not(loom))]
mod store {
    use std::any::{Any, TypeId};
    use std::collections::BTreeMap;

    use super::{Inside, Machine, Mutex, Payload, Room, ToLet};

    pub(super) type Place<T> = &'static Mutex<Option<T>>;

    /// Rooms to let, by the type of what may live there.
    static VACANT: Mutex<BTreeMap<TypeId, Vec<Box<dyn Any + Send>>>> = Mutex::new(BTreeMap::new());

    fn vacant<T: Send + 'static>() -> Place<T> {
        let found = VACANT.lock().get_mut(&TypeId::of::<T>()).and_then(Vec::pop);
        let found = found.and_then(|place| place.downcast::<Place<T>>().ok());
        found.map_or_else(|| &*Box::leak(Box::new(Mutex::new(None))), |place| *place)
    }

    impl<P: Payload + 'static, O: 'static> ToLet<P, O> for Room<P, O>
    where
        Inside<P, O>: Send,
    {
        fn with(machine: Machine<P>, owner: O) -> Room<P, O> {
            let place = vacant::<Inside<P, O>>();
            *place.lock() = Some(Inside::new(machine, owner));
            Room(place)
        }

        fn clear(&self) {
            let inside = self.0.lock().take();
            // What is in it may be the user's: outside the lock.
            drop(inside);
            VACANT.lock().entry(TypeId::of::<Inside<P, O>>()).or_default().push(Box::new(self.0));
        }
    }
}

/// Under loom a lock belongs to one run of the model.
#[cfg(loom)]
mod store {
    use std::sync::Arc;

    use super::{Inside, Machine, Mutex, Payload, Room, ToLet};

    pub(super) type Place<T> = Arc<Mutex<Option<T>>>;

    impl<P: Payload + 'static, O: 'static> ToLet<P, O> for Room<P, O> {
        fn with(machine: Machine<P>, owner: O) -> Room<P, O> {
            Room(Arc::new(Mutex::new(Some(Inside::new(machine, owner)))))
        }

        fn clear(&self) {
            drop(self.0.lock().take());
        }
    }
}
