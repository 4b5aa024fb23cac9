//! What goes over the wire, as one who only listens hears it.
//!
//! `tokio_postgres` does not tell whether an answer is still to come, nor whether a transaction is open. Both are said
//! in the protocol itself, so a listener sits between it and the socket: it cuts both streams into messages and keeps
//! a ledger of what was asked and what was answered. So the state of a connection is known exactly, without a question.
//!
//! The protocol is that of PostgreSQL's documentation, part "Frontend/Backend Protocol", version 3.

mod frames;
mod ledger;
mod watched;

pub(crate) use self::ledger::{Ledger, State};
pub(crate) use self::watched::Watched;
