//! Where the collector is.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};

use crate::telemetry::options::OtlpOptions;

/// One URL of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of the `Host` header.
    pub(crate) authority: String,
    pub(crate) path: String,
}

/// A collector: where each signal goes, and how.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    pub(crate) metrics: Option<Target>,
    pub(crate) traces: Option<Target>,
    pub(crate) timeout: Duration,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Target {
    /// A URL with this path behind it.
    pub(crate) fn parse(url: &str, path: &str) -> Result<Target, String> {
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no URL: {error}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(format!("`{url}`: TLS is not built in; send to a collector or agent near by, over http"));
            }
            _ => return Err(format!("`{url}` does not begin with http://, as in http://127.0.0.1:4318")),
        }
        let authority = uri.authority().ok_or_else(|| format!("`{url}` names no host"))?;
        if authority.as_str().contains('@') {
            return Err(format!("`{}…` has a user name in it; give it as a header", &url[..7]));
        }
        Ok(Target {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            authority: authority.to_string(),
            path: format!("{}{path}", uri.path().trim_end_matches('/')),
        })
    }
}

impl Collector {
    /// The collector of the options, or else of the environment; `None` if neither names one.
    pub(crate) fn find(
        options: Option<&OtlpOptions>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Collector>, String> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        if env("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let of_env = env("OTEL_EXPORTER_OTLP_ENDPOINT").map(OtlpOptions::new);
        let Some(options) = options.or(of_env.as_ref()) else { return Ok(None) };
        let mut headers = options.headers.clone();
        if let Some(more) = env("OTEL_EXPORTER_OTLP_HEADERS") {
            add_headers(&mut headers, &more);
        }
        let target = |wanted: bool, path| wanted.then(|| Target::parse(&options.endpoint, path)).transpose();
        Ok(Some(Collector {
            metrics: target(options.metrics, "/v1/metrics")?,
            traces: target(options.traces, "/v1/traces")?,
            timeout: options.timeout.get(),
            headers: headers.iter().map(|(name, value)| header(name, value)).collect::<Result<_, _>>()?,
        }))
    }
}

/// Headers as the environment has them: `name=value,name=value`.
fn add_headers(headers: &mut BTreeMap<String, String>, more: &str) {
    for (name, value) in more.split(',').filter_map(|pair| pair.split_once('=')) {
        headers.entry(name.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
    }
}

/// One header, if it can be one. The value is not repeated in the error: it may be a secret.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::try_from(name).map_err(|_| format!("`{name}` cannot be the name of a header"))?;
    let value =
        HeaderValue::try_from(value).map_err(|_| format!("the value of `{name}` cannot be that of a header"))?;
    Ok((parsed, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_env(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_url_becomes_host_port_and_path() {
        let target = Target::parse("http://collector:4318", "/v1/metrics").expect("a URL");
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("collector", 4318, "/v1/metrics"));
        let target = Target::parse("http://[::1]:8428/opentelemetry/", "/v1/traces").expect("a URL");
        assert_eq!((target.host.as_str(), target.path.as_str()), ("::1", "/opentelemetry/v1/traces"));
        assert_eq!(target.authority, "[::1]:8428");
    }

    #[test]
    fn a_bad_url_says_what_is_wrong() {
        for (url, part) in [
            ("127.0.0.1:4318", "does not begin with http://"),
            ("https://collector", "TLS"),
            ("http://", "is no URL"),
            ("http://me:secret@collector", "user name"),
            ("grpc://collector", "does not begin with http://"),
            ("", "is no URL"),
        ] {
            let error = Target::parse(url, "").expect_err(url);
            assert!(error.contains(part) && !error.contains("secret"), "{url}: {error}");
        }
    }

    #[test]
    fn the_environment_names_a_collector_where_the_options_do_not() {
        let env = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://env:1".to_owned()),
            "OTEL_EXPORTER_OTLP_HEADERS" => Some("key=one, other=two".to_owned()),
            _ => None,
        };
        let collector = Collector::find(None, env).expect("well-formed").expect("one");
        assert_eq!(collector.metrics.expect("wanted").host, "env");
        assert_eq!(collector.headers.len(), 2);
        let options = OtlpOptions { traces: false, ..OtlpOptions::new("http://option:1") };
        let collector = Collector::find(Some(&options), env).expect("well-formed").expect("one");
        assert_eq!(collector.metrics.expect("wanted").host, "option");
        assert!(collector.traces.is_none());
        assert!(Collector::find(None, no_env).expect("well-formed").is_none());
    }

    #[test]
    fn the_environment_can_turn_it_off() {
        let env = |name: &str| (name == "OTEL_SDK_DISABLED").then(|| "true".to_owned());
        assert!(Collector::find(Some(&OtlpOptions::new("http://a")), env).expect("well-formed").is_none());
    }
}
