//! A user and a password as a header (RFC 7617).

use http::HeaderValue;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `Basic …`, marked as sensitive so that nobody prints it.
pub(crate) fn credentials(user: &str, password: &str) -> HeaderValue {
    let encoded = encode(format!("{user}:{password}").as_bytes());
    // The alphabet is that of headers.
    let mut value = HeaderValue::try_from(format!("Basic {encoded}")).unwrap_or(HeaderValue::from_static("Basic "));
    value.set_sensitive(true);
    value
}

/// The user and the password in front of the `@` of a URI's authority, if there are any.
pub(crate) fn in_authority(authority: &str) -> Option<(String, String)> {
    let (user, _) = authority.rsplit_once('@')?;
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    Some((decoded(user), decoded(password)))
}

/// Text with its `%`-escapes undone; one that is none stays as it is.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let escaped = rest.first_chunk().filter(|_| *first == b'%').and_then(escaped);
        out.push(escaped.unwrap_or(*first));
        bytes = if escaped.is_some() { &rest[2..] } else { rest };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn escaped(digits: &[u8; 2]) -> Option<u8> {
    let is_digit = digits.iter().all(u8::is_ascii_hexdigit);
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| is_digit)
}

/// Base64 (RFC 4648, section 4).
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let all = piece.iter().fold(0, |all: u32, &byte| all << 8 | u32::from(byte)) << (8 * (3 - piece.len()));
        for place in 0..4 {
            let digit = ALPHABET[(all >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= piece.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        let header = credentials("Aladdin", "open sesame");
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{header:?}").contains("QWxh"), "{header:?}");
    }

    #[test]
    fn a_user_in_a_uri_may_be_escaped() {
        let found = |authority| in_authority(authority);
        assert_eq!(found("me:p%40ss%3A@host:80"), Some(("me".to_owned(), "p@ss:".to_owned())));
        assert_eq!(found("me@host"), Some(("me".to_owned(), String::new())));
        assert_eq!(found("100%:%4@host"), Some(("100%".to_owned(), "%4".to_owned())));
        assert_eq!(found("host:80"), None);
    }
}
