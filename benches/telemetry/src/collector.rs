//! Collectors: one that takes everything and keeps nothing, and two that are of no use.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Its address, as the telemetry's options have it. It runs until the process ends.
pub fn swallowing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = url_of(&listener);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A request that is cut off is the sender's affair.
            let _ = swallow(stream);
        }
    });
    url
}

/// One that accepts connections and never answers. It lasts as long as the listener.
pub fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = url_of(&listener);
    (listener, url)
}

/// One that refuses connections.
pub fn refusing() -> String {
    url_of(&TcpListener::bind("127.0.0.1:0").expect("a free port"))
}

fn url_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("bound"))
}

fn swallow(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut chunk = [0; 16 << 10];
    let body_starts = loop {
        let read = stream.read(&mut chunk)?;
        head.extend_from_slice(&chunk[..read]);
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if read == 0 {
            return Ok(());
        }
    };
    let text = String::from_utf8_lossy(&head[..body_starts]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    let mut left = length.unwrap_or(0).saturating_sub(head.len() - body_starts);
    while left > 0 {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        left = left.saturating_sub(read);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
