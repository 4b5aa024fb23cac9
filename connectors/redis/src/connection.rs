//! A connection, as a lease has it.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, ServerErrorKind, ToRedisArgs, Value};
use tokio::time::Instant;

use crate::fault;
use crate::ledger::{Ending, Ledger, Request};
use crate::left::Left;
use crate::line::Line;
use crate::push::Pushes;

/// A connection to Redis: redis-rs' [`ConnectionLike`], so that commands, pipelines and `AsyncCommands` work on it and
/// on a lease of it.
///
/// It keeps books of what its lease does, so that the next one finds it as if it were new. A call that is given up
/// half-way (its future is dropped, its answer takes too long) ends it: later calls fail at once, and the pool closes
/// it when it comes back.
pub struct RedisConnection {
    inner: MultiplexedConnection,
    line: Arc<Line>,
    ledger: Ledger,
    pushes: Pushes,
    terms: Arc<Terms>,
    /// When it last answered.
    answered: Option<Instant>,
}

/// What is the same for all connections to an endpoint.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Where they lead, as it may be shown.
    pub(crate) address: Arc<str>,
    /// The database that every lease begins in.
    pub(crate) database: u32,
    pub(crate) client_name: Option<String>,
    pub(crate) patience: Option<Duration>,
    /// Whether several leases have one at a time.
    pub(crate) is_shared: bool,
}

impl RedisConnection {
    pub(crate) fn new(inner: MultiplexedConnection, line: Line, pushes: Pushes, terms: Terms) -> RedisConnection {
        RedisConnection {
            inner,
            line: Arc::new(line),
            ledger: Ledger::default(),
            pushes,
            terms: Arc::new(terms),
            answered: None,
        }
    }

    /// Where it leads, without a password.
    pub fn address(&self) -> &str {
        &self.terms.address
    }

    /// The number of the database that every lease begins in.
    pub fn database(&self) -> u32 {
        self.terms.database
    }

    /// Has everything that the server sends unasked go there until the lease ends: messages of subscriptions,
    /// invalidations of tracked keys. A subscriber takes its connection out of the pool first (`Lease::detach`), since
    /// it keeps it.
    ///
    /// # Errors
    /// On a connection of RESP2, where messages cannot be told from answers, and on a shared one.
    pub fn on_push(&mut self, receiver: impl redis::aio::AsyncPushSender) -> RedisResult<()> {
        if self.terms.is_shared {
            return Err(fault::unsuited("what the server sends unasked could be meant for any of its leases"));
        }
        self.pushes.send_to(Some(Arc::new(receiver)))
    }

    /// Subscribes to channels; messages go where [`RedisConnection::on_push`] says.
    ///
    /// # Errors
    /// As for every command; and on a connection of RESP2.
    pub async fn subscribe(&mut self, channels: impl ToRedisArgs) -> RedisResult<()> {
        let request = self.begin(Request::leaving(self.ledger.left, Left::SUBSCRIBED))?;
        let answer = within(self.terms.patience, self.inner.subscribe(channels)).await;
        self.end(&request, answer, |()| Ending::Well)
    }

    /// Subscribes to patterns of channels; messages go where [`RedisConnection::on_push`] says.
    ///
    /// # Errors
    /// As for every command; and on a connection of RESP2.
    pub async fn psubscribe(&mut self, patterns: impl ToRedisArgs) -> RedisResult<()> {
        let request = self.begin(Request::leaving(self.ledger.left, Left::SUBSCRIBED))?;
        let answer = within(self.terms.patience, self.inner.psubscribe(patterns)).await;
        self.end(&request, answer, |()| Ending::Well)
    }

    /// Ends subscriptions to channels; of none: to all.
    ///
    /// # Errors
    /// As for every command; and on a connection of RESP2.
    pub async fn unsubscribe(&mut self, channels: impl ToRedisArgs) -> RedisResult<()> {
        let request = self.begin(Request::leaving(self.ledger.left, Left::SUBSCRIBED))?;
        let answer = within(self.terms.patience, self.inner.unsubscribe(channels)).await;
        self.end(&request, answer, |()| Ending::Well)
    }

    /// Ends subscriptions to patterns; of none: to all.
    ///
    /// # Errors
    /// As for every command; and on a connection of RESP2.
    pub async fn punsubscribe(&mut self, patterns: impl ToRedisArgs) -> RedisResult<()> {
        let request = self.begin(Request::leaving(self.ledger.left, Left::SUBSCRIBED))?;
        let answer = within(self.terms.patience, self.inner.punsubscribe(patterns)).await;
        self.end(&request, answer, |()| Ending::Well)
    }

    /// Another handle to it, for another lease.
    pub(crate) fn share(&self) -> RedisConnection {
        RedisConnection {
            inner: self.inner.clone(),
            line: Arc::clone(&self.line),
            ledger: Ledger::default(),
            pushes: self.pushes.clone(),
            terms: Arc::clone(&self.terms),
            answered: None,
        }
    }

    /// Whether it has answered a moment ago. That is as good as a look at its socket, which costs a system call: a peer
    /// can close it right after a look just as well.
    pub(crate) fn has_just_answered(&self) -> bool {
        self.answered.is_some_and(|at| at.elapsed() < A_MOMENT)
    }

    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    pub(crate) fn speaks_resp3(&self) -> bool {
        self.pushes.are_there()
    }

    /// Whether it may not go to another lease as it is.
    pub(crate) fn has_left_something(&self) -> bool {
        !self.ledger.left.is_nothing() || self.ledger.spoiled_by().is_some() || self.pushes.are_wanted()
    }

    pub(crate) fn terms(&self) -> &Terms {
        &self.terms
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The lease has ended: the next one has sent nothing.
    pub(crate) fn end_lease(&mut self) {
        self.ledger.has_sent = false;
    }

    /// The parts that a reset works with: past the books, which it closes when it is done.
    pub(crate) fn open_books(&mut self) -> (&mut MultiplexedConnection, &mut Ledger, &Pushes, &Terms) {
        // What comes of that says less than an answer to a lease.
        self.answered = None;
        (&mut self.inner, &mut self.ledger, &self.pushes, &self.terms)
    }

    /// Ends it. With a call under way, at once.
    pub(crate) async fn close(self) {
        let at_once = self.ledger.is_busy;
        let RedisConnection { inner, line, .. } = self;
        drop(inner);
        // A handle that was taken out of the pool keeps a shared one open.
        if let Some(line) = Arc::into_inner(line) {
            line.close(at_once).await;
        }
    }

    /// Books a request; refuses it where it cannot be sent.
    fn begin(&mut self, request: Request) -> RedisResult<Request> {
        if self.line.is_gone() {
            let closed = "its peer has closed it";
            return Err(if self.ledger.has_sent { fault::lost(closed) } else { fault::unsent(closed) });
        }
        if self.terms.is_shared {
            if !request.is_plain {
                return Err(fault::unsuited(SHARED));
            }
            self.ledger.has_sent = true;
            return Ok(request);
        }
        if self.ledger.is_busy {
            return Err(fault::lost("an earlier call on it was given up half-way"));
        }
        self.ledger.begin(&request);
        Ok(request)
    }

    /// Books the end of a request.
    fn end<T>(&mut self, request: &Request, answer: RedisResult<T>, judge: fn(&T) -> Ending) -> RedisResult<T> {
        let ending = match &answer {
            Ok(answer) => judge(answer),
            Err(error) => fault::ending(error),
        };
        if matches!(ending, Ending::Well | Ending::Refused) && !self.terms.is_shared {
            self.answered = Some(Instant::now());
        }
        match ending {
            // Others may be waiting in vain as well: they stay, and nobody comes to them.
            Ending::Cut | Ending::Demoted if self.terms.is_shared => self.line.mark_dead(),
            _ if self.terms.is_shared => {}
            ending => self.ledger.end(request, ending),
        }
        answer
    }
}

const A_MOMENT: Duration = Duration::from_micros(200);

const SHARED: &str = "a command that waits, or that changes its connection, would do so for all of its leases: use a \
                      pool without `multiplex` for it";

/// Does something within the time that an answer may take.
async fn within<T>(patience: Option<Duration>, work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let Some(patience) = patience else { return work.await };
    match tokio::time::timeout(patience, work).await {
        Ok(answer) => answer,
        Err(_) => {
            let said = format!("no answer within response_timeout = {patience:?}");
            Err(io::Error::new(io::ErrorKind::TimedOut, said).into())
        }
    }
}

fn ending_of(answer: &Value) -> Ending {
    match answer {
        Value::ServerError(error) if error.kind() == Some(ServerErrorKind::ReadOnly) => Ending::Demoted,
        Value::ServerError(_) => Ending::Refused,
        _ => Ending::Well,
    }
}

/// The worst of all.
fn ending_of_all(answers: &[Value]) -> Ending {
    let endings = || answers.iter().map(ending_of);
    let worst = endings().find(|ending| *ending == Ending::Demoted);
    worst.or_else(|| endings().find(|ending| *ending == Ending::Refused)).unwrap_or(Ending::Well)
}

impl ConnectionLike for RedisConnection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let request = Request::of_command(self.ledger.left, command, self.terms.database);
            let is_first = !self.ledger.has_sent;
            let request = self.begin(request)?;
            let patience = self.terms.patience.filter(|_| !request.waits);
            let answer = within(patience, self.inner.send_packed_command(command)).await;
            let answer = self.end(&request, answer, ending_of)?;
            if is_first { fault::of_the_first(answer) } else { Ok(answer) }
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let request = Request::of_pipeline(self.ledger.left, pipeline, self.terms.database);
            let request = self.begin(request)?;
            let patience = self.terms.patience.filter(|_| !request.waits);
            let answer = within(patience, self.inner.send_packed_commands(pipeline, offset, count)).await;
            self.end(&request, answer, |answers| ending_of_all(answers))
        })
    }

    fn get_db(&self) -> i64 {
        self.terms.database.into()
    }
}

impl fmt::Debug for RedisConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConnection")
            .field("address", &self.terms.address)
            .field("database", &self.terms.database)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}
