//! When a request is sent once more.

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

/// A try that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try {
    /// The how-manyth it was, from 1.
    pub(crate) tried: u32,
    pub(crate) fault: Fault,
    /// Whether another connection may do better.
    pub(crate) hopeful: bool,
    /// Whether the request's body is there still.
    pub(crate) has_body: bool,
}

impl Retries {
    /// Whether a request may ever be sent after so many tries.
    pub(crate) fn allow_more_than(self, tried: u32) -> bool {
        tried < self.most()
    }

    fn most(self) -> u32 {
        match self {
            Retries::Never => 1,
            Retries::Once => 2,
            Retries::UntilFresh => 7,
        }
    }

    /// On which connection the next try is, if there is one.
    pub(crate) fn next(self, last: Try, is_idempotent: bool) -> Option<Next> {
        let harmless = match last.fault {
            Fault::Bad { written: false, .. } => true,
            Fault::Bad { written: true, answered } => is_idempotent && !answered,
            Fault::Final => false,
        };
        if !harmless || !last.hopeful || !last.has_body || !self.allow_more_than(last.tried) {
            return None;
        }
        Some(if self == Retries::Once { Next::OnFresh } else { Next::OnAny })
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

    const STALE: Try = Try { tried: 1, fault: Fault::UNSENT, hopeful: true, has_body: true };

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
            assert!(!again(Try { hopeful: false, ..STALE }, true), "another would fail like it");
        }
    }

    #[test]
    fn each_rule_has_its_course() {
        let course = |rule: Retries| {
            let tries = (1..).map(|tried| Try { tried, ..STALE });
            tries.map_while(|last| rule.next(last, false)).collect::<Vec<_>>()
        };
        assert_eq!(course(Retries::Never), []);
        assert_eq!(course(Retries::Once), [Next::OnFresh]);
        assert_eq!(course(Retries::UntilFresh), [Next::OnAny; 6]);
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
