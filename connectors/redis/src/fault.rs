//! What an error says of its connection.

use std::io;

use pool_tokio::Fault;
use redis::{ErrorKind, RedisError, RedisResult, ServerError, ServerErrorKind, Value};

use crate::ledger::Ending;

/// What a command's error says of its connection, for [`Pool::retrying`](pool_tokio::Pool::retrying):
///
/// - [`Fault::UNSENT`]: nothing was done. The connection was found closed before its lease had sent anything, or the
///   lease's first command, alone and not in a pipeline, was answered with word that the server takes no writes any
///   more (`READONLY`).
/// - [`Fault::UNANSWERED`]: it broke, or takes no writes any more, and the command or an earlier one of the lease may
///   have been carried out.
/// - [`Fault::BROKEN`]: the answer took too long, or was no answer.
/// - [`Fault::Final`]: the server answered with an error, or nothing was asked of it; the connection is well.
///
/// That is meant of the moment at which the error came: an operation that sends more all the same and returns it later
/// may have been carried out in part.
///
/// ```no_run
/// # use pool_connector_redis::{RedisConnector, fault, redis};
/// # use pool_tokio::{Pool, Retry};
/// # async fn get(pool: Pool<RedisConnector>) -> Result<(), Box<dyn std::error::Error>> {
/// use redis::AsyncCommands;
///
/// let answer: Option<String> = pool
///     .retrying(Retry::net_http(), fault)
///     .idempotent()
///     .execute(|mut conn| async move { conn.get("answer").await })
///     .await?;
/// # Ok(())
/// # }
/// ```
pub fn fault(error: &RedisError) -> Fault {
    match error.kind() {
        ErrorKind::Io if says(error, UNSENT) => Fault::UNSENT,
        ErrorKind::Server(ServerErrorKind::ReadOnly) if says(error, UNDONE) => Fault::UNSENT,
        ErrorKind::Io if error.is_timeout() => Fault::BROKEN,
        ErrorKind::Io | ErrorKind::Server(ServerErrorKind::ReadOnly) => Fault::UNANSWERED,
        ErrorKind::Parse => Fault::BROKEN,
        _ => Fault::Final,
    }
}

const UNSENT: &str = "nothing was sent on this connection";

const UNDONE: &str = "nothing was done by this connection";

/// Whether an error was made here, with these words.
fn says(error: &RedisError, words: &str) -> bool {
    // More cannot be seen of it. What others say begins otherwise, answers of servers with their code.
    error.to_string().starts_with(words)
}

/// The connection is of no more use, and its lease has sent nothing.
pub(crate) fn unsent(why: &str) -> RedisError {
    (ErrorKind::Io, UNSENT, why.to_owned()).into()
}

/// The connection is of no more use, and what its lease has sent before may have been carried out.
pub(crate) fn lost(why: &str) -> RedisError {
    (ErrorKind::Io, "this connection is of no more use", why.to_owned()).into()
}

/// The answer to the first command of a lease. One that says that the server takes no writes is marked: then nothing
/// was done at all.
pub(crate) fn of_the_first(answer: Value) -> RedisResult<Value> {
    match answer {
        Value::ServerError(error) if error.kind() == Some(ServerErrorKind::ReadOnly) => {
            let kind = ErrorKind::Server(ServerErrorKind::ReadOnly);
            Err((kind, UNDONE, error.details().unwrap_or_default().to_owned()).into())
        }
        answer => Ok(answer),
    }
}

/// The connection is not for this.
pub(crate) fn unsuited(why: &str) -> RedisError {
    (ErrorKind::Client, "this connection is not for that", why.to_owned()).into()
}

/// How a request has ended that failed like this. Where all answers came all the same, the server refused something,
/// or nothing was sent at all.
pub(crate) fn ending(error: &RedisError) -> Ending {
    if matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse) {
        return Ending::Cut;
    }
    // Of a transaction, each command has an error of its own.
    let errors = error.clone().into_server_errors();
    let is_read_only = |error: &ServerError| error.kind() == Some(ServerErrorKind::ReadOnly);
    let demoted = errors.is_some_and(|errors| errors.iter().any(|(_, error)| is_read_only(error)));
    if demoted { Ending::Demoted } else { Ending::Refused }
}

/// As the system would say it.
pub(crate) fn as_io(error: RedisError) -> io::Error {
    let kind = if error.kind() == ErrorKind::Io { io::ErrorKind::ConnectionReset } else { io::ErrorKind::InvalidData };
    io::Error::new(kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_whether_a_command_may_be_repeated() {
        let from_io = |kind: io::ErrorKind| RedisError::from(io::Error::from(kind));
        assert_eq!(fault(&unsent("its peer has closed it")), Fault::UNSENT);
        assert_eq!(fault(&lost("its peer has closed it")), Fault::UNANSWERED);
        assert_eq!(fault(&from_io(io::ErrorKind::BrokenPipe)), Fault::UNANSWERED);
        assert_eq!(fault(&from_io(io::ErrorKind::TimedOut)), Fault::BROKEN);
        assert_eq!(fault(&(ErrorKind::Server(ServerErrorKind::ReadOnly), "a replica").into()), Fault::UNANSWERED);
        assert_eq!(fault(&(ErrorKind::Server(ServerErrorKind::NoPerm), "not for you").into()), Fault::Final);
        assert_eq!(fault(&unsuited("it is shared")), Fault::Final);
    }
}
