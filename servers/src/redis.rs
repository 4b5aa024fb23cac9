//! Redis.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Error, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::authority::Papers;
use crate::find::find_program;
use crate::launch::Launch;
use crate::patience::LONG;
use crate::process::Process;
use crate::serve::serve;

/// Redis, and how it is configured.
#[derive(Debug, Clone)]
pub struct Redis {
    program: PathBuf,
    config: String,
    tls: bool,
}

/// A Redis at work, with data of its own that outlast a restart.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    program: PathBuf,
    place: TempDir,
    addresses: Addresses,
}

/// In the clear, and over TLS.
type Addresses = [SocketAddr; 2];

/// The user by whom the tests look after the server; he is there whatever the configuration says of others.
const KEEPER: &str = "keeper";

impl Redis {
    /// The Redis of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Redis> {
        Some(Redis { program: find_program("Redis", "redis-server", "redis")?, config: String::new(), tls: false })
    }

    /// One more line of its configuration: `requirepass secret`, `user app on >secret ~* +@all`, `maxclients 4`.
    pub fn config(mut self, line: &str) -> Redis {
        let _ = writeln!(self.config, "{line}");
        self
    }

    /// Speaks TLS besides, with these papers. With `clients`, only with those who have papers that these roots
    /// vouch for.
    pub fn with_tls(mut self, papers: &Papers, clients: Option<&Path>) -> Redis {
        self.tls = true;
        let (asks, roots) = match clients {
            Some(roots) => ("yes", roots),
            None => ("no", papers.certificate.as_path()),
        };
        self.config(&format!("tls-cert-file {}", papers.certificate.display()))
            .config(&format!("tls-key-file {}", papers.key.display()))
            .config(&format!("tls-ca-cert-file {}", roots.display()))
            .config(&format!("tls-auth-clients {asks}"))
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> RedisServer {
        let place = tempfile::tempdir().expect("a directory");
        let launch = |addresses: &Addresses| {
            fs::write(config_in(&place), self.config_for(&place, addresses)).expect("a file");
            launch(&self.program, &place)
        };
        let (process, addresses) = serve(launch, |addresses| is_ready(addresses[0]));
        RedisServer { process, program: self.program.clone(), place, addresses }
    }

    fn config_for(&self, place: &TempDir, [plain, tls]: &Addresses) -> String {
        let mut config = format!("bind 127.0.0.1\nport {}\n", plain.port());
        if self.tls {
            let _ = writeln!(config, "tls-port {}", tls.port());
        }
        let _ = writeln!(config, "dir {}\nunixsocket {}", place.path().display(), socket_in(place).display());
        // What was answered is on the disk, and a server that is killed has lost nothing.
        config += "save \"\"\nappendonly yes\nappendfsync always\n";
        let _ = writeln!(config, "user {KEEPER} on >{KEEPER} ~* &* +@all");
        config + &self.config
    }
}

fn config_in(place: &TempDir) -> PathBuf {
    place.path().join("redis.conf")
}

fn socket_in(place: &TempDir) -> PathBuf {
    place.path().join("redis.sock")
}

fn launch(program: &Path, place: &TempDir) -> Launch {
    Launch::new("Redis", program).arg(config_in(place))
}

fn is_ready(address: SocketAddr) -> bool {
    ask(address, &["PING"]).is_ok_and(|answer| answer == "PONG")
}

impl RedisServer {
    /// Where it listens in the clear.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Where it speaks TLS, if it does.
    pub fn tls(&self) -> SocketAddr {
        self.addresses[1]
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        socket_in(&self.place)
    }

    /// Sends a command as a user who may do everything, on a connection of its own, and gives the answer.
    ///
    /// # Panics
    ///
    /// If Redis does not answer, or not well.
    #[track_caller]
    pub fn ask(&self, command: &[&str]) -> Value {
        ask(self.address(), command).unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// The connections that it has, as `CLIENT LIST` tells of them, without the one that asks.
    ///
    /// # Panics
    ///
    /// If Redis does not answer.
    #[track_caller]
    pub fn clients(&self) -> Vec<String> {
        let all = self.ask(&["CLIENT", "LIST"]);
        let others = all.as_str().unwrap_or_default().lines().filter(|line| !line.contains(&format!("user={KEEPER}")));
        others.map(str::to_owned).collect()
    }

    /// Closes all connections but the one that asks, from the server's side; says how many.
    ///
    /// # Panics
    ///
    /// If Redis does not answer.
    #[track_caller]
    pub fn kill_clients(&self) -> u64 {
        // Those who have subscribed are of a type of their own.
        let kill = |kind| self.ask(&["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"]).as_u64().unwrap_or_default();
        kill("normal") + kill("pubsub")
    }

    /// Starts it again, on the same ports and with the same data, if it was killed; else it is killed before.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn restart(&mut self) {
        self.process.kill();
        self.process = launch(&self.program, &self.place).start();
        let ready = self.process.until(LONG, |_| is_ready(self.address()).then_some(()));
        ready.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

/// One command of the keeper's, on a connection of its own.
fn ask(address: SocketAddr, command: &[&str]) -> Result<Value> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(packed(&["AUTH", KEEPER, KEEPER]).as_bytes())?;
    stream.write_all(packed(command).as_bytes())?;
    let mut reader = BufReader::new(stream);
    answer(&mut reader)?;
    answer(&mut reader)
}

fn packed(command: &[&str]) -> String {
    let parts: String = command.iter().map(|part| format!("${}\r\n{part}\r\n", part.len())).collect();
    format!("*{}\r\n{parts}", command.len())
}

/// An answer as RESP2 has it: <https://redis.io/docs/latest/develop/reference/protocol-spec/>.
fn answer(reader: &mut impl BufRead) -> Result<Value> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let line = line.trim_end();
    let Some((kind, rest)) = line.split_at_checked(1) else { return Err(Error::other("no answer")) };
    let number = || rest.parse::<i64>().map_err(Error::other);
    match kind {
        "+" => Ok(Value::from(rest)),
        ":" => Ok(Value::from(number()?)),
        "$" => match usize::try_from(number()?) {
            Ok(length) => {
                let mut bytes = vec![0; length + 2];
                reader.read_exact(&mut bytes)?;
                bytes.truncate(length);
                Ok(Value::from(String::from_utf8_lossy(&bytes)))
            }
            Err(_) => Ok(Value::Null),
        },
        "*" => (0..number()?).map(|_| answer(reader)).collect::<Result<Vec<_>>>().map(Value::from),
        _ => Err(Error::other(line)),
    }
}
