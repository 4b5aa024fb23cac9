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
pub(crate) type Ended<P> = Result<Grant<P>, Box<Refusal<<P as Payload>::Fault>>>;

impl Turn {
    /// Whether it has begun: then there is an answer to fetch.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiter.is_some()
    }

    /// Begins.
    #[inline(always)]
    pub(crate) fn begin<P: Payload + 'static, O: 'static>(
        &mut self,
        kernel: &Kernel<P, O>,
        outside: &impl Outside,
        want: impl FnOnce(&Machine<P>) -> Want,
        waker: &Waker,
        now: Time,
    ) -> Acquire<P> {
        let answer = kernel.visit(outside, |machine| {
            let want = want(machine);
            machine.acquire(&want, waker, now)
        });
        if let Acquire::Waiting(waiter) = &answer {
            self.waiter = Some(*waiter);
        }
        answer
    }

    /// The answer, if there is one: then the turn is over and can begin again.
    pub(crate) fn fetch<P: Payload + 'static, O: 'static>(
        &mut self,
        kernel: &Kernel<P, O>,
        outside: &impl Outside,
        waker: &Waker,
        now: impl FnOnce() -> Time,
    ) -> Poll<Ended<P>> {
        let Some(waiter) = self.waiter else { return Poll::Pending };
        let answer = kernel.visit(outside, |machine| match machine.take_answer(waiter) {
            Some(answer) => Poll::Ready(answer),
            None => machine.poll_wait(waiter, waker, now()),
        });
        if answer.is_ready() {
            self.waiter = None;
        }
        answer
    }

    /// Gives up: out of the queue, and what was granted meanwhile goes to the next.
    pub(crate) fn leave<P: Payload + 'static, O: 'static>(
        &mut self,
        kernel: &Kernel<P, O>,
        outside: &impl Outside,
        now: impl FnOnce() -> Time,
    ) {
        let Some(waiter) = self.waiter.take() else { return };
        #[cfg(all(test, loom))]
        if kernel.fault == super::fault::Fault::CancelKeepsGrant {
            return;
        }
        kernel.visit(outside, |machine| machine.cancel(waiter, now()));
    }
}
