//! The future of a lease.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pool_core::{
    Connector, DialFault, EndpointId, ErrorClass, Grant, Machine, Refusal, RefusalKind, Time, TraceContext, Want,
};

use crate::error::{AcquireError, DialError};
use crate::kernel::Turn;
use crate::lease::{Dead, Lease};
use crate::payload::Pooled;
use crate::shared::{Here, Shared};

/// What one acquire asks for, where it differs from the pool's configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcquireOptions<'a> {
    /// How long it may take; zero: what is not ready at once fails. Default: `wait.timeout`.
    pub timeout: Option<Duration>,
    /// A connection to the endpoint of this name and no other. Default: the balance policy's pick.
    pub endpoint: Option<&'a str>,
    /// A key for balance policies that hash. Default: none.
    pub key: Option<u64>,
}

impl<'a> AcquireOptions<'a> {
    /// What the pool's configuration says.
    pub fn new() -> AcquireOptions<'a> {
        AcquireOptions::default()
    }

    /// How long it may take; zero: what is not ready at once fails.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> AcquireOptions<'a> {
        AcquireOptions { timeout: Some(timeout), ..self }
    }

    /// A connection to the endpoint of this name and no other.
    #[must_use]
    pub fn endpoint(self, name: &'a str) -> AcquireOptions<'a> {
        AcquireOptions { endpoint: Some(name), ..self }
    }

    /// A key for balance policies that hash.
    #[must_use]
    pub fn key(self, key: u64) -> AcquireOptions<'a> {
        AcquireOptions { key: Some(key), ..self }
    }
}

/// The future of a lease. Its time runs from its first poll; dropped, it leaves the queue, and what
/// it had been granted goes to the next.
#[must_use = "an acquire does nothing unless it is awaited"]
pub struct AcquireFuture<'a, C: Connector> {
    shared: &'a Arc<Shared<C>>,
    site: &'static Location<'static>,
    key: Option<u64>,
    /// When it was polled first.
    asked: Time,
    /// Before the first poll: nanoseconds that it may take. Then: until when.
    deadline: Time,
    endpoint: Option<EndpointId>,
    turn: Turn,
    stage: Stage,
    /// Whether `deadline` is the caller's and not the configuration's.
    timed: bool,
    /// Connections that were dead when they were granted, in one poll.
    dead: u8,
    /// Of these, in all polls, those that were dialed since it was asked.
    stillborn: u8,
    context: Option<TraceContext>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Begun,
    Over,
}

/// An endpoint that no pool has.
const NOWHERE: EndpointId = EndpointId::from_parts(u32::MAX, u32::MAX);

/// So many fresh connections may be dead in a row before the caller is told.
const MOST_STILLBORN: u8 = 3;

/// So many dead connections are sorted out in one poll, and after the deadline.
const MOST_DEAD: u8 = 64;

impl<'a, C: Connector> AcquireFuture<'a, C> {
    pub(crate) fn new(
        shared: &'a Arc<Shared<C>>,
        options: AcquireOptions<'_>,
        site: &'static Location<'static>,
    ) -> AcquireFuture<'a, C> {
        let endpoint =
            options.endpoint.map(|name| shared.visit(|machine| machine.endpoint_named(name)).unwrap_or(NOWHERE));
        AcquireFuture {
            shared,
            site,
            key: options.key,
            asked: Time::ZERO,
            deadline: Time::ZERO.after(options.timeout.unwrap_or_default()),
            endpoint,
            turn: Turn::default(),
            stage: Stage::New,
            timed: options.timeout.is_some(),
            dead: 0,
            stillborn: 0,
            context: None,
        }
    }

    /// The lease if there is one to be had at once; nobody waits.
    pub(crate) fn now_or_never(mut self) -> Result<Lease<C>, AcquireError<C::Error>> {
        self.timed = true;
        self.deadline = Time::ZERO;
        match Pin::new(&mut self).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => Err(self.out_of_time(self.shared.clock.now())),
        }
    }

    fn begin(&mut self, now: Time) {
        self.stage = Stage::Begun;
        self.asked = now;
        if self.timed {
            self.deadline = now.after(Duration::from_nanos(self.deadline.as_nanos()));
        }
        if self.shared.observer.is_some() {
            self.context = self.shared.observe(|observer| observer.context()).flatten();
        }
    }

    /// What is wanted. The configuration's time-out is looked up under the lock, where it is.
    #[inline]
    fn want(&mut self, machine: &Machine<Pooled<C>>) -> Want {
        if !self.timed {
            self.timed = true;
            self.deadline = self.asked.after(machine.options().wait.timeout.get());
        }
        Want {
            endpoint: self.endpoint,
            key: self.key,
            asked: self.asked,
            deadline: self.deadline,
            again: self.dead > 0 || self.stillborn > 0,
            site: Some(self.site),
            context: self.context,
        }
    }

    #[inline]
    fn poll_turn(&mut self, waker: &Waker, now: Time) -> Poll<Turned<C>> {
        let shared = self.shared;
        let mut turn = std::mem::take(&mut self.turn);
        let answer = turn.poll(&shared.kernel, &Here(shared), |machine| self.want(machine), waker, now);
        self.turn = turn;
        answer
    }

    /// A connection was dead before it was used. Whether to try again; else why not.
    fn buried(&mut self, fresh: bool, now: Time) -> Result<(), AcquireError<C::Error>> {
        self.dead += 1;
        if fresh {
            self.stillborn += 1;
        }
        if self.stillborn >= MOST_STILLBORN {
            return Err(self.stillborn(now));
        }
        if self.dead >= MOST_DEAD && now >= self.deadline {
            return Err(self.out_of_time(now));
        }
        Ok(())
    }

    fn stillborn(&self, now: Time) -> AcquireError<C::Error> {
        let mut about = self.shared.about(None, 0, 0, now.since(self.asked));
        let (endpoint, class) = (Arc::new(pool_core::Endpoint::new("")), ErrorClass::Transient);
        about.last_dial = Some(DialFault { fault: DialError::Stillborn, class, endpoint, at: now });
        AcquireError::Dial { about: Box::new(about) }
    }

    fn out_of_time(&self, now: Time) -> AcquireError<C::Error> {
        let refusal = Refusal { kind: RefusalKind::Timeout, last_dial: None, endpoints: 0, ejected: 0 };
        self.shared.refusal(refusal, self.asked, now)
    }
}

type Turned<C> = Result<Grant<Pooled<C>>, Refusal<DialError<<C as Connector>::Error>>>;

impl<C: Connector> Future for AcquireFuture<'_, C> {
    type Output = Result<Lease<C>, AcquireError<C::Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut now = this.shared.clock.now();
        match this.stage {
            Stage::New => this.begin(now),
            Stage::Begun => {}
            Stage::Over => panic!("an acquire was polled after it had given its answer"),
        }
        this.dead = 0;
        let answer = loop {
            match this.poll_turn(cx.waker(), now) {
                Poll::Pending => {
                    this.shared.attend();
                    return Poll::Pending;
                }
                Poll::Ready(Err(refusal)) => break Err(this.shared.refusal(refusal, this.asked, now)),
                Poll::Ready(Ok(grant)) => match Lease::begin(this.shared, grant, this.site, this.context) {
                    Ok(lease) => break Ok(lease),
                    Err(Dead { fresh }) => {
                        now = this.shared.clock.now();
                        if let Err(error) = this.buried(fresh, now) {
                            break Err(error);
                        }
                    }
                },
            }
        };
        this.stage = Stage::Over;
        Poll::Ready(answer)
    }
}

impl<C: Connector> Drop for AcquireFuture<'_, C> {
    fn drop(&mut self) {
        self.turn.leave(&self.shared.kernel, &Here(self.shared), || self.shared.clock.now());
    }
}
