//! What a query's error says of its connection.

use std::io;

use pool_tokio::Fault;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity};

use crate::error::cause;

/// What a query's error says of its connection, for [`Pool::retrying`](pool_tokio::Pool::retrying).
///
/// A connection that breaks, or whose server ends it, counts as [`Fault::UNANSWERED`]: the query may have been carried
/// out, so that only an idempotent one is run again. For rows that are taken one by one (`query_raw`), say besides that
/// the operation is `unrepeatable`, since the first may have been used. An error of the query's own is
/// [`Fault::Final`]: also a deadlock and a serialization failure, after which the whole transaction is to be run again.
///
/// ```
/// # use pool_connector_postgres::{PostgresConnector, fault};
/// # use pool_tokio::{ExecuteError, Pool, Retry};
/// # async fn example(pool: &Pool<PostgresConnector>) -> Result<(), Box<dyn std::error::Error>> {
/// let open = pool
///     .retrying(Retry::database_sql(), fault)
///     .idempotent()
///     .execute(|conn| async move { conn.query("select id from orders where open", &[]).await })
///     .await?;
/// # Ok(())
/// # }
/// ```
pub fn fault(error: &Error) -> Fault {
    if let Some(said) = cause::<DbError>(error) {
        return match said.parsed_severity() {
            Some(Severity::Fatal | Severity::Panic) => Fault::UNANSWERED,
            _ => Fault::Final,
        };
    }
    if error.is_closed() || cause::<io::Error>(error).is_some() { Fault::UNANSWERED } else { Fault::Final }
}
