//! When a request is sent once more.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, Method};
use pool_tokio::Fault;

use crate::Retries;

/// On which connection the next try is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    OnAny,
    OnFresh,
}

/// What reason there is to think that another connection would do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hope {
    /// None: it came straight from its dial, or the request is to blame.
    None,
    /// It was in the pool before, where connections go stale.
    Stale,
    /// The server says that it has not processed the request.
    Unprocessed,
}

/// A try that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try {
    /// The how-manyth it was, from 1.
    pub(crate) tried: u32,
    pub(crate) fault: Fault,
    pub(crate) hope: Hope,
    /// Whether the request's body is there still.
    pub(crate) has_body: bool,
}

impl Retries {
    /// Whether a request may ever be sent after so many tries.
    pub(crate) fn allow_more_than(self, tried: u32) -> bool {
        tried < self.most(Hope::Unprocessed)
    }

    fn most(self, hope: Hope) -> u32 {
        match (self, hope) {
            (Retries::Never, _) | (_, Hope::None) => 1,
            (Retries::Once, Hope::Stale) => 2,
            (Retries::Once, Hope::Unprocessed) | (Retries::UntilFresh, _) => MOST,
        }
    }

    /// On which connection the next try is, if there is one.
    pub(crate) fn next(self, last: Try, is_idempotent: bool) -> Option<Next> {
        let harmless = match last.fault {
            Fault::Bad { written: false, .. } => true,
            Fault::Bad { written: true, answered } => is_idempotent && !answered,
            Fault::Final => false,
        };
        if !harmless || !last.has_body || last.tried >= self.most(last.hope) {
            return None;
        }
        Some(if self == Retries::Once && last.hope == Hope::Stale { Next::OnFresh } else { Next::OnAny })
    }
}

/// As many as net/http allows where the server has not processed the request.
const MOST: u32 = 7;

/// How long to wait before the next try: not at first, then longer and longer. A server that refuses streams has too
/// much to do already.
pub(crate) fn pause(last: Try) -> Duration {
    match (last.hope, last.tried) {
        (Hope::Unprocessed, tried @ 2..) => Duration::from_millis(50) * 2_u32.saturating_pow(tried.min(MOST) - 2),
        _ => Duration::ZERO,
    }
}

/// Whether doing it twice does no more than doing it once, by the rule of Go's net/http: PUT and DELETE are not among
/// them, whatever RFC 9110 says.
pub(crate) fn is_idempotent(parts: &Parts) -> bool {
    let has_key = |headers: &HeaderMap| KEYS.iter().any(|key| headers.contains_key(*key));
    matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE) || has_key(&parts.headers)
}

const KEYS: [&str; 2] = ["idempotency-key", "x-idempotency-key"];

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const STALE: Try = Try { tried: 1, fault: Fault::UNSENT, hope: Hope::Stale, has_body: true };

    fn idempotent(method: &str, header: Option<&'static str>) -> bool {
        let mut request = Request::builder().method(method);
        if let Some(header) = header {
            request = request.header(header, "7");
        }
        is_idempotent(&request.body(()).expect("a request").into_parts().0)
    }

    #[test]
    fn no_rule_repeats_what_may_do_harm() {
        for rule in [Retries::Once, Retries::UntilFresh] {
            let again = |last: Try, is_idempotent| rule.next(last, is_idempotent).is_some();
            assert!(again(STALE, false), "nothing was written");
            assert!(again(Try { fault: Fault::UNANSWERED, ..STALE }, true));
            assert!(!again(Try { fault: Fault::UNANSWERED, ..STALE }, false), "it may have been carried out");
            assert!(!again(Try { fault: Fault::BROKEN, ..STALE }, true), "a part of the answer was seen");
            assert!(!again(Try { fault: Fault::Final, ..STALE }, true), "it would fail again");
            assert!(!again(Try { has_body: false, ..STALE }, true), "the body is gone");
            assert!(!again(Try { hope: Hope::None, ..STALE }, true), "another would fail like it");
        }
    }

    #[test]
    fn each_rule_has_its_course() {
        let course = |rule: Retries, hope| {
            let tries = (1..).map(|tried| Try { tried, hope, ..STALE });
            tries.map_while(|last| rule.next(last, false)).collect::<Vec<_>>()
        };
        for hope in [Hope::Stale, Hope::Unprocessed] {
            assert_eq!(course(Retries::Never, hope), []);
            assert_eq!(course(Retries::UntilFresh, hope), [Next::OnAny; 6]);
        }
        assert_eq!(course(Retries::Once, Hope::Stale), [Next::OnFresh]);
        assert_eq!(course(Retries::Once, Hope::Unprocessed), [Next::OnAny; 6]);
    }

    #[test]
    fn a_server_that_refuses_is_given_time() {
        let pauses = |hope| (1..=6).map(|tried| pause(Try { tried, hope, ..STALE }).as_millis()).collect::<Vec<_>>();
        assert_eq!(pauses(Hope::Unprocessed), [0, 50, 100, 200, 400, 800]);
        assert_eq!(pauses(Hope::Stale), [0; 6]);
    }

    #[test]
    fn what_is_idempotent_is_as_in_net_http() {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            assert!(idempotent(method, None), "{method}");
        }
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert!(!idempotent(method, None), "{method}");
            assert!(!idempotent(method, Some("if-match")), "{method}");
            assert!(idempotent(method, Some("Idempotency-Key")), "{method}");
            assert!(idempotent(method, Some("X-Idempotency-Key")), "{method}");
        }
    }
}
