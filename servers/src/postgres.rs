//! PostgreSQL.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::authority::Papers;
use crate::find::find_program;
use crate::launch::Launch;
use crate::patience::LONG;
use crate::process::Process;
use crate::serve::serve;

/// PostgreSQL, and how it is to be set up. Its superuser is [`Postgres::USER`], who logs in by SCRAM.
#[derive(Debug, Clone)]
pub struct Postgres {
    programs: PathBuf,
    settings: Vec<String>,
    access: String,
    tls: Option<(Papers, Option<PathBuf>)>,
}

/// A PostgreSQL at work, with data of its own that outlast a restart.
#[derive(Debug)]
pub struct PostgresServer {
    process: Process,
    place: Place,
    program: PathBuf,
    settings: Vec<String>,
    address: SocketAddr,
}

impl Postgres {
    /// The superuser, and the database that is there from the start.
    pub const USER: &str = "postgres";
    /// The superuser's password.
    pub const PASSWORD: &str = "s3cret of postgres";

    /// The PostgreSQL of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Postgres> {
        let program = find_program("PostgreSQL", "postgres", "postgres")?;
        // Its other programs are beside the real one, and need not be on the search path.
        let programs = program.canonicalize().ok()?.parent()?.to_owned();
        // A test wants no durable data.
        let settings = ["fsync=off", "max_wal_senders=0", "wal_level=minimal"].map(str::to_owned).to_vec();
        Some(Postgres { programs, settings, access: String::new(), tls: None })
    }

    /// A setting of `postgresql.conf`.
    pub fn set(mut self, name: &str, value: &str) -> Postgres {
        self.settings.push(format!("{name}={value}"));
        self
    }

    /// A line of `pg_hba.conf`, before the one by which everybody needs a password.
    pub fn allow(mut self, line: &str) -> Postgres {
        self.access.push_str(line);
        self.access.push('\n');
        self
    }

    /// Speaks TLS with who asks for it, with these papers. With `clients`, those who speak TLS need papers that these
    /// roots vouch for, and no password.
    pub fn with_tls(mut self, papers: &Papers, clients: Option<&Path>) -> Postgres {
        self.tls = Some((papers.clone(), clients.map(Path::to_owned)));
        self
    }

    /// Starts it and waits until it lets its users in.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> PostgresServer {
        let place = Place::new();
        self.initialize(&place);
        let mut settings = self.settings.clone();
        settings.push(format!("unix_socket_directories={}", place.path("run").display()));
        self.write_access(&place);
        if let Some((papers, clients)) = &self.tls {
            settings.extend(place.keep_papers(papers, clients.as_deref()));
        }
        let program = self.programs.join("postgres");
        let launch = |[address]: &[SocketAddr; 1]| launch(&place, &program, &settings, *address);
        let (process, [address]) = serve(launch, |addresses| is_ready(addresses[0]));
        PostgresServer { process, place, program, settings, address }
    }

    fn initialize(&self, place: &Place) {
        let word = place.path("password");
        fs::write(&word, Postgres::PASSWORD).expect("a file");
        let mut command = Command::new("env");
        command.args(place.as_its_user()).arg(self.programs.join("initdb"));
        command.args(["--username", Postgres::USER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
        command.args(["--no-sync", "--no-instructions", "--pwfile"]).arg(&word);
        command.arg("--pgdata").arg(place.path("data")).current_dir("/");
        let made = command.output().expect("a process");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    fn write_access(&self, place: &Place) {
        let mut access = self.access.clone();
        if self.tls.as_ref().is_some_and(|(_, clients)| clients.is_some()) {
            access.push_str("hostssl all all all cert map=anyone\n");
            place.write("data/pg_ident.conf", "anyone /^.*$ postgres\n");
        }
        access.push_str("local all all scram-sha-256\nhost all all all scram-sha-256\n");
        place.write("data/pg_hba.conf", &access);
    }
}

fn launch(place: &Place, program: &Path, settings: &[String], address: SocketAddr) -> Launch {
    let settings = settings.iter().flat_map(|setting| ["-c", setting]);
    let launch = Launch::new("PostgreSQL", "env").args(place.as_its_user()).arg(program).arg("-D");
    let launch = launch.arg(place.path("data")).args(settings).args(["-c", "listen_addresses=127.0.0.1", "-p"]);
    launch.arg(address.port().to_string())
}

/// Whether it has anything to say about who comes in, but that it is not ready.
fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        // The length, version 3.0 of the protocol, and the only parameter that there must be.
        stream.write_all(b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0")?;
        let mut answer = vec![0; 256];
        let some = stream.read(&mut answer)?;
        answer.truncate(some);
        Ok(answer)
    };
    let is_starting = |answer: &[u8]| answer.windows(CANNOT_CONNECT_NOW.len()).any(|part| part == CANNOT_CONNECT_NOW);
    ask().is_ok_and(|answer| !answer.is_empty() && !is_starting(&answer))
}

/// An error's code, as it stands in the message.
const CANNOT_CONNECT_NOW: &[u8] = b"C57P03\0";

/// Where a server keeps its data. It is gone with the test, however that ends.
#[derive(Debug)]
struct Place {
    /// A process that does nothing: whatever happens to the test, its directory is removed.
    keeper: Process,
    /// Whom the files belong to: not root, as whom PostgreSQL does not run.
    user: Option<(u32, u32)>,
}

impl Place {
    fn new() -> Place {
        let keeper = Launch::new("the keeper of PostgreSQL's data", "sleep").arg("infinity").start();
        let directory = keeper.directory();
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).expect("our directory");
        let is_root = fs::metadata(directory).expect("our directory").uid() == 0;
        let place = Place { user: is_root.then(other_user), keeper };
        for name in ["data", "run"] {
            fs::create_dir(place.path(name)).expect("our directory");
            place.hand_over(name, 0o700);
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.keeper.directory().join(name)
    }

    /// The words before a command by which it is run as the files' user; meant for `env`, which takes none as well.
    fn as_its_user(&self) -> Vec<String> {
        let Some((user, group)) = self.user else { return Vec::new() };
        let words = ["setpriv", "--reuid", &user.to_string(), "--regid", &group.to_string(), "--clear-groups"];
        words.map(str::to_owned).to_vec()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("our directory");
        self.hand_over(name, 0o600);
    }

    fn hand_over(&self, name: &str, mode: u32) {
        let path = self.path(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our file");
        if let Some((user, group)) = self.user {
            chown(&path, Some(user), Some(group)).expect("root may");
        }
    }

    /// Copies papers to where only the server reads them; gives the settings that name them.
    fn keep_papers(&self, papers: &Papers, clients: Option<&Path>) -> Vec<String> {
        let files = [("ssl_cert_file", Some(&*papers.certificate)), ("ssl_key_file", Some(&papers.key))];
        let mut settings = vec!["ssl=on".to_owned()];
        for (setting, file) in files.into_iter().chain([("ssl_ca_file", clients)]) {
            let Some(file) = file else { continue };
            self.write(setting, &fs::read_to_string(file).expect("papers"));
            settings.push(format!("{setting}={}", self.path(setting).display()));
        }
        settings
    }
}

/// The user that is there for PostgreSQL, or else the one who is nobody.
fn other_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let line = users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).unwrap_or((65534, 65534))
}

impl PostgresServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory of its Unix socket.
    pub fn socket_directory(&self) -> PathBuf {
        self.place.path("run")
    }

    /// The URL by which the superuser comes in.
    pub fn url(&self) -> String {
        let password = Postgres::PASSWORD.replace(' ', "%20");
        format!("postgres://{}:{password}@{}/postgres", Postgres::USER, self.address)
    }

    /// Ends it in order, with word to everybody who is connected, and starts it again with the same data on the same
    /// port. If it was killed, it is only started.
    ///
    /// # Panics
    ///
    /// If it does not end or not start, with its log.
    pub fn restart(&mut self) {
        if self.process.ended().is_none() {
            self.process.signal("INT");
            self.process.wait(LONG);
        }
        self.process = launch(&self.place, &self.program, &self.settings, self.address).start();
        let ready = self.process.until(LONG, |_| is_ready(self.address).then_some(()));
        ready.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

impl Drop for PostgresServer {
    /// In order, as else a piece of shared memory stays behind.
    fn drop(&mut self) {
        self.process.resume();
        self.process.signal("QUIT");
        let _ = self.process.until(Duration::from_secs(5), |_| self.process.ended());
    }
}
