//! Where the collector is.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};

use crate::telemetry::options::{OtlpOptions, OtlpProtocol};

/// One URL of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of the `Host` header.
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) protocol: OtlpProtocol,
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
    pub(crate) fn parse(url: &str, protocol: OtlpProtocol, path: &str) -> Result<Target, String> {
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
            path: format!("{}{path}", base(&uri, protocol)),
            protocol,
        })
    }

    /// The URL without its path.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// The URL.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path)
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
        let protocol = match (options.protocol, env("OTEL_EXPORTER_OTLP_PROTOCOL")) {
            (Some(protocol), _) => protocol,
            (None, Some(word)) => protocol_named(&word)?,
            (None, None) => OtlpProtocol::default(),
        };
        let (metrics, traces) = paths(protocol.check()?);
        let target = |wanted: bool, path| wanted.then(|| Target::parse(&options.endpoint, protocol, path)).transpose();
        Ok(Some(Collector {
            metrics: target(options.metrics, metrics)?,
            traces: target(options.traces, traces)?,
            timeout: options.timeout.get(),
            headers: headers.iter().map(|(name, value)| header(name, value)).collect::<Result<_, _>>()?,
        }))
    }
}

/// What the paths are put behind. A service of gRPC has its path, whatever the URL says.
fn base(uri: &Uri, protocol: OtlpProtocol) -> &str {
    match protocol {
        OtlpProtocol::HttpProtobuf => uri.path().trim_end_matches('/'),
        OtlpProtocol::Grpc => "",
    }
}

/// Where metrics go, and where traces.
fn paths(protocol: OtlpProtocol) -> (&'static str, &'static str) {
    match protocol {
        OtlpProtocol::HttpProtobuf => ("/v1/metrics", "/v1/traces"),
        OtlpProtocol::Grpc => (
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        ),
    }
}

/// The protocol that the environment names.
fn protocol_named(word: &str) -> Result<OtlpProtocol, String> {
    match word {
        "http/protobuf" => Ok(OtlpProtocol::HttpProtobuf),
        "grpc" => Ok(OtlpProtocol::Grpc),
        _ => Err(format!(
            "the environment variable OTEL_EXPORTER_OTLP_PROTOCOL is `{word}`; \"http/protobuf\" or \"grpc\""
        )),
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
        let target = Target::parse("http://collector:4318", OtlpProtocol::HttpProtobuf, "/v1/metrics").expect("a URL");
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("collector", 4318, "/v1/metrics"));
        let target =
            Target::parse("http://[::1]:8428/opentelemetry/", OtlpProtocol::HttpProtobuf, "/v1/traces").expect("a URL");
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
            let error = Target::parse(url, OtlpProtocol::HttpProtobuf, "").expect_err(url);
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
    fn the_protocol_is_of_the_options_or_else_of_the_environment() {
        let env =
            |word: &'static str| move |name: &str| (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then(|| word.to_owned());
        let options = OtlpOptions::new("http://a");
        let error = Collector::find(Some(&options), env("thrift")).expect_err("no such protocol");
        assert!(error.contains("OTEL_EXPORTER_OTLP_PROTOCOL is `thrift`") && error.contains("grpc"), "{error}");
        let of_env = Collector::find(Some(&options), env("grpc"));
        match of_env {
            Ok(found) => {
                let target = found.expect("one").traces.expect("wanted");
                assert_eq!(target.protocol, OtlpProtocol::Grpc);
                assert!(target.path.ends_with("TraceService/Export"), "{}", target.path);
            }
            Err(error) => assert!(!cfg!(feature = "otlp-grpc") && error.contains("`otlp-grpc`"), "{error}"),
        }
        let options = OtlpOptions { protocol: Some(OtlpProtocol::HttpProtobuf), ..options };
        let collector = Collector::find(Some(&options), env("grpc")).expect("the options win").expect("one");
        assert_eq!(collector.traces.expect("wanted").path, "/v1/traces");
    }

    #[test]
    fn the_environment_can_turn_it_off() {
        let env = |name: &str| (name == "OTEL_SDK_DISABLED").then(|| "true".to_owned());
        assert!(Collector::find(Some(&OtlpOptions::new("http://a")), env).expect("well-formed").is_none());
    }
}
