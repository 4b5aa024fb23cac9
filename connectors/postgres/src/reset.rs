//! How a connection is made as new.

use tokio_postgres::{Error, SimpleQueryMessage};

use crate::wire::State;
use crate::{PostgresConnection, Reset};

/// Waits for the ends of answers, and undoes what is to be undone.
pub(crate) async fn make_new(connection: &PostgresConnection, undone: Reset) -> Result<(), Error> {
    if connection.state() == Some(State::Settling) {
        // What comes behind them is answered after them.
        connection.check_connection().await?;
    }
    if undone == Reset::None {
        return Ok(());
    }
    if connection.state() == Some(State::InTransaction) {
        connection.batch_execute("ROLLBACK").await?;
    }
    if undone == Reset::DiscardAll { discard_all(connection).await } else { Ok(()) }
}

/// Undoes all that `DISCARD ALL` does. Not by these words: they would throw away the statements by which
/// `tokio_postgres` looks up types, which it would go on using.
async fn discard_all(connection: &PostgresConnection) -> Result<(), Error> {
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
