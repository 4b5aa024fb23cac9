//! How a connection is made, checked, reset and closed.

use std::sync::Arc;
use std::time::Duration;

use pool_core::{CloseReason, ConnectCx, Connector, ErrorClass, OptionError, Protocol};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::address::{Address, DEFAULT_PORT};
use crate::driver::Driver;
use crate::login::Login;
use crate::reset;
use crate::road::Road;
use crate::wire::{Ledger, State, Watched};
use crate::{PostgresConnection, PostgresError, PostgresOptions, Reset, SessionAttrs};

/// Makes connections to PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresConnector {
    options: PostgresOptions,
    road: Road,
}

impl PostgresConnector {
    /// A connector with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If an option makes no sense, a file cannot be read, or TLS is asked for and not built in. The path names the
    /// key.
    pub fn new(options: PostgresOptions) -> Result<PostgresConnector, OptionError> {
        options.check()?;
        let road = Road::new(&options)?;
        Ok(PostgresConnector { options, road })
    }

    /// Tells the server to stop what it does for a connection, and waits until it has heard that.
    async fn cancel(&self, connection: &PostgresConnection) {
        let token = connection.cancel_token();
        let place = Arc::clone(connection.place());
        let attempt = async {
            let mut other = self.road.open(&place, CANCEL_WITHIN).await.ok()?;
            token.cancel_query_raw(&mut other, NoTls).await.ok()?;
            // There is no answer: the server closes when it has done so.
            other.read(&mut [0]).await.ok()
        };
        // Best effort: a server that cannot be reached cannot be stopped.
        let _ = timeout(CANCEL_WITHIN, attempt).await;
    }

    async fn look_at_server(&self, connection: &PostgresConnection, wanted: SessionAttrs) -> Result<(), PostgresError> {
        if wanted == SessionAttrs::Any {
            return Ok(());
        }
        let answer = connection.simple_query("SHOW transaction_read_only").await;
        let answer = answer.map_err(|source| failed(connection, "looking at", source))?;
        let reads_only = answer.iter().any(|part| match part {
            SimpleQueryMessage::Row(row) => row.get(0) == Some("on"),
            _ => false,
        });
        match reads_only == (wanted == SessionAttrs::ReadOnly) {
            true => Ok(()),
            false => Err(PostgresError::WrongServer { address: connection.address().to_owned(), wanted }),
        }
    }
}

/// The most time that a request to stop may take; the pool's `upkeep.close_timeout` holds besides.
const CANCEL_WITHIN: Duration = Duration::from_secs(2);

fn failed(connection: &PostgresConnection, doing: &'static str, source: tokio_postgres::Error) -> PostgresError {
    PostgresError::Upkeep { address: connection.address().to_owned(), doing, source }
}

impl Connector for PostgresConnector {
    type Connection = PostgresConnection;
    type Error = PostgresError;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<PostgresConnection, PostgresError> {
        let address = Address::parse(&cx.endpoint.address)?;
        let login = Login::new(&self.options, &address)?;
        let socket = self.road.open(&address, cx.timeout).await?;
        let ledger = Arc::new(Ledger::new());
        let stream = Watched::new(socket, Arc::clone(&ledger));
        let made = login.config().connect_raw(stream, NoTls).await;
        let (client, half) = made.map_err(|source| login.refused(&address, source))?;
        let driver = Driver::start(half, cx.handle.clone());
        let wanted = address.said.session.unwrap_or(self.options.target_session_attrs);
        let connection = PostgresConnection::new(client, driver, ledger, address, self.options.statement_cache);
        self.look_at_server(&connection, wanted).await?;
        connection.ledger().forget_use();
        Ok(connection)
    }

    /// Whether the connection is there and nobody has asked for something on it.
    fn is_open(&self, connection: &mut PostgresConnection) -> bool {
        connection.looks_idle()
    }

    /// An empty query, there and back.
    async fn check(&self, connection: &mut PostgresConnection) -> Result<(), PostgresError> {
        connection.batch_execute("").await.map_err(|source| failed(connection, "checking", source))
    }

    fn needs_reset(&self, connection: &mut PostgresConnection) -> bool {
        let undoes = self.options.reset;
        match connection.state() {
            // The pool has been told.
            None => false,
            Some(State::Busy) => {
                // Also if the answer comes before the reset begins: what was given up should not hang on such a race.
                connection.ledger().give_up();
                true
            }
            Some(State::Settling) => true,
            Some(State::InTransaction) => undoes != Reset::None,
            Some(State::Idle) => {
                let ledger = connection.ledger();
                ledger.is_deallocated() || (undoes == Reset::DiscardAll && ledger.is_used())
            }
        }
    }

    /// Makes it as new, or says that it cannot be: if an answer is still to come, or somebody has thrown away all
    /// prepared statements, also those by which `tokio_postgres` looks up types.
    async fn reset(&self, connection: &mut PostgresConnection) -> Result<(), PostgresError> {
        let address = || connection.address().to_owned();
        if connection.state() == Some(State::Busy) {
            return Err(PostgresError::Abandoned { address: address() });
        }
        if connection.ledger().is_deallocated() {
            return Err(PostgresError::NotReset { address: address() });
        }
        let done = reset::make_new(connection, self.options.reset).await;
        done.map_err(|source| failed(connection, "resetting", source))?;
        connection.ledger().forget_use();
        match connection.state() {
            Some(State::Idle) => Ok(()),
            Some(State::InTransaction) if self.options.reset == Reset::None => Ok(()),
            _ => Err(PostgresError::NotReset { address: address() }),
        }
    }

    /// Says goodbye. If an answer is still to come, nobody wants it: the server is told to stop, if the options say
    /// so, and the socket closed.
    async fn close(&self, connection: PostgresConnection, _why: CloseReason) {
        match connection.state() {
            None => {}
            Some(State::Idle | State::InTransaction) => connection.end().await,
            Some(State::Settling | State::Busy) if self.options.cancel_abandoned => self.cancel(&connection).await,
            Some(State::Settling | State::Busy) => {}
        }
    }

    fn protocol(&self) -> Protocol {
        Protocol::named("postgresql").database("postgresql").default_port(DEFAULT_PORT)
    }

    fn classify(&self, error: &PostgresError) -> ErrorClass {
        error.class()
    }
}
