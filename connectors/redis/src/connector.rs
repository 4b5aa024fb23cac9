//! How a connection is made, looked at, put in order and closed.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use pool_connector_tcp::{Dialer, TcpConnection, TcpConnector, TcpOptions, Tls, TlsOptions, Unread};
use pool_core::{Capacity, CloseReason, ConnectCx, Connector, ErrorClass, OptionError, Protocol};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, ProtocolVersion, RedisConnectionInfo};
use tokio::time::{Instant, timeout_at};

use crate::address::{Address, shown};
use crate::connection::Terms;
use crate::error::TLS;
use crate::fault::as_io;
use crate::greeting::{Greeting, lost};
use crate::line::{Line, Wire};
use crate::push::Pushes;
use crate::{RedisConnection, RedisError, RedisOptions, Refusal, ResetWhen, Resp, Secret};

/// Makes connections to Redis, and to what speaks its protocol.
#[derive(Debug, Clone)]
pub struct RedisConnector {
    options: RedisOptions,
    dialer: Dialer,
    tls: OnceLock<Tls>,
    looks: Looks,
}

/// How a connection is looked at: by what may lie unread.
#[derive(Debug, Clone)]
struct Looks {
    /// In RESP2, between two leases, nothing.
    silent: TcpConnector,
    /// Pushes, or answers to other leases.
    talkative: TcpConnector,
}

impl RedisConnector {
    /// A connector with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If an option makes no sense, a file cannot be read, or TLS is asked for and not built in. The path names the
    /// key.
    pub fn new(options: RedisOptions) -> Result<RedisConnector, OptionError> {
        options.check()?;
        let dialer = Dialer::new(options.socket.clone()).map_err(|error| error.below("socket"))?;
        let tls = OnceLock::new();
        if let Some(wanted) = &options.tls {
            let _ = tls.set(Tls::new(wanted.clone())?);
        }
        let mut talkative = TcpOptions::default();
        talkative.unread = Unread::Keep;
        let looks = Looks { silent: TcpConnector::default(), talkative: TcpConnector::new(talkative)? };
        Ok(RedisConnector { options, dialer, tls, looks })
    }

    /// Whether an address has one of the forms that are understood here, and these options go with it; nothing is
    /// looked up.
    ///
    /// # Errors
    /// If not; the message says what is wrong, and has no password.
    pub fn check_address(options: &RedisOptions, address: &str) -> Result<(), RedisError> {
        let parsed = Address::parse(address)?;
        let has_password = parsed.password.is_some() || options.password.is_some() || options.password_file.is_some();
        if (parsed.username.is_some() || options.username.is_some()) && !has_password {
            return Err(without_password(&shown(address)));
        }
        if parsed.tls && options.tls.is_none() {
            Tls::new(TlsOptions::system())
                .map_err(|source| RedisError::Tls { address: shown(address).into(), source })?;
        }
        Ok(())
    }

    /// The socket to an address, in TLS if that is wanted.
    async fn open(&self, address: &Address, dial: &Dial<'_>) -> Result<TcpConnection, RedisError> {
        let stream = self.dialer.dial(&address.target, dial.cx.timeout).await.map_err(RedisError::Socket)?;
        if !address.tls && self.options.tls.is_none() {
            return Ok(stream);
        }
        let tls = self.tls(&dial.address)?;
        dial.in_time(TLS, async { tls.wrap(&address.target, stream).await.map_err(RedisError::Socket) }).await
    }

    fn tls(&self, address: &Arc<str>) -> Result<&Tls, RedisError> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let failed = |source| RedisError::Tls { address: Arc::clone(address), source };
        let made = Tls::new(TlsOptions::system()).map_err(failed)?;
        Ok(self.tls.get_or_init(|| made))
    }

    async fn password(&self, address: &Address, shown: &Arc<str>) -> Result<Option<Secret>, RedisError> {
        match (&address.password, &self.options.password_file) {
            (Some(password), _) => Ok(Some(password.clone())),
            (None, Some(path)) => read(path, shown).await.map(Some),
            (None, None) => Ok(self.options.password.clone()),
        }
    }

    fn look(&self, resp3: bool) -> &TcpConnector {
        if resp3 || self.options.multiplex.is_some() { &self.looks.talkative } else { &self.looks.silent }
    }
}

/// A dial, and the time that it has.
struct Dial<'a> {
    address: Arc<str>,
    cx: &'a ConnectCx<'a>,
    end: Option<Instant>,
}

impl<'a> Dial<'a> {
    fn begin(cx: &'a ConnectCx<'a>) -> Dial<'a> {
        Dial { address: shown(&cx.endpoint.address).into(), cx, end: Instant::now().checked_add(cx.timeout) }
    }

    /// Does something within what is left. The pool gives up at the same time, and knows less.
    async fn in_time<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, RedisError> {
        let Some(end) = self.end else { return work.await };
        let late = |_| RedisError::Timeout { address: Arc::clone(&self.address), doing, after: self.cx.timeout };
        timeout_at(end, work).await.map_err(late)?
    }
}

/// Reads a password. The file may be on a disk that is far away.
async fn read(path: &Path, address: &Arc<str>) -> Result<Secret, RedisError> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(owned)).await;
    let read = read.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    let failed = |source| RedisError::PasswordFile { address: Arc::clone(address), path: path.to_owned(), source };
    read.map(|text| Secret::from(text.trim_end())).map_err(failed)
}

fn without_password(address: &str) -> RedisError {
    let why = "a user needs a password: set `password` or `password_file`".to_owned();
    RedisError::Address { address: address.to_owned(), why }
}

/// Leaves the connection to redis-rs, and its bytes to a task. In RESP3 the server is told of the protocol here.
async fn hand_over(
    stream: TcpConnection,
    resp: Resp,
    terms: Terms,
    cx: &ConnectCx<'_>,
) -> Result<RedisConnection, RedisError> {
    let mut info = RedisConnectionInfo::default().set_skip_set_lib_name();
    // Times are kept here: see `RedisConnection`.
    let mut config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
    let mut pushes = Pushes::NONE;
    if resp == Resp::Resp3 {
        pushes = Pushes::new();
        info = info.set_protocol(ProtocolVersion::RESP3);
        config = config.set_push_sender(pushes.sender());
    }
    let wire = Wire::new(stream);
    let (inner, driver) = MultiplexedConnection::new_with_config(&info, wire.clone(), config)
        .await
        .map_err(|error| not_resp3(&terms.address, error))?;
    Ok(RedisConnection::new(inner, Line::drive(wire, driver, cx.handle), pushes, terms))
}

fn not_resp3(address: &Arc<str>, error: redis::RedisError) -> RedisError {
    let address = Arc::clone(address);
    match (error.kind(), error.code()) {
        (ErrorKind::Io | ErrorKind::Parse, _) => lost(&address, "HELLO", as_io(error)),
        (_, Some(code)) => {
            let answer = Refusal::new(format!("{code} {}", error.detail().unwrap_or_default()));
            RedisError::Refused { address, doing: "HELLO", answer }
        }
        (_, None) => RedisError::Refused { address, doing: "HELLO", answer: Refusal::new("ERR unknown command HELLO") },
    }
}

impl Connector for RedisConnector {
    type Connection = RedisConnection;
    type Error = RedisError;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<RedisConnection, RedisError> {
        let parsed = Address::parse(&cx.endpoint.address)?;
        let dial = Dial::begin(cx);
        let address = Arc::clone(&dial.address);
        let options = &self.options;
        let username = parsed.username.as_deref().or(options.username.as_deref());
        let database = parsed.database.unwrap_or(options.database);
        let client_name = options.client_name.clone();
        let password = self.password(&parsed, &address).await?;
        if username.is_some() && password.is_none() {
            return Err(without_password(&address));
        }
        let greeting = Greeting::new(username, password, database, client_name.as_deref());
        let mut stream = self.open(&parsed, &dial).await?;
        dial.in_time("the greeting", greeting.speak(&mut stream, &address)).await?;
        let (patience, is_shared) = (options.patience(), options.multiplex.is_some());
        let terms = Terms { address, database, client_name, patience, is_shared };
        let resp = parsed.protocol.unwrap_or(options.protocol);
        dial.in_time("HELLO", hand_over(stream, resp, terms, cx)).await
    }

    fn is_open(&self, connection: &mut RedisConnection) -> bool {
        if connection.ledger().is_busy || connection.line().is_gone() {
            return false;
        }
        connection.has_just_answered() || connection.line().is_open(self.look(connection.speaks_resp3()))
    }

    async fn check(&self, connection: &mut RedisConnection) -> Result<(), RedisError> {
        connection.ping().await
    }

    fn needs_reset(&self, connection: &mut RedisConnection) -> bool {
        // Asked whenever a lease ends whose connection stays.
        connection.end_lease();
        self.options.reset == ResetWhen::Always || connection.has_left_something()
    }

    async fn reset(&self, connection: &mut RedisConnection) -> Result<(), RedisError> {
        connection.reset().await
    }

    async fn close(&self, connection: RedisConnection, _why: CloseReason) {
        connection.close().await;
    }

    fn capacity(&self, _: &RedisConnection) -> Capacity {
        self.options.multiplex.map_or(Capacity::Exclusive, Capacity::Shared)
    }

    fn share(&self, connection: &RedisConnection) -> Option<RedisConnection> {
        self.options.multiplex.map(|_| connection.share())
    }

    fn protocol(&self) -> Protocol {
        Protocol::named("redis").database("redis").default_port(6379)
    }

    fn classify(&self, error: &RedisError) -> ErrorClass {
        error.class(&self.looks.silent, self.options.password_file.is_some())
    }
}
