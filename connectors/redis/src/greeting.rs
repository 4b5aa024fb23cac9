//! What every connection begins with: who we are, which database, and whether the server answers at all.
//!
//! Spoken on the bare socket, before redis-rs has it: what a server says unasked, such as that it has too many
//! clients, would be lost there.

use std::io;
use std::sync::Arc;

use pool_connector_tcp::TcpConnection;
use redis::Cmd;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{RedisError, Refusal, Secret};

/// The commands of a greeting, and what they are called in errors.
pub(crate) struct Greeting {
    steps: Vec<(&'static str, Cmd)>,
    password: Option<Secret>,
}

/// No answer to these is longer.
const LONGEST: usize = 16 * 1024;

/// As much of a stranger's answer is shown.
const SHOWN: usize = 32;

impl Greeting {
    pub(crate) fn new(
        username: Option<&str>,
        password: Option<Secret>,
        database: u32,
        client_name: Option<&str>,
    ) -> Greeting {
        let mut steps = Vec::new();
        if let Some(password) = &password {
            let mut auth = redis::cmd("AUTH");
            auth.arg(username).arg(password.reveal());
            steps.push(("AUTH", auth));
        }
        if let Some(name) = client_name {
            steps.push(("CLIENT SETNAME", client_named(name)));
        }
        if database != 0 {
            steps.push(("SELECT", select(database)));
        }
        // Commands that nobody may run without a password tell that at once.
        steps.push(("PING", redis::cmd("PING")));
        Greeting { steps, password }
    }

    /// Sends all commands in one go, and reads the answers.
    pub(crate) async fn speak(&self, stream: &mut TcpConnection, address: &Arc<str>) -> Result<(), RedisError> {
        let packed: Vec<u8> = self.steps.iter().flat_map(|(_, command)| command.get_packed_command()).collect();
        // A server that refuses may have closed already, and said why: that is read in any case.
        let sent = async {
            stream.write_all(&packed).await?;
            stream.flush().await
        };
        let sent = sent.await;
        let mut read = Vec::new();
        for (step, (doing, _)) in self.steps.iter().enumerate() {
            let line = match next_line(stream, &mut read).await {
                Ok(line) => line,
                // Whoever waits for TLS hangs up on whoever does not begin it.
                Err(error) if step == 0 && !stream.is_tls() => return Err(lost(address, doing, asking_for_tls(error))),
                Err(error) => return Err(lost(address, doing, sent.err().unwrap_or(error))),
            };
            self.judge(address, doing, &line)?;
        }
        if read.is_empty() { Ok(()) } else { Err(stranger(address, &read)) }
    }

    fn judge(&self, address: &Arc<str>, doing: &'static str, line: &[u8]) -> Result<(), RedisError> {
        match line.split_first() {
            Some((b'+', _)) => Ok(()),
            Some((b'-', answer)) => {
                let answer = String::from_utf8_lossy(answer);
                // A server that does not know AUTH repeats what it was told.
                let answer = self
                    .password
                    .as_ref()
                    .map_or_else(|| answer.to_string(), |secret| secret.hide_in(&answer).into_owned());
                Err(RedisError::Refused { address: Arc::clone(address), doing, answer: Refusal::new(answer) })
            }
            _ => Err(stranger(address, line)),
        }
    }
}

/// The command by which a connection gets its name.
pub(crate) fn client_named(name: &str) -> Cmd {
    let mut command = redis::cmd("CLIENT");
    command.arg("SETNAME").arg(name);
    command
}

/// The command by which a connection changes to a database.
pub(crate) fn select(database: u32) -> Cmd {
    let mut command = redis::cmd("SELECT");
    command.arg(database);
    command
}

/// The next line, without its end; what came behind it stays in `read`.
async fn next_line(stream: &mut TcpConnection, read: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    loop {
        if let Some(end) = read.windows(2).position(|pair| pair == b"\r\n") {
            let mut line: Vec<u8> = read.drain(..end + 2).collect();
            line.truncate(end);
            return Ok(line);
        }
        // What is not Redis need not have lines.
        let begins_well = read.first().is_none_or(|first| matches!(first, b'+' | b'-'));
        if !begins_well || read.len() > LONGEST {
            return Ok(std::mem::take(read));
        }
        if stream.read_buf(read).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was closed without an answer"));
        }
    }
}

fn asking_for_tls(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{error}; does it want TLS (`rediss://`, or the option `tls`)?"))
}

fn stranger(address: &Arc<str>, answer: &[u8]) -> RedisError {
    let answer = String::from_utf8_lossy(&answer[..answer.len().min(SHOWN)]).into_owned();
    RedisError::Stranger { address: Arc::clone(address), answer }
}

pub(crate) fn lost(address: &Arc<str>, doing: &'static str, source: io::Error) -> RedisError {
    RedisError::Lost { address: Arc::clone(address), doing, certificate: wants_certificate(&source), source }
}

/// Whether the server ended TLS since it did not like our certificate, or that we have none: in TLS 1.3 that comes
/// after the handshake.
#[cfg(feature = "tls")]
fn wants_certificate(error: &io::Error) -> bool {
    use tokio_rustls::rustls::{AlertDescription as Alert, Error};
    let Some(Error::AlertReceived(alert)) = error.get_ref().and_then(|inner| inner.downcast_ref()) else {
        return false;
    };
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
    )
}

#[cfg(not(feature = "tls"))]
fn wants_certificate(_: &io::Error) -> bool {
    false
}
