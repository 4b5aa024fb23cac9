//! The future of a lease.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pool_core::{
    Acquire, Connector, DialFault, Endpoint, EndpointId, ErrorClass, Grant, Machine, Refusal, RefusalKind, Time,
    TraceContext, Want,
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
    /// No connection that lies idle in the pool: see [`AcquireOptions::fresh`]. Default: no.
    pub fresh: bool,
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

    /// No connection that lies idle in the pool: one is dialed if there is room, and the caller waits
    /// for that or for one that comes back meanwhile, at its turn. Where idle connections take up all
    /// places, one of them is closed to make room. For whoever has found idle ones to be bad;
    /// database/sql calls it *always new*.
    #[must_use]
    pub fn fresh(self) -> AcquireOptions<'a> {
        AcquireOptions { fresh: true, ..self }
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
    fresh: bool,
    /// Connections that were dead when they were granted.
    dead: u8,
    /// Of these, those that were dialed since it was asked.
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
            fresh: options.fresh,
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

    fn start(&mut self, now: Time) {
        self.stage = Stage::Begun;
        self.asked = now;
        if self.timed {
            self.deadline = now.after(Duration::from_nanos(self.deadline.as_nanos()));
        }
    }

    /// Whose trace it is. Before the clock is read, which takes as long as what was written here
    /// needs until it can be copied on.
    #[inline(always)]
    fn note_context(&mut self) {
        if self.shared.tells_leases {
            // Written where it stays.
            let AcquireFuture { shared, context, .. } = self;
            shared.observe(|observer| *context = observer.context());
        }
    }

    /// Asks the machine. The configuration's time-out is looked up under the lock, where it is.
    #[inline(always)]
    fn ask(&mut self, waker: &Waker, now: Time) -> Acquire<Pooled<C>> {
        let want = |machine: &Machine<Pooled<C>>| {
            if !self.timed {
                self.timed = true;
                self.deadline = self.asked.after(machine.options().wait.timeout.get());
            }
            Want {
                endpoint: self.endpoint,
                key: self.key,
                asked: self.asked,
                deadline: self.deadline,
                again: self.dead > 0,
                fresh: self.fresh,
                site: Some(self.site),
                context: self.context,
            }
        };
        self.turn.begin(&self.shared.kernel, &Here(self.shared), want, waker, now)
    }

    /// A lease of what was granted; if that was dead, `None`: ask again.
    #[inline(always)]
    fn take(&mut self, grant: Grant<Pooled<C>>) -> Result<Option<Lease<C>>, AcquireError<C::Error>> {
        match Lease::begin(self.shared, grant) {
            Ok(lease) => Ok(Some(lease)),
            Err(dead) => self.bury(dead).map(|()| None),
        }
    }

    /// Whoever has to wait, or was granted a dead connection, comes here.
    #[cold]
    fn poll_slowly(&mut self, mut answer: Option<Acquire<Pooled<C>>>, waker: &Waker) -> Poll<Answer<C>> {
        let shared = self.shared;
        loop {
            let ended = match answer.take() {
                Some(Acquire::Granted(grant)) => Poll::Ready(Ok(grant)),
                Some(Acquire::Refused(refusal)) => Poll::Ready(Err(refusal)),
                Some(Acquire::Waiting(_)) => Poll::Pending,
                None if self.turn.is_waiting() => {
                    self.turn.fetch(&shared.kernel, &Here(shared), waker, || shared.clock.now())
                }
                None => {
                    answer = Some(self.ask(waker, shared.clock.now()));
                    continue;
                }
            };
            match ended {
                Poll::Pending => {
                    shared.attend();
                    return Poll::Pending;
                }
                Poll::Ready(Err(refusal)) => {
                    return Poll::Ready(Err(shared.refusal(*refusal, self.asked, shared.clock.now())));
                }
                Poll::Ready(Ok(grant)) => {
                    if let Some(answer) = self.take(grant).transpose() {
                        return Poll::Ready(answer);
                    }
                }
            }
        }
    }

    /// A connection was dead before it was used. Whether to ask again; else why not.
    #[cold]
    fn bury(&mut self, dead: Dead) -> Result<(), AcquireError<C::Error>> {
        let now = self.shared.clock.now();
        self.dead = self.dead.saturating_add(1);
        self.stillborn += u8::from(dead.fresh);
        if self.stillborn >= MOST_STILLBORN {
            self.abandon(now);
            return Err(self.stillborn(dead.endpoint, now));
        }
        if self.dead >= MOST_DEAD && now >= self.deadline {
            self.abandon(now);
            return Err(self.out_of_time(now));
        }
        Ok(())
    }

    fn stillborn(&self, endpoint: Arc<Endpoint>, now: Time) -> AcquireError<C::Error> {
        let mut about = self.shared.about(None, 0, 0, now.since(self.asked));
        let (fault, class) = (DialError::Stillborn, ErrorClass::Transient);
        about.last_dial = Some(DialFault { fault, class, endpoint, at: now });
        AcquireError::Dial { about: Box::new(about) }
    }

    fn out_of_time(&self, now: Time) -> AcquireError<C::Error> {
        let refusal = Refusal { kind: RefusalKind::Timeout, by: None, last_dial: None, endpoints: 0, ejected: 0 };
        self.shared.refusal(refusal, self.asked, now)
    }
}

type Answer<C> = Result<Lease<C>, AcquireError<<C as Connector>::Error>>;

impl<C: Connector> Future for AcquireFuture<'_, C> {
    type Output = Answer<C>;

    // Inlined at each `await`: a lease that is ready is made where it is wanted, and not copied there.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer<C>> {
        let this = self.get_mut();
        let mut asked = None;
        match this.stage {
            Stage::New => {
                this.note_context();
                let now = this.shared.clock.now();
                this.start(now);
                match this.ask(cx.waker(), now) {
                    Acquire::Granted(grant) => {
                        if let Some(answer) = this.take(grant).transpose() {
                            this.stage = Stage::Over;
                            return Poll::Ready(answer);
                        }
                    }
                    Acquire::Waiting(_) => {
                        this.shared.attend();
                        return Poll::Pending;
                    }
                    refused @ Acquire::Refused(_) => asked = Some(refused),
                }
            }
            Stage::Begun => {}
            Stage::Over => panic!("an acquire was polled after it had given its answer"),
        }
        let answer = this.poll_slowly(asked, cx.waker());
        if answer.is_ready() {
            this.stage = Stage::Over;
        }
        answer
    }
}

impl<C: Connector> Drop for AcquireFuture<'_, C> {
    #[inline]
    fn drop(&mut self) {
        if self.turn.is_waiting() {
            self.leave();
        }
    }
}

impl<C: Connector> AcquireFuture<'_, C> {
    #[cold]
    fn leave(&mut self) {
        let now = self.shared.clock.now();
        self.turn.leave(&self.shared.kernel, &Here(self.shared), || now);
        self.abandon(now);
    }

    /// Tells the observer that what it gave a context for has come to nothing.
    fn abandon(&mut self, now: Time) {
        if let Some(context) = self.context.take() {
            self.shared.observe(|observer| observer.abandoned(&self.shared.name, context, now));
        }
    }
}
