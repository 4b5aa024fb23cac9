//! The lock of the kernel and of the driver's bell: parking_lot's, or loom's when it is
//! model-checked. Neither poisons: a panic under it leaves the machine as it was told.
//!
//! Whoever finds it taken steps back for ever longer before looking again, for some tens of
//! microseconds at most, and only then yields and sleeps as parking_lot does. It is held for a tenth
//! of a microsecond, so that a sleep would cost a hundred holds; a yield lets others run for
//! milliseconds; and one that looks all the time takes the cache line from the one who is to give the
//! lock back. `crowd-two-workers` in the benches shows the difference: as much throughput as
//! parking_lot's own way or more, and a longest wait of a fraction.

#[cfg(loom)]
pub(crate) use model::{Mutex, MutexGuard};
#[cfg(all(test, not(loom)))]
pub(crate) use patient::locks_taken;
#[cfg(not(loom))]
pub(crate) use patient::{Mutex, MutexGuard};

#[cfg(not(loom))]
mod patient {
    pub(crate) use parking_lot::MutexGuard;

    /// How often to spin before each look.
    const STEPS_BACK: [u32; 8] = [4, 16, 64, 256, 512, 512, 512, 512];

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
            for spins in STEPS_BACK {
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
