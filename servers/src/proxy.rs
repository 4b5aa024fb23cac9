//! A proxy in between that does harm: it delays, holds back, cuts.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::patience::pause;

/// A proxy between a client and a server, by which a test makes the network bad. It forwards bytes, and knows no
/// protocol. What it is told holds for connections that are open as well as for new ones.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    delay: Duration,
    held: bool,
    /// Each connection is cut when so many bytes of answers have passed.
    cut_after: Option<u64>,
    open: Vec<(u64, TcpStream, TcpStream)>,
    accepted: u64,
}

impl FaultProxy {
    /// A proxy on a free port of the loopback that passes everything on to this server.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub fn to(server: SocketAddr) -> FaultProxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is not there is told as it would be without a proxy: the connection is reset.
                match TcpStream::connect(server) {
                    Ok(server) => accepting.carry(client, server),
                    Err(_) => reset(&client),
                }
            }
        });
        FaultProxy { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has accepted.
    pub fn accepted(&self) -> u64 {
        self.shared.lock().accepted
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.shared.lock().open.len()
    }

    /// From now on, each piece of an answer comes so much later.
    pub fn delay(&self, delay: Duration) {
        self.shared.lock().delay = delay;
    }

    /// While held, it accepts, and nothing passes, in either direction.
    pub fn hold(&self, held: bool) {
        self.shared.lock().held = held;
        self.shared.changed.notify_all();
    }

    /// From now on, each connection is reset when so many bytes of answers have passed on it; `None`: never.
    pub fn cut_after(&self, bytes: Option<u64>) {
        self.shared.lock().cut_after = bytes;
    }

    /// Resets every connection that is open. New ones are let through.
    pub fn cut(&self) {
        self.shared.lock().cut(|_| true);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let mut state = self.lock();
        state.accepted += 1;
        let id = state.accepted;
        let copy = |stream: &TcpStream| stream.try_clone().expect("a socket");
        state.open.push((id, copy(&client), copy(&server)));
        drop(state);
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (to_server, to_client) = (Arc::clone(self), Arc::clone(self));
        let (requests, answers) = ((copy(&client), copy(&server)), (server, client));
        thread::spawn(move || to_server.copy(id, requests.0, requests.1, false));
        thread::spawn(move || to_client.copy(id, answers.0, answers.1, true));
    }

    fn copy(&self, id: u64, mut from: TcpStream, mut to: TcpStream, answers: bool) {
        let (mut buffer, mut passed) = (vec![0; 16 * 1024], 0);
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            if answers {
                let delay = self.lock().delay;
                pause(delay);
            }
            let state = self.lock();
            let state = self.changed.wait_while(state, |state| state.held && state.has(id));
            let state = state.unwrap_or_else(PoisonError::into_inner);
            // What a peer sends on a connection that is cut may be read before this thread wakes of the cut.
            let over = !state.has(id);
            let left = state.cut_after.filter(|_| answers).map_or(u64::MAX, |most| most.saturating_sub(passed));
            drop(state);
            let some = read.min(usize::try_from(left).unwrap_or(usize::MAX));
            if read == 0 || over || to.write_all(&buffer[..some]).is_err() {
                break;
            }
            passed += some as u64;
            if some < read {
                self.lock().cut(|open| open == id);
            }
        }
        let mut state = self.lock();
        if state.has(id) {
            let _ = to.shutdown(Shutdown::Write);
        }
        if answers {
            state.open.retain(|(open, ..)| *open != id);
        }
    }
}

impl State {
    fn has(&self, id: u64) -> bool {
        self.open.iter().any(|(open, ..)| *open == id)
    }

    fn cut(&mut self, which: impl Fn(u64) -> bool) {
        for (_, client, server) in self.open.extract_if(.., |(id, ..)| which(*id)) {
            reset(&client);
            reset(&server);
        }
    }
}

/// Ends a connection so that its peer sees a reset: once all who hold the socket have let it go, who are woken.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Read);
}
