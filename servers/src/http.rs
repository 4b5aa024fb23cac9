//! As much of HTTP as it takes to ask a server something.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::patience::LONG;

/// A server's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

/// Asks for a path, with its query if it has one.
///
/// # Errors
///
/// If nobody listens there, or what comes is no answer.
pub fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    ask(address, "GET", path, "", "")
}

/// Sends a form.
///
/// # Errors
///
/// If nobody listens there, or what comes is no answer.
pub fn post_form(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
    post(address, path, "application/x-www-form-urlencoded", &form(fields))
}

/// Sends a body of such a kind, as `text/plain`.
///
/// # Errors
///
/// If nobody listens there, or what comes is no answer.
pub fn post(address: SocketAddr, path: &str, kind: &str, body: &str) -> io::Result<Answer> {
    ask(address, "POST", path, kind, body)
}

/// Puts a body there.
///
/// # Errors
///
/// If nobody listens there, or what comes is no answer.
pub fn put(address: SocketAddr, path: &str, body: &str) -> io::Result<Answer> {
    ask(address, "PUT", path, "application/json", body)
}

/// Has what is there removed.
///
/// # Errors
///
/// If nobody listens there, or what comes is no answer.
pub fn delete(address: SocketAddr, path: &str) -> io::Result<Answer> {
    ask(address, "DELETE", path, "", "")
}

/// Fields as a query or a form has them.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Text with everything escaped that means something in a URL.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// In HTTP/1.0, so that the answer comes in one piece, and its end is the end of the connection.
fn ask(address: SocketAddr, method: &str, path: &str, kind: &str, body: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LONG))?;
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    if !kind.is_empty() {
        let _ = write!(request, "Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    parse(&answer).ok_or_else(|| io::Error::other(format!("no answer of HTTP: {answer:?}")))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_url_is_escaped() {
        let fields = [("query", "rate(a{b=\"c d\"}[1m]) + 1"), ("match[]", "ü&=")];
        let expected = "query=rate%28a%7Bb%3D%22c%20d%22%7D%5B1m%5D%29%20%2B%201&match%5B%5D=%C3%BC%26%3D";
        assert_eq!(form(&fields), expected);
    }

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let answer = parse("HTTP/1.0 404 Not Found\r\nA: b\r\n\r\nnothing\r\n\r\nhere").expect("well-formed");
        assert_eq!((answer.status, answer.body.as_str()), (404, "nothing\r\n\r\nhere"));
        assert!(parse("SSH-2.0-OpenSSH\r\n\r\n").is_none());
    }
}
