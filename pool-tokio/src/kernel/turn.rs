//! One caller's turn at the pool.

use std::task::{Poll, Waker};

use pool_core::{Acquire, Grant, Machine, Payload, Refusal, Time, WaiterId, Want};

use super::{Kernel, Outside};

/// One caller's turn at the pool: not begun, in the queue, or over.
///
/// Whoever holds it must call [`Turn::leave`] before it goes away.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    waiter: Option<WaiterId>,
}

/// What a turn ends with.
pub(crate) type Ended<P> = Result<Grant<P>, Refusal<<P as Payload>::Fault>>;

impl Turn {
    /// Begins, or looks whether there is an answer. With one, the turn is over and can begin again.
    #[inline]
    pub(crate) fn poll<P: Payload>(
        &mut self,
        kernel: &Kernel<P>,
        outside: &impl Outside,
        want: impl FnOnce(&Machine<P>) -> Want,
        waker: &Waker,
        now: Time,
    ) -> Poll<Ended<P>> {
        match self.waiter {
            None => {
                let answer = kernel.visit(outside, |machine| {
                    let want = want(machine);
                    machine.acquire(&want, waker, now)
                });
                match answer {
                    Acquire::Granted(grant) => Poll::Ready(Ok(grant)),
                    Acquire::Refused(refusal) => Poll::Ready(Err(refusal)),
                    Acquire::Waiting(waiter) => {
                        self.waiter = Some(waiter);
                        Poll::Pending
                    }
                }
            }
            Some(waiter) => {
                let answer = kernel.visit(outside, |machine| machine.poll_wait(waiter, waker, now));
                if answer.is_ready() {
                    self.waiter = None;
                }
                answer
            }
        }
    }

    /// Gives up: out of the queue, and what was granted meanwhile goes to the next.
    pub(crate) fn leave<P: Payload>(&mut self, kernel: &Kernel<P>, outside: &impl Outside, now: impl FnOnce() -> Time) {
        let Some(waiter) = self.waiter.take() else { return };
        #[cfg(all(test, loom))]
        if kernel.fault == super::fault::Fault::CancelKeepsGrant {
            return;
        }
        kernel.visit(outside, |machine| machine.cancel(waiter, now()));
    }
}
