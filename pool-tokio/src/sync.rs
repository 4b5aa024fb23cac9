//! The lock of the kernel and of the driver's bell: parking_lot's, or loom's when it is
//! model-checked. Neither poisons: a panic under it leaves the machine as it was told.
//!
//! Whoever finds it taken looks once more soon, then at long intervals, for a tenth of a millisecond
//! in all, and only then yields and sleeps as parking_lot does. It is held for a tenth of a
//! microsecond, so that a sleep would cost a hundred holds; a yield lets others run for milliseconds;
//! and one that looks all the time takes the cache line from the one who is to give the lock back: it
//! is cheaper to let the other worker go on for some microseconds. `crowd-two-workers` in the benches
//! shows the difference: a seventh more leases than with parking_lot's own way, and no wait of
//! milliseconds.

#[cfg(loom)]
pub(crate) use model::{Mutex, MutexGuard};
#[cfg(all(test, not(loom)))]
pub(crate) use patient::locks_taken;
#[cfg(not(loom))]
pub(crate) use patient::{Mutex, MutexGuard};

#[cfg(not(loom))]
mod patient {
    pub(crate) use parking_lot::MutexGuard;

    /// How often to spin before the second look, before each later one, and how many of these there are.
    const SOON: u32 = 16;
    const LATER: u32 = 512;
    const LOOKS: usize = 14;

    #[cfg(test)]
    thread_local! {
        static TAKEN: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    /// How many locks this thread has taken.
    #[cfg(test)]
    pub(crate) fn locks_taken() -> u64 {
        TAKEN.get()
    }

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(parking_lot::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Mutex<T> {
            Mutex(parking_lot::Mutex::new(value))
        }

        #[inline(always)]
        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            #[cfg(test)]
            TAKEN.set(TAKEN.get() + 1);
            match self.0.try_lock() {
                Some(guard) => guard,
                None => self.lock_patiently(),
            }
        }

        #[cold]
        #[inline(never)]
        fn lock_patiently(&self) -> MutexGuard<'_, T> {
            for spins in [SOON].into_iter().chain([LATER; LOOKS]) {
                for _ in 0..spins {
                    std::hint::spin_loop();
                }
                // Looking first: an attempt would take the line even where it fails.
                if !self.0.is_locked()
                    && let Some(guard) = self.0.try_lock()
                {
                    return guard;
                }
            }
            self.0.lock()
        }
    }
}

#[cfg(loom)]
mod model {
    pub(crate) use loom::sync::MutexGuard;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Mutex<T> {
            Mutex(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }
}
