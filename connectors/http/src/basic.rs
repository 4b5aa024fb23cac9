//! A user and a password as a header (RFC 7617).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// `Basic …`, marked as sensitive so that nobody prints it.
pub(crate) fn credentials(user: &str, password: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
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

#[cfg(test)]
mod tests {
    use super::*;

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
