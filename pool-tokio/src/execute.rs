//! Running an operation on a connection, and repeating it on another where the connection was to
//! blame.
//!
//! However well a pool looks after its connections, now and then a caller is given one that its peer
//! has just closed. The operation fails though nothing is wrong with it. Whether it may simply be run
//! again depends on what went wrong: if the peer may have carried it out, a repetition would do it
//! twice. So the operation's error is asked for its [`Fault`], and a [`Retry`] rule decides.
//!
//! ```
//! use pool_core::{ConnectCx, Connector};
//! use pool_tokio::{Fault, Pool, Retry};
//! # use std::sync::atomic::{AtomicU32, Ordering};
//! # use std::{error, fmt};
//!
//! /// What goes wrong with a query.
//! #[derive(Debug)]
//! enum QueryError {
//!     /// The connection was closed before anything was sent.
//!     Stale,
//!     /// It broke while the answer was awaited.
//!     CutOff,
//!     /// The database does not like the query.
//!     Refused(String),
//! }
//!
//! impl QueryError {
//!     /// What it says of the connection.
//!     fn fault(&self) -> Fault {
//!         match self {
//!             QueryError::Stale => Fault::UNSENT,
//!             QueryError::CutOff => Fault::UNANSWERED,
//!             QueryError::Refused(_) => Fault::Final,
//!         }
//!     }
//! }
//! # impl fmt::Display for QueryError {
//! #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{self:?}") }
//! # }
//! # impl error::Error for QueryError {}
//! #
//! # struct Database(AtomicU32);
//! # struct Conn { stale: bool }
//! # impl Connector for Database {
//! #     type Connection = Conn;
//! #     type Error = QueryError;
//! #     async fn connect(&self, _: &ConnectCx<'_>) -> Result<Conn, QueryError> {
//! #         // The first that is made is closed by its peer.
//! #         Ok(Conn { stale: self.0.fetch_add(1, Ordering::SeqCst) == 0 })
//! #     }
//! # }
//! # impl Conn {
//! #     async fn query(&mut self, query: &str) -> Result<usize, QueryError> {
//! #         if self.stale { Err(QueryError::Stale) } else { Ok(query.len()) }
//! #     }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::builder(Database(AtomicU32::new(0))).endpoints(["db:5432"]).build()?;
//! # drop(pool.acquire().await?);
//!
//! // The connection that lies in the pool is stale: the query runs on another.
//! let orders = "select * from orders";
//! let rows = pool
//!     .retrying(Retry::database_sql(), QueryError::fault)
//!     .execute(|mut conn| async move { conn.query(orders).await })
//!     .await?;
//! assert_eq!(rows, orders.len());
//!
//! // Once and no more: what is left is a shorter way to write acquire, use, report.
//! let rows = pool.execute(|mut conn| async move { conn.query("select 1").await }).await?;
//! # assert_eq!(rows, 8);
//! # Ok(())
//! # }
//! ```

mod attempt;
mod error;
mod rules;

pub use attempt::Attempt;
pub use error::ExecuteError;
pub use rules::{Fault, Retry};

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use pool_core::{Connector, Outcome};

use self::attempt::Home;
use self::rules::{Next, Terms, Try};
use crate::Pool;
use crate::acquire::{AcquireFuture, AcquireOptions};
use crate::lease::Lease;
use crate::shared::Shared;

impl<C: Connector> Pool<C> {
    /// Runs an operation on a connection, once, and gives the connection back with word of how it
    /// went: an operation that fails leaves it in the pool, unless it said otherwise
    /// ([`Lease::outcome`]) or the connector finds the connection closed.
    ///
    /// An operation that is dropped half-way (the future is, or it panics) costs its connection:
    /// nobody knows what is under way on it.
    ///
    /// # Errors
    /// If there was no connection, or the operation failed.
    #[track_caller]
    pub fn execute<T, E, F>(
        &self,
        operation: impl FnMut(Attempt<C>) -> F,
    ) -> impl Future<Output = Result<T, ExecuteError<C::Error, E>>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let by_its_looks = |_: &E, lease: &mut Option<Lease<C>>| {
            let open = lease.as_mut().is_none_or(Lease::looks_open);
            if open { Fault::Final } else { Fault::BROKEN }
        };
        run(&self.shared, Settings::new(Retry::never()), Location::caller(), operation, by_its_looks)
    }

    /// Runs operations, and repeats them under this rule where the connection was to blame. `fault`
    /// tells what an error says of the connection.
    ///
    /// ```no_run
    /// # use pool_tokio::{Fault, Pool, Retry};
    /// # use pool_core::Connector;
    /// # use std::io::{Error, ErrorKind};
    /// # async fn get<C: Connector>(pool: Pool<C>, send: impl AsyncFn(&mut C::Connection) -> Result<u32, Error>) {
    /// let fault = |error: &Error| match error.kind() {
    ///     ErrorKind::BrokenPipe => Fault::UNSENT,
    ///     ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => Fault::UNANSWERED,
    ///     _ => Fault::BROKEN,
    /// };
    /// let send = &send;
    /// let answer = pool
    ///     .retrying(Retry::net_http(), fault)
    ///     .idempotent()
    ///     .execute(|mut conn| async move { send(&mut conn).await })
    ///     .await;
    /// # }
    /// ```
    pub fn retrying<E, K: Fn(&E) -> Fault>(&self, retry: Retry, fault: K) -> Executor<'_, C, K> {
        Executor { pool: self, settings: Settings::new(retry), fault }
    }
}

/// How operations are run on a pool's connections: see [`Pool::retrying`].
#[must_use = "nothing runs before `execute`"]
pub struct Executor<'a, C: Connector, K> {
    pool: &'a Pool<C>,
    settings: Settings<'a>,
    fault: K,
}

/// What all tries have in common.
#[derive(Debug, Clone, Copy)]
struct Settings<'a> {
    retry: Retry,
    terms: Terms,
    options: AcquireOptions<'a>,
}

impl Settings<'_> {
    fn new(retry: Retry) -> Settings<'static> {
        Settings { retry, terms: Terms::default(), options: AcquireOptions::new() }
    }
}

impl<'a, C: Connector, K> Executor<'a, C, K> {
    /// How the connection of each try is acquired: a time-out, which is that of each try, an endpoint,
    /// a key. Default: as the pool's configuration says.
    pub fn options(mut self, options: AcquireOptions<'a>) -> Executor<'a, C, K> {
        self.settings.options = options;
        self
    }

    /// Doing it twice does no more than doing it once, so that it may be repeated although it may
    /// have been carried out: a GET, a SELECT, a write under an idempotency key. Default: no.
    pub fn idempotent(mut self) -> Executor<'a, C, K> {
        self.settings.terms.idempotent = true;
        self
    }

    /// It uses up what it sends, such as a body that is read from somewhere, and cannot be run again:
    /// it is not, whatever the rule says. Default: it can.
    pub fn unrepeatable(mut self) -> Executor<'a, C, K> {
        self.settings.terms.repeatable = false;
        self
    }

    /// Runs an operation on a connection; on another one, as the rule says. Each try is a lease of its
    /// own, and its connection goes back with word of how it went: bad ones are closed, what fails
    /// for good leaves its connection in the pool. What the operation says itself
    /// ([`Lease::outcome`]) comes before that.
    ///
    /// A try that is dropped half-way (the future is, or the operation panics) costs its connection.
    ///
    /// # Errors
    /// If there was no connection for a try, or the operation failed and the rule has no other try.
    #[track_caller]
    pub fn execute<T, E, F>(
        self,
        operation: impl FnMut(Attempt<C>) -> F,
    ) -> impl Future<Output = Result<T, ExecuteError<C::Error, E>>>
    where
        F: Future<Output = Result<T, E>>,
        K: Fn(&E) -> Fault,
    {
        let Executor { pool, settings, fault } = self;
        let by_its_error = move |error: &E, _: &mut Option<Lease<C>>| fault(error);
        run(&pool.shared, settings, Location::caller(), operation, by_its_error)
    }
}

async fn run<C: Connector, T, E, F>(
    shared: &Arc<Shared<C>>,
    Settings { retry, terms, mut options }: Settings<'_>,
    site: &'static Location<'static>,
    mut operation: impl FnMut(Attempt<C>) -> F,
    fault: impl Fn(&E, &mut Option<Lease<C>>) -> Fault,
) -> Result<T, ExecuteError<C::Error, E>>
where
    F: Future<Output = Result<T, E>>,
{
    // Declared before what it is to outlive: see `Home`.
    let home = Home::new();
    let (mut tried, mut failed) = (0, None);
    loop {
        let lease = match AcquireFuture::new(shared, options, site).await {
            Ok(lease) => lease,
            Err(error) => return Err(ExecuteError::Acquire { error, failed }),
        };
        let reused = lease.is_reused();
        let answer = operation(home.lend(lease)).await;
        let mut lease = home.take();
        tried += 1;
        let error = match answer {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let fault = fault(&error, &mut lease);
        if let Some(mut lease) = lease {
            lease.presume(if fault == Fault::Final { Outcome::Failed } else { Outcome::Broken });
        }
        let max_open = || shared.visit(|machine| machine.options().limits.max_open);
        match retry.next(Try { tried, reused, fault }, terms, max_open) {
            Some(next) => options.fresh |= next == Next::OnFresh,
            None => return Err(ExecuteError::Operation(error)),
        }
        failed = Some(error);
    }
}

impl<C: Connector, K: Clone> Clone for Executor<'_, C, K> {
    fn clone(&self) -> Self {
        Executor { pool: self.pool, settings: self.settings, fault: self.fault.clone() }
    }
}

impl<C: Connector, K> fmt::Debug for Executor<'_, C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Executor { pool, settings, .. } = self;
        f.debug_struct("Executor").field("pool", pool).field("settings", settings).finish_non_exhaustive()
    }
}
