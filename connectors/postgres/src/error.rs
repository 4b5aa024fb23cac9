//! What can go wrong with a connection.

use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

use pool_connector_tcp::TcpError;
use pool_core::{Connector, ErrorClass};
use tokio_postgres::error::{DbError, SqlState};

use crate::SessionAttrs;

/// Why a connection could not be made, or is of no more use. Each says where, and what to do about it.
///
/// What goes wrong with a query is a [`tokio_postgres::Error`], as ever.
#[derive(Debug)]
#[non_exhaustive]
pub enum PostgresError {
    /// The address makes no sense.
    Address {
        /// The address, without its password.
        address: String,
        /// What is wrong with it, and how it should look.
        why: String,
    },
    /// No socket, or no TLS over it.
    Socket(TcpError),
    /// TLS is required, and the server does not speak it.
    NoTls {
        /// The address.
        address: String,
    },
    /// The question for TLS got no answer of PostgreSQL's.
    NotPostgres {
        /// The address.
        address: String,
        /// What the system said, if it was that.
        source: Option<io::Error>,
    },
    /// The file of the password could not be read.
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server did not let us in, or the way there broke.
    Login {
        /// The address.
        address: String,
        /// Who wanted in.
        user: String,
        /// Where to.
        database: String,
        /// What the server said, or what broke.
        source: tokio_postgres::Error,
    },
    /// The server is not of the kind that `target_session_attrs` asks for.
    WrongServer {
        /// The address.
        address: String,
        /// What was asked for.
        wanted: SessionAttrs,
    },
    /// A connection came back with an answer still to come.
    Abandoned {
        /// The address.
        address: String,
    },
    /// A check or a reset failed.
    Upkeep {
        /// The address.
        address: String,
        /// What was being done.
        doing: &'static str,
        /// What the server said, or what broke.
        source: tokio_postgres::Error,
    },
    /// After its reset, a connection was not as new.
    NotReset {
        /// The address.
        address: String,
    },
}

impl PostgresError {
    /// The server's own code for what went wrong, if it said something (SQLSTATE, as `28P01`).
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            PostgresError::Login { source, .. } | PostgresError::Upkeep { source, .. } => source.code(),
            _ => None,
        }
    }

    /// Whether another attempt may succeed without anybody changing anything.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            PostgresError::Address { .. } | PostgresError::NoTls { .. } => ErrorClass::Permanent,
            PostgresError::Socket(error) => pool_connector_tcp::TcpConnector::default().classify(error),
            PostgresError::Login { source, .. } if is_lasting(source) => ErrorClass::Permanent,
            _ => ErrorClass::Transient,
        }
    }
}

/// Whether a login would fail again the same way.
fn is_lasting(error: &tokio_postgres::Error) -> bool {
    if let Some(code) = error.code() {
        // Its first two characters are the class: see PostgreSQL's documentation, appendix A.
        return LASTING.iter().any(|class| code.code().starts_with(class));
    }
    match cause::<io::Error>(error) {
        // What rustls says of the peer's last word: a certificate of ours did not please.
        Some(io) => io.kind() == io::ErrorKind::InvalidData,
        // The password is missing, the method is unknown, the server could not prove that it knows the password.
        None => !error.is_closed(),
    }
}

/// What stays so until somebody changes it: a protocol or an option that the server does not know, a login that it
/// does not take, a database that is not there, a right that is missing.
const LASTING: [&str; 6] = ["08P01", "0A", "22", "28", "3D", "42"];

/// What is inside an error, if it is of this kind.
pub(crate) fn cause<T: Error + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    error.source().and_then(|source| source.downcast_ref())
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PostgresError::Address { address, why } => write!(f, "bad address `{address}`: {why}"),
            PostgresError::Socket(error) => error.fmt(f),
            PostgresError::NoTls { address } => write!(
                f,
                "{address} does not speak TLS, which is required; turn `ssl` on there, or leave `tls` and `ssl_mode` out"
            ),
            PostgresError::NotPostgres { address, source: Some(error) } => {
                write!(f, "{address} did not answer whether it speaks TLS: {error}; is it PostgreSQL?")
            }
            PostgresError::NotPostgres { address, source: None } => {
                write!(f, "{address} did not say whether it speaks TLS but something else; is it PostgreSQL, and well?")
            }
            PostgresError::PasswordFile { path, source } => {
                write!(f, "cannot read the password from {}: {source}", path.display())
            }
            PostgresError::Login { address, user, database, source } => match source.code() {
                Some(code) => {
                    write!(f, "{address} does not let `{user}` into `{database}`: {}", Told(source))?;
                    advice(code).map_or(Ok(()), |advice| write!(f, "; {advice}"))
                }
                None => write!(f, "no login of `{user}` into `{database}` at {address}: {}", Told(source)),
            },
            PostgresError::WrongServer { address, wanted: SessionAttrs::ReadOnly } => {
                write!(f, "{address} takes writes, and `target_session_attrs` asks for one that does not")
            }
            PostgresError::WrongServer { address, .. } => {
                write!(f, "{address} takes no writes, and `target_session_attrs` asks for one that does")
            }
            PostgresError::Abandoned { address } => write!(
                f,
                "a connection to {address} came back before its answer: a query was given up, or a COPY not finished"
            ),
            PostgresError::Upkeep { address, doing, source } => {
                write!(f, "{doing} a connection to {address} failed: {}", Told(source))
            }
            PostgresError::NotReset { address } => {
                write!(f, "a connection to {address} was not clean after its reset")
            }
        }
    }
}

/// What to do about what a server said.
fn advice(code: &SqlState) -> Option<&'static str> {
    match code.code() {
        "28P01" => Some("check `user` and `password`"),
        "28000" => Some("check `user` and `tls`, and the server's pg_hba.conf"),
        "3D000" => Some("check `database`, or create it"),
        "42501" => Some("grant the right, or log in as somebody else"),
        "22023" | "42704" => Some("check `settings` and `options`"),
        "53300" => Some("lower `limits.max_open` of all who connect there, or raise the server's max_connections"),
        "57P03" => Some("it is starting up, shutting down or recovering"),
        _ => None,
    }
}

/// An error of the driver's with all that it knows.
struct Told<'a>(&'a tokio_postgres::Error);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (cause::<DbError>(self.0), self.0.source()) {
            (Some(said), _) => write!(f, "{} ({}, {})", said.message(), said.severity(), said.code().code()),
            (None, Some(source)) => write!(f, "{}: {source}", self.0),
            (None, None) => self.0.fmt(f),
        }
    }
}

impl Error for PostgresError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PostgresError::Socket(error) => error.source(),
            PostgresError::PasswordFile { source, .. } | PostgresError::NotPostgres { source: Some(source), .. } => {
                Some(source)
            }
            PostgresError::Login { source, .. } | PostgresError::Upkeep { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<TcpError> for PostgresError {
    fn from(error: TcpError) -> PostgresError {
        PostgresError::Socket(error)
    }
}
