//! Putting a connection in order when it comes back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, Pipeline, RedisResult, Value};

use crate::connection::Terms;
use crate::greeting::{client_named, select};
use crate::left::Left;
use crate::{RedisConnection, RedisError};

impl RedisConnection {
    /// Undoes what a lease has left, and proves that nothing is under way.
    ///
    /// # Errors
    /// If nothing undoes it, or the server does not answer as it must.
    pub(crate) async fn reset(&mut self) -> Result<(), RedisError> {
        if let Some(by) = self.ledger().spoiled_by() {
            return Err(RedisError::Spoiled { address: self.terms().address.clone(), by });
        }
        let (inner, ledger, pushes, terms) = self.open_books();
        if pushes.are_wanted() {
            // There is somebody, so it is RESP3.
            let _ = pushes.send_to(None);
        }
        // Until it is done: a reset that is given up half-way is one more such call.
        ledger.is_busy = true;
        undo(inner, ledger.left, terms).await.map_err(failed("RESET", terms))?;
        ledger.left = Left::NOTHING;
        ledger.is_busy = false;
        Ok(())
    }

    /// A round trip.
    ///
    /// # Errors
    /// If there is no answer, or another one than there must be.
    pub(crate) async fn ping(&mut self) -> Result<(), RedisError> {
        if let Some(by) = self.ledger().spoiled_by() {
            return Err(RedisError::Spoiled { address: self.terms().address.clone(), by });
        }
        let (inner, ledger, _, terms) = self.open_books();
        ledger.is_busy = true;
        undo(inner, Left::NOTHING, terms).await.map_err(failed("PING", terms))?;
        ledger.is_busy = false;
        Ok(())
    }
}

fn failed(doing: &'static str, terms: &Terms) -> impl FnOnce(redis::RedisError) -> RedisError {
    let address = terms.address.clone();
    move |source| RedisError::Failed { address, doing, source }
}

async fn undo(inner: &mut MultiplexedConnection, left: Left, terms: &Terms) -> RedisResult<()> {
    let mut left = left;
    if left.has(Left::SUBSCRIBED) {
        unsubscribe(inner, left).await?;
        left = left.without(Left::SUBSCRIBED | Left::MULTI);
    }
    let mut pipeline = Pipeline::new();
    // Whether each of them must succeed.
    let mut musts = Vec::new();
    let mut add = |pipeline: &mut Pipeline, what: Left, must: bool, command: redis::Cmd| {
        if left.has(what) {
            pipeline.add_command(command);
            musts.push(must);
        }
    };
    // Whether a transaction was open is not known for certain, nor whether this is a cluster.
    add(&mut pipeline, Left::MULTI, false, redis::cmd("DISCARD"));
    add(&mut pipeline, Left::WATCH, true, redis::cmd("UNWATCH"));
    add(&mut pipeline, Left::DATABASE, true, select(terms.database));
    add(&mut pipeline, Left::NAME, true, client_named(terms.client_name.as_deref().unwrap_or_default()));
    add(&mut pipeline, Left::TRACKING, true, client("TRACKING"));
    add(&mut pipeline, Left::NO_EVICT, true, client("NO-EVICT"));
    add(&mut pipeline, Left::NO_TOUCH, true, client("NO-TOUCH"));
    add(&mut pipeline, Left::READ_ONLY, false, redis::cmd("READWRITE"));

    let word = word();
    pipeline.cmd("PING").arg(&word);
    let answers = inner.send_packed_commands(&pipeline, 0, pipeline.len()).await?;
    let refused = answers.iter().zip(&musts).find(|(answer, must)| **must && !matches!(answer, Value::Okay));
    match (refused, answers.last()) {
        (None, Some(last)) if is_word(last, &word) => Ok(()),
        (Some((answer, _)), _) => Err(unexpected(answer)),
        (None, last) => Err(unexpected(last.unwrap_or(&Value::Nil))),
    }
}

/// Ends all subscriptions. How many answers that has, nobody knows, and messages may come between; so words are sent
/// until one comes back as the answer to itself: then all others have come, and nothing is under way.
///
/// What comes while nothing is asked is thrown away by redis-rs. So it is given time to come, more and more: word after
/// word at once would stay as many answers behind for ever.
async fn unsubscribe(inner: &mut MultiplexedConnection, left: Left) -> RedisResult<()> {
    let mut pipeline = Pipeline::new();
    if left.has(Left::MULTI) {
        pipeline.cmd("DISCARD");
    }
    pipeline.cmd("UNSUBSCRIBE").cmd("PUNSUBSCRIBE").cmd("SUNSUBSCRIBE");
    inner.send_packed_commands(&pipeline, 0, pipeline.len()).await?;
    let mut pause = Duration::ZERO;
    loop {
        let word = word();
        let answer = inner.send_packed_command(redis::cmd("PING").arg(&word)).await?;
        if is_word(&answer, &word) {
            return Ok(());
        }
        if matches!(&answer, Value::SimpleString(queued) if queued == "QUEUED") {
            return Err(unexpected(&answer));
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        pause = pause * 2 + Duration::from_millis(1);
    }
}

fn client(what: &str) -> redis::Cmd {
    let mut command = redis::cmd("CLIENT");
    command.arg(what).arg("OFF");
    command
}

/// A word that was never sent before.
fn word() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("clearpool-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn is_word(answer: &Value, word: &str) -> bool {
    matches!(answer, Value::BulkString(bytes) if bytes == word.as_bytes())
}

fn unexpected(answer: &Value) -> redis::RedisError {
    match answer.clone().extract_error() {
        Err(error) => error,
        Ok(answer) => {
            (ErrorKind::UnexpectedReturnType, "an answer to something else came", format!("{answer:?}")).into()
        }
    }
}
