//! A transaction that finds the statements that its connection keeps.

use std::fmt;
use std::ops::{Deref, DerefMut};

use tokio_postgres::{Error, Statement, Transaction};

use crate::statements::Statements;
use crate::wire::Ledger;

/// A transaction: used as `tokio_postgres`'s own, with [`PostgresTransaction::prepare_cached`] besides. Dropped, it is
/// rolled back.
pub struct PostgresTransaction<'a> {
    inner: Transaction<'a>,
    statements: &'a Statements,
    ledger: &'a Ledger,
}

impl<'a> PostgresTransaction<'a> {
    pub(crate) fn new(inner: Transaction<'a>, statements: &'a Statements, ledger: &'a Ledger) -> Self {
        PostgresTransaction { inner, statements, ledger }
    }

    /// As [`PostgresConnection::prepare_cached`](crate::PostgresConnection::prepare_cached).
    ///
    /// # Errors
    /// If the server does not like it, or is gone.
    pub async fn prepare_cached(&self, query: &str) -> Result<Statement, Error> {
        self.statements.prepare(self.inner.client(), self.ledger, query).await
    }

    /// Commits it.
    ///
    /// # Errors
    /// If it cannot be committed, or the server is gone: then nobody knows.
    pub async fn commit(self) -> Result<(), Error> {
        self.inner.commit().await
    }

    /// Rolls it back, and waits for that.
    ///
    /// # Errors
    /// If the server is gone.
    pub async fn rollback(self) -> Result<(), Error> {
        self.inner.rollback().await
    }

    /// A transaction within: a savepoint.
    ///
    /// # Errors
    /// If the transaction has failed, or the server is gone.
    pub async fn transaction(&mut self) -> Result<PostgresTransaction<'_>, Error> {
        let inner = self.inner.transaction().await?;
        Ok(PostgresTransaction::new(inner, self.statements, self.ledger))
    }
}

impl<'a> Deref for PostgresTransaction<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Transaction<'a> {
        &self.inner
    }
}

impl DerefMut for PostgresTransaction<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

impl fmt::Debug for PostgresTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTransaction").finish_non_exhaustive()
    }
}
