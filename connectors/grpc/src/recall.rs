//! A waker that tells whether it was called while its task was at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Wake, Waker};

/// The task sleeps, or is about to be polled.
const ASLEEP: u8 = 0;
/// The task is at work.
const AT_WORK: u8 = 1;
/// The task is at work, and was called.
const CALLED: u8 = 2;

/// Wakes a task; but while that is at work, it leaves word instead: the task looks again by itself, which is cheaper than
/// to be scheduled once more.
#[derive(Debug)]
pub(crate) struct Recall {
    state: AtomicU8,
    task: Waker,
}

impl Recall {
    pub(crate) fn of(task: &Waker) -> Arc<Recall> {
        Arc::new(Recall { state: AtomicU8::new(ASLEEP), task: task.clone() })
    }

    /// Whether it wakes this task.
    pub(crate) fn is_of(&self, task: &Waker) -> bool {
        self.task.will_wake(task)
    }

    /// The task is at work, on whatever it was called for so far.
    pub(crate) fn begin(&self) {
        self.state.store(AT_WORK, Ordering::SeqCst);
    }

    /// Whether it was called since.
    pub(crate) fn is_called(&self) -> bool {
        self.state.load(Ordering::SeqCst) == CALLED
    }

    /// The task is about to sleep. Woken at once, if it was called since it began.
    pub(crate) fn end(&self) {
        if self.state.swap(ASLEEP, Ordering::SeqCst) == CALLED {
            self.task.wake_by_ref();
        }
    }
}

impl Wake for Recall {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let called = |state| (state != ASLEEP).then_some(CALLED);
        if self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, called).is_err() {
            self.task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_task_that_sleeps_is_woken_and_one_at_work_is_told() {
        let woken = Arc::new(Woken::default());
        let recall = Recall::of(&Waker::from(Arc::clone(&woken)));
        let waker = Waker::from(Arc::clone(&recall));
        let times = || woken.0.load(Ordering::SeqCst);
        waker.wake_by_ref();
        assert_eq!(times(), 1);
        recall.begin();
        assert!(!recall.is_called());
        waker.wake_by_ref();
        assert!(recall.is_called());
        assert_eq!(times(), 1, "it is at work");
        recall.begin();
        assert!(!recall.is_called(), "it has looked again");
        recall.end();
        assert_eq!(times(), 1);
        waker.wake_by_ref();
        assert_eq!(times(), 2);
    }

    #[test]
    fn a_call_after_the_last_look_is_not_lost() {
        let woken = Arc::new(Woken::default());
        let recall = Recall::of(&Waker::from(Arc::clone(&woken)));
        recall.begin();
        Waker::from(Arc::clone(&recall)).wake();
        recall.end();
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    }
}
