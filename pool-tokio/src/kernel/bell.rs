//! What wakes the driver.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::sync::Mutex;

/// What wakes the driver, from any thread and without the pool's lock. A ring is kept until the
/// driver hears it, whether it sleeps, works or is not there yet.
#[derive(Debug)]
pub(crate) struct Bell {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rung: bool,
    driver: Option<Waker>,
}

impl Bell {
    pub(crate) fn new() -> Bell {
        Bell { state: Mutex::new(State { rung: false, driver: None }) }
    }

    /// Wakes the driver, or makes it look again before it sleeps.
    pub(crate) fn ring(&self) {
        let driver = {
            let mut state = self.state.lock();
            state.rung = true;
            state.driver.take()
        };
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// Ready if it was rung since the last time; else the driver is woken by the next ring.
    pub(crate) fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<()> {
        let (rung, _old) = {
            let mut state = self.state.lock();
            let rung = std::mem::take(&mut state.rung);
            // An old waker may be the last word of a task: it is dropped after unlocking.
            let old = if rung { None } else { state.driver.replace(cx.waker().clone()) };
            (rung, old)
        };
        if rung { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}
