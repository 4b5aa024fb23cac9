//! The way to a server, as far as its protocol begins: a socket, and TLS over it.

use std::time::Duration;

use pool_connector_tcp::{Dialer, TcpConnection, Tls};
use pool_core::OptionError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::address::Address;
use crate::{PostgresError, PostgresOptions, SslMode};

/// Opens connections on which nothing has been said yet.
#[derive(Debug, Clone)]
pub(crate) struct Road {
    dialer: Dialer,
    tls: Option<Tls>,
    /// What holds where an address says nothing of it.
    mode: SslMode,
}

impl Road {
    /// Reads the files of certificates.
    pub(crate) fn new(options: &PostgresOptions) -> Result<Road, OptionError> {
        let mode = options.ssl_mode();
        let dialer = Dialer::new(options.socket.clone()).map_err(|mistake| mistake.below("socket"))?;
        let wanted = options.tls.is_some() || mode != SslMode::Disable;
        let tls = wanted.then(|| Tls::new(options.tls.clone().unwrap_or_default())).transpose()?;
        Ok(Road { dialer, tls, mode })
    }

    /// Opens a socket, and speaks TLS over it if that is wanted and can be.
    pub(crate) async fn open(&self, address: &Address, within: Duration) -> Result<TcpConnection, PostgresError> {
        let connection = self.dialer.dial(&address.socket, within).await?;
        match address.said.ssl_mode.unwrap_or(self.mode) {
            _ if address.is_local() => Ok(connection),
            SslMode::Disable => Ok(connection),
            mode => self.secure(address, connection, mode).await,
        }
    }

    async fn secure(
        &self,
        address: &Address,
        mut connection: TcpConnection,
        mode: SslMode,
    ) -> Result<TcpConnection, PostgresError> {
        let place = address.to_string();
        let Some(tls) = &self.tls else { return Err(PostgresError::Address { address: place, why: NO_TLS.into() }) };
        match ask_for_tls(&mut connection).await {
            Ok(YES) => Ok(tls.wrap(&address.socket, connection).await?),
            Ok(NO) if mode == SslMode::Prefer => Ok(connection),
            Ok(NO) => Err(PostgresError::NoTls { address: place }),
            Ok(_) => Err(PostgresError::NotPostgres { address: place, source: None }),
            Err(source) => Err(PostgresError::NotPostgres { address: place, source: Some(source) }),
        }
    }
}

/// Asks whether the server speaks TLS. Its answer is one byte, and no more is read: what came behind it in the clear
/// must not be taken for something that came by TLS.
async fn ask_for_tls(connection: &mut TcpConnection) -> std::io::Result<u8> {
    connection.write_all(&SSL_REQUEST).await?;
    connection.flush().await?;
    connection.read_u8().await
}

/// The message that is called SSLRequest: its length, and a number that is no version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const YES: u8 = b'S';
const NO: u8 = b'N';

pub(crate) const NO_TLS: &str = "its `sslmode` speaks TLS, and the connector was not told whom to trust; \
                                 with `tls = {}` those that the system trusts";
