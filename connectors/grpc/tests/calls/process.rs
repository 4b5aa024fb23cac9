//! A gRPC server in a process of its own, to be killed and paused.

use std::net::{SocketAddr, TcpStream};
use std::{env, fs};

use clearpool_servers::{Launch, Process, eventually, serve};

use crate::server::Server;

const ADDRESS: &str = "CLEARPOOL_TEST_GRPC_ADDRESS";
const NAME: &str = "CLEARPOOL_TEST_GRPC_NAME";

/// Not a test of its own: a server, as which this program is started again by others.
#[tokio::test]
#[ignore = "it is a server, which other tests start"]
async fn serves_until_it_is_killed() {
    let Ok(address) = env::var(ADDRESS) else { return };
    let name = env::var(NAME).expect("both are set");
    let _server = Server::start_at(address.parse().expect("an address"), &name, |tonic| tonic).await;
    std::future::pending::<()>().await;
}

fn launch(address: SocketAddr, name: &str) -> Launch {
    Launch::new(&format!("the server {name}"), env::current_exe().expect("this program"))
        .args(["--exact", "process::serves_until_it_is_killed", "--include-ignored", "--nocapture"])
        .env(ADDRESS, address.to_string())
        .env(NAME, name)
}

fn is_up(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}

/// Starts a server on a free port.
pub(crate) fn start(name: &str) -> (Process, SocketAddr) {
    let (process, [address]) = serve(|&[address]| launch(address, name), |&[address]| is_up(address));
    // Before its number is noted, it gets no signals.
    let number = process.directory().join("server.pid");
    eventually("the server's number", || fs::read_to_string(&number).ok().filter(|text| text.ends_with('\n')));
    (process, address)
}

/// Starts a server where one was.
pub(crate) fn start_again(name: &str, address: SocketAddr) -> Process {
    let process = launch(address, name).start();
    eventually("the server to be back", || is_up(address).then_some(()));
    process
}

/// Pauses a server, and waits until all its threads have stopped: they may answer for a while after the signal.
pub(crate) fn pause(process: &Process) {
    process.pause();
    let number = fs::read_to_string(process.directory().join("server.pid")).expect("a number");
    let threads = format!("/proc/{}/task", number.trim());
    eventually("the server to stop", || {
        let threads = fs::read_dir(&threads).expect("it lives").flatten();
        let stats = threads.map(|thread| fs::read_to_string(thread.path().join("stat")).unwrap_or_default());
        // Behind the name, which is in parentheses and may have any, is the state.
        let mut states = stats.filter_map(|stat| Some(stat.rsplit_once(") ")?.1.starts_with('T')));
        states.all(|stopped| stopped).then_some(())
    });
}
