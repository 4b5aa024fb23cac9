//! A connection to PostgreSQL.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::{Client, Error, Notification, Statement};

use crate::PostgresTransaction;
use crate::address::Address;
use crate::driver::Driver;
use crate::statements::Statements;
use crate::wire::{Ledger, State};

/// A connection to PostgreSQL: used as a [`tokio_postgres::Client`].
///
/// Whatever its holder leaves behind, the next one gets it clean: what is open is rolled back, and a connection on
/// which an answer is still to come is closed. Both are known without asking the server.
pub struct PostgresConnection {
    // Dropped in this order: once there is no client, nobody tells the server about statements.
    client: Client,
    statements: Statements,
    driver: Driver,
    ledger: Arc<Ledger>,
    address: Arc<Address>,
}

impl PostgresConnection {
    pub(crate) fn new(
        client: Client,
        driver: Driver,
        ledger: Arc<Ledger>,
        address: Address,
        most_statements: usize,
    ) -> PostgresConnection {
        let statements = Statements::new(most_statements);
        PostgresConnection { client, statements, driver, ledger, address: Arc::new(address) }
    }

    /// A prepared statement: the one that was prepared when this was asked before, on this connection, by whichever
    /// lease; else a new one, which is kept.
    ///
    /// # Errors
    /// If the server does not like it, or is gone.
    pub async fn prepare_cached(&self, query: &str) -> Result<Statement, Error> {
        self.statements.prepare(&self.client, &self.ledger, query).await
    }

    /// How many prepared statements are kept.
    pub fn cached_statements(&self) -> usize {
        self.statements.len()
    }

    /// Forgets the prepared statements that are kept: for after a change of the tables that they are about.
    pub fn clear_statements(&self) {
        self.statements.clear();
    }

    /// Begins a transaction. Dropped, it is rolled back.
    ///
    /// # Errors
    /// If the server is gone.
    pub async fn transaction(&mut self) -> Result<PostgresTransaction<'_>, Error> {
        let inner = self.client.transaction().await?;
        Ok(PostgresTransaction::new(inner, &self.statements, &self.ledger))
    }

    /// What the server notifies of from now on, for whoever says `LISTEN` on this connection: until the connection
    /// ends, or this is called again. What nobody reads is kept.
    ///
    /// For a connection of one's own ([`Lease::detach`](pool_tokio::Lease::detach)): one that goes back to its pool
    /// goes on listening unless its reset is `discard-all`, and then its notifications are nobody's.
    pub fn notifications(&self) -> UnboundedReceiver<Notification> {
        self.driver.notifications()
    }

    /// The number of the server's process, as `pg_stat_activity` has it.
    pub fn backend_pid(&self) -> i32 {
        self.ledger.backend()
    }

    /// Where it leads: `host:port`, or the path of a socket.
    pub fn address(&self) -> &str {
        &self.address.socket
    }

    /// What it is at; nothing, if it is over. Exact: what was asked for and is not sent yet is sent first.
    pub(crate) fn state(&self) -> Option<State> {
        self.driver.catch_up().then(|| self.ledger.state())
    }

    /// Whether it is there and nothing is asked. The socket is asked itself, since the driver may not have run yet.
    pub(crate) fn looks_idle(&self) -> bool {
        if self.client.is_closed() || self.ledger.is_asked() {
            return false;
        }
        self.ledger.has_just_answered() || self.looks_open()
    }

    fn looks_open(&self) -> bool {
        self.ledger.look(true);
        let is_there = self.driver.catch_up();
        self.ledger.look(false);
        is_there
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn place(&self) -> &Arc<Address> {
        &self.address
    }

    /// Says goodbye and waits until the server has heard it.
    pub(crate) async fn end(self) {
        let PostgresConnection { client, driver, .. } = self;
        drop(client);
        driver.end().await;
    }
}

impl Deref for PostgresConnection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for PostgresConnection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl fmt::Debug for PostgresConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnection")
            .field("address", &self.address.socket)
            .field("backend_pid", &self.backend_pid())
            .field("statements", &self.statements)
            .finish_non_exhaustive()
    }
}
