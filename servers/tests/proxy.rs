//! The proxy that does harm, between a client and an echo.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use clearpool_servers::{FaultProxy, eventually};

const PATIENCE: Duration = Duration::from_millis(200);

fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut stream.try_clone().expect("a socket"), &mut &stream));
        }
    });
    address
}

fn client(proxy: &FaultProxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

fn ask(stream: &mut TcpStream, what: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    stream.write_all(what).map_err(|error| error.kind())?;
    let mut answer = vec![0; what.len()];
    stream.read_exact(&mut answer).map_err(|error| error.kind())?;
    Ok(answer)
}

/// What comes in the end.
fn late(stream: &mut TcpStream) -> [u8; 4] {
    let mut answer = [0; 4];
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    stream.read_exact(&mut answer).expect("an answer");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    answer
}

#[test]
fn it_passes_on_delays_and_holds() {
    let proxy = FaultProxy::to(echo());
    let mut stream = client(&proxy);
    assert_eq!(ask(&mut stream, b"hello"), Ok(b"hello".to_vec()));
    proxy.delay(Duration::from_millis(400));
    assert_eq!(ask(&mut stream, b"slow"), Err(ErrorKind::WouldBlock), "not within the client's patience");
    assert_eq!(late(&mut stream), *b"slow");
    proxy.delay(Duration::ZERO);
    proxy.hold(true);
    assert_eq!(ask(&mut stream, b"held"), Err(ErrorKind::WouldBlock));
    proxy.hold(false);
    assert_eq!(late(&mut stream), *b"held", "it was held, and not lost");
    assert_eq!((proxy.open(), proxy.accepted()), (1, 1));
}

#[test]
fn what_it_cuts_is_reset_at_once_or_in_the_middle_of_an_answer() {
    let proxy = FaultProxy::to(echo());
    let mut stream = client(&proxy);
    assert_eq!(ask(&mut stream, b"hello"), Ok(b"hello".to_vec()));
    proxy.cut();
    let broken = ask(&mut stream, b"again").expect_err("it is cut");
    assert!(
        matches!(broken, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof),
        "{broken}"
    );
    eventually("the cut connection is forgotten", || (proxy.open() == 0).then_some(()));
    proxy.cut_after(Some(3));
    let mut stream = client(&proxy);
    stream.write_all(b"hello").expect("open");
    let mut some = Vec::new();
    stream.read_to_end(&mut some).expect_err("it is reset");
    assert!(some.len() <= 3, "{some:?}");
}
