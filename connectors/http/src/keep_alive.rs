//! What a server says of how long it keeps a connection.

use std::time::Duration;

use http::response::Parts;
use http::{HeaderMap, Version, header};

/// What a response says of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeepAlive {
    /// It was the last one.
    Last,
    /// More may follow; within so long, if it says so.
    More(Option<Duration>),
}

impl KeepAlive {
    /// What a response of HTTP/1 says (RFC 9112, section 9.3; the header `Keep-Alive` is a custom of old, RFC 2068).
    pub(crate) fn of(response: &Parts) -> KeepAlive {
        let headers = &response.headers;
        if is_last(headers) || (response.version == Version::HTTP_10 && !has_option(headers, "keep-alive")) {
            return KeepAlive::Last;
        }
        if hint(headers, "max") == Some(0) {
            return KeepAlive::Last;
        }
        match hint(headers, "timeout") {
            Some(0) => KeepAlive::Last,
            timeout => KeepAlive::More(timeout.map(|seconds| sooner(Duration::from_secs(seconds)))),
        }
    }
}

/// Whether a head says that it is the last on its connection.
pub(crate) fn is_last(headers: &HeaderMap) -> bool {
    has_option(headers, "close")
}

/// We close it before its server does, so that no request meets it as it closes.
fn sooner(timeout: Duration) -> Duration {
    timeout - Duration::from_secs(1).min(timeout / 2)
}

fn has_option(headers: &HeaderMap, wanted: &str) -> bool {
    listed(headers, header::CONNECTION.as_str()).any(|option| option.eq_ignore_ascii_case(wanted))
}

fn hint(headers: &HeaderMap, wanted: &str) -> Option<u64> {
    listed(headers, "keep-alive").find_map(|hint| {
        let (name, value) = hint.split_once('=')?;
        let is_it = name.trim_end().eq_ignore_ascii_case(wanted);
        value.trim().trim_matches('"').parse().ok().filter(|_| is_it)
    })
}

fn listed<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    fn of(version: Version, headers: &[(&'static str, &str)]) -> KeepAlive {
        let mut response = Response::builder().version(version);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        KeepAlive::of(&response.body(()).expect("a response").into_parts().0)
    }

    #[test]
    fn a_response_says_whether_more_may_follow() {
        let (new, old) = (Version::HTTP_11, Version::HTTP_10);
        assert_eq!(of(new, &[]), KeepAlive::More(None));
        assert_eq!(of(old, &[]), KeepAlive::Last);
        assert_eq!(of(old, &[("connection", "Keep-Alive")]), KeepAlive::More(None));
        assert_eq!(of(new, &[("connection", "te, Close")]), KeepAlive::Last);
        assert_eq!(of(new, &[("connection", "x"), ("connection", "close")]), KeepAlive::Last);
    }

    #[test]
    fn hints_are_honoured_a_little_sooner() {
        let hinted = |hint| of(Version::HTTP_11, &[("keep-alive", hint)]);
        let within = |millis| KeepAlive::More(Some(Duration::from_millis(millis)));
        assert_eq!(hinted("timeout=5, max=100"), within(4000));
        assert_eq!(hinted("Timeout = \"1\""), within(500));
        assert_eq!(hinted("timeout=5, max=0"), KeepAlive::Last);
        assert_eq!(hinted("timeout=0"), KeepAlive::Last);
        assert_eq!(hinted("timeout=soon"), KeepAlive::More(None));
    }
}
