//! Consul.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::authority::Papers;
use crate::find::find_program;
use crate::http::{self, Answer};
use crate::launch::Launch;
use crate::patience::LONG;
use crate::process::Process;
use crate::serve::serve;

/// Consul: an agent that is the only server of its datacenter, `dc1`, on a node called `one`.
#[derive(Debug, Clone)]
pub struct Consul {
    program: PathBuf,
    config: Value,
}

/// A Consul at work, with data of its own that outlast a restart.
#[derive(Debug)]
pub struct ConsulServer {
    process: Process,
    program: PathBuf,
    place: TempDir,
    addresses: Addresses,
}

/// HTTP, DNS, HTTPS, and two by which agents speak to each other: gossip first.
type Addresses = [SocketAddr; 5];

impl Consul {
    /// The token of [`Consul::with_tokens`] that may do everything.
    pub const MASTER: &str = "c0de0000-0000-4000-8000-00000000cafe";

    /// The Consul of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Consul> {
        let config = json!({
            "server": true,
            "bootstrap_expect": 1,
            "node_name": "one",
            "bind_addr": "127.0.0.1",
            "performance": { "raft_multiplier": 1 },
            "disable_update_check": true,
            // Every request is in the log.
            "log_level": "DEBUG",
        });
        Some(Consul { program: find_program("Consul", "consul", "consul")?, config })
    }

    /// One more setting of the agent, as its configuration has it.
    pub fn with(mut self, key: &str, value: Value) -> Consul {
        self.config[key] = value;
        self
    }

    /// Nobody may do anything without a token. [`Consul::MASTER`] may do everything.
    pub fn with_tokens(mut self) -> Consul {
        let tokens = json!({ "master": Consul::MASTER, "agent": Consul::MASTER });
        self.config["acl"] = json!({ "enabled": true, "default_policy": "deny", "tokens": tokens });
        self
    }

    /// Speaks HTTPS besides, with these papers. With `clients`, only with those who have papers that these
    /// roots vouch for.
    pub fn with_tls(mut self, papers: &Papers, clients: Option<&Path>) -> Consul {
        self.config["cert_file"] = json!(papers.certificate);
        self.config["key_file"] = json!(papers.key);
        if let Some(roots) = clients {
            self.config["ca_file"] = json!(roots);
            self.config["verify_incoming_https"] = json!(true);
        }
        self
    }

    /// Starts another agent, on a node called `two`, that is no server and asks that one: as every host has one.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start_beside(&self, server: &ConsulServer) -> ConsulServer {
        let mut beside = self.clone();
        beside.config["server"] = json!(false);
        beside.config["bootstrap_expect"] = json!(0);
        beside.config["node_name"] = json!("two");
        beside.config["retry_join"] = json!([server.addresses[3].to_string()]);
        beside.config["retry_interval"] = json!("1s");
        beside.start()
    }

    /// Starts it and waits until it has elected itself and answers.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> ConsulServer {
        let place = tempfile::tempdir().expect("a directory");
        let launch = |addresses: &Addresses| {
            fs::write(config_in(&place), self.config_for(&place, addresses).to_string()).expect("a file");
            launch(&self.program, &place)
        };
        let (process, addresses) = serve(launch, |addresses| is_ready(addresses[0]));
        ConsulServer { process, program: self.program.clone(), place, addresses }
    }

    fn config_for(&self, place: &TempDir, [http, dns, https, serf, server]: &Addresses) -> Value {
        let mut config = self.config.clone();
        let socket = place.path().join("http.sock");
        let https = if config["cert_file"].is_null() { -1 } else { i32::from(https.port()) };
        config["data_dir"] = json!(place.path().join("data"));
        config["addresses"] = json!({ "http": format!("127.0.0.1 unix://{}", socket.display()) });
        config["ports"] = json!({
            "http": http.port(), "dns": dns.port(), "https": https, "grpc": -1,
            "serf_lan": serf.port(), "serf_wan": -1, "server": server.port(),
        });
        config
    }
}

fn config_in(place: &TempDir) -> PathBuf {
    place.path().join("agent.json")
}

fn launch(program: &Path, place: &TempDir) -> Launch {
    Launch::new("Consul", program).args(["agent", "-config-file"]).arg(config_in(place))
}

/// Whether there is a leader, and what is registered with the agent is known to all.
fn is_ready(http: SocketAddr) -> bool {
    let path = format!("/v1/health/service/consul?token={}", Consul::MASTER);
    http::get(http, &path).is_ok_and(|answer| answer.status == 200 && answer.body.contains("\"passing\""))
}

impl ConsulServer {
    /// Where its HTTP interface listens.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The URL of its HTTP interface.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where its DNS interface listens.
    pub fn dns(&self) -> SocketAddr {
        self.addresses[1]
    }

    /// Where it speaks HTTPS, if it does.
    pub fn https(&self) -> SocketAddr {
        self.addresses[2]
    }

    /// The Unix socket of its HTTP interface.
    pub fn socket(&self) -> PathBuf {
        self.place.path().join("http.sock")
    }

    /// Registers a service with the agent, or changes it: as `/v1/agent/service/register` wants it.
    ///
    /// # Panics
    ///
    /// If Consul does not take it.
    #[track_caller]
    pub fn register(&self, service: &Value) {
        self.put("/v1/agent/service/register?replace-existing-checks=true", service);
    }

    /// Takes a service away again.
    ///
    /// # Panics
    ///
    /// If Consul does not take it.
    #[track_caller]
    pub fn deregister(&self, id: &str) {
        self.put(&format!("/v1/agent/service/deregister/{}", http::escaped(id)), &Value::Null);
    }

    /// Sets the check of a service that was registered with one of kind `TTL`: `pass`, `warn` or `fail`.
    ///
    /// # Panics
    ///
    /// If Consul does not take it.
    #[track_caller]
    pub fn check(&self, id: &str, verdict: &str) {
        self.put(&format!("/v1/agent/check/{verdict}/{}", http::escaped(&format!("service:{id}"))), &Value::Null);
    }

    /// Puts something, with the token that may do everything; gives what is answered.
    ///
    /// # Panics
    ///
    /// If Consul does not take it.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        good(path, http::put(self.address(), &with_master(path), &body))
    }

    /// Removes something, with the token that may do everything.
    ///
    /// # Panics
    ///
    /// If Consul does not do it.
    #[track_caller]
    pub fn delete(&self, path: &str) {
        good(path, http::delete(self.address(), &with_master(path)));
    }

    /// How many requests it has answered whose URL has this in it.
    pub fn answered(&self, part: &str) -> usize {
        let is_one = |line: &&str| line.contains("Request finished") && line.contains(part);
        self.process.log().text().lines().filter(is_one).count()
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

    /// The same without any of its data: nothing is registered then, and nothing ever was.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn restart_empty(&mut self) {
        self.process.kill();
        fs::remove_dir_all(self.place.path().join("data")).expect("it had data");
        self.restart();
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

fn with_master(path: &str) -> String {
    format!("{path}{}token={}", if path.contains('?') { '&' } else { '?' }, Consul::MASTER)
}

#[track_caller]
fn good(path: &str, answer: io::Result<Answer>) -> Value {
    let Answer { status, body, .. } = answer.expect("Consul answers");
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}
