//! How a connection is made as new.

use tokio_postgres::{Error, SimpleQueryMessage};

use crate::PostgresConnection;
use crate::wire::State;

/// Ends the transaction, if there is one.
pub(crate) async fn roll_back(connection: &PostgresConnection, state: Option<State>) -> Result<(), Error> {
    let mut state = state;
    if state == Some(State::RollingBack) {
        // On its way already: what comes behind it is answered after it.
        connection.check_connection().await?;
        state = connection.state();
    }
    match state {
        Some(State::InTransaction) => connection.batch_execute("ROLLBACK").await,
        _ => Ok(()),
    }
}

/// Undoes all that `DISCARD ALL` does. Not by these words: they would throw away the statements by which
/// `tokio_postgres` looks up types, which it would go on using.
pub(crate) async fn discard_all(connection: &PostgresConnection) -> Result<(), Error> {
    connection.clear_statements();
    let left = connection.simple_query(DISCARD_ALL).await?;
    let names = left.iter().filter_map(|part| match part {
        // The only other row is what the locks say, which is nothing.
        SimpleQueryMessage::Row(row) => row.try_get("prepared").ok().flatten(),
        _ => None,
    });
    let words: Vec<String> = names.map(|name| format!("DEALLOCATE \"{}\"", name.replace('"', "\"\""))).collect();
    if words.is_empty() { Ok(()) } else { connection.batch_execute(&words.join(";")).await }
}

/// The steps that PostgreSQL's documentation of `DISCARD` names, in its order; at the end the statements that were
/// prepared by SQL's `PREPARE`.
const DISCARD_ALL: &str = "CLOSE ALL; \
    SET SESSION AUTHORIZATION DEFAULT; \
    RESET ALL; \
    UNLISTEN *; \
    SELECT pg_catalog.pg_advisory_unlock_all(); \
    DISCARD PLANS; \
    DISCARD TEMP; \
    DISCARD SEQUENCES; \
    SELECT name AS prepared FROM pg_catalog.pg_prepared_statements WHERE from_sql";
