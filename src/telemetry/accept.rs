//! Which exposition format a scraper wants.

use hyper::header::{ACCEPT, HeaderMap};

/// A format of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus' protobuf format, the only one with native histograms.
    Protobuf,
    /// The OpenMetrics text format 1.0.
    OpenMetrics,
    /// The older Prometheus text format 0.0.4.
    Plain,
}

impl Format {
    /// The one that the client wants most; OpenMetrics if it says nothing. A browser or an old
    /// scraper, which names none of ours, gets plain text.
    pub(crate) fn wanted(headers: &HeaderMap) -> Format {
        let Some(accept) = headers.get(ACCEPT) else { return Format::OpenMetrics };
        let offers = accept.to_str().unwrap_or_default().split(',').filter_map(offer);
        // Of equals the first.
        let best = offers.reduce(|best, offer| if offer.1 > best.1 { offer } else { best });
        best.map_or(Format::Plain, |(format, _)| format)
    }

    /// The value of the `Content-Type` header.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// One entry of the header, if it is a format of ours: how much it is wanted.
fn offer(entry: &str) -> Option<(Format, f32)> {
    let mut parts = entry.split(';').map(str::trim);
    let media = parts.next()?;
    let parameters: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
    let parameter = |name: &str| parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let format = match media {
        "application/vnd.google.protobuf" => {
            let ours = parameter("proto") == Some("io.prometheus.client.MetricFamily");
            (ours && parameter("encoding").is_none_or(|encoding| encoding == "delimited"))
                .then_some(Format::Protobuf)?
        }
        "application/openmetrics-text" => Format::OpenMetrics,
        "text/plain" => Format::Plain,
        _ => return None,
    };
    let weight = parameter("q").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
    (weight > 0.0).then_some((format, weight))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn the_client_gets_what_it_wants_most() {
        let with_native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
                           application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let usual = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for (accept, wanted) in [
            (with_native, Format::Protobuf),
            (usual, Format::OpenMetrics),
            ("text/plain;q=0.2, application/openmetrics-text;q=0.1", Format::Plain),
            ("application/openmetrics-text;q=0,text/plain;q=0.1", Format::Plain),
            ("application/vnd.google.protobuf;proto=other.Message,application/openmetrics-text", Format::OpenMetrics),
            ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", Format::Plain),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Plain),
            ("*/*", Format::Plain),
            ("", Format::Plain),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(accept).expect("a header"));
            assert_eq!(Format::wanted(&headers), wanted, "{accept}");
        }
        assert_eq!(Format::wanted(&HeaderMap::new()), Format::OpenMetrics);
    }
}
