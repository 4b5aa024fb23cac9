//! The reference page, written from the catalog.

use std::fmt::Write;

use super::{Attribute, LIFETIME_BOUNDS, Metric, Notice, SCOPE, Source, Span, SpanEvent, TIME_BOUNDS, Values};
use crate::Histogram;

/// The reference page of the telemetry, in Markdown: `docs/telemetry.md`.
pub fn reference() -> String {
    let mut page = Page(String::new());
    page.introduction();
    page.metrics();
    page.spans();
    page.notices();
    page.attributes();
    page.0
}

struct Page(String);

impl Page {
    fn introduction(&mut self) {
        self.line("# Telemetry: every metric, span and notice");
        self.line("");
        self.line("<!-- Written by `clearpool telemetry-reference` from the catalog in pool-core. Do not edit. -->");
        self.line("");
        self.line(&format!(
            "The words MUST, MUST NOT and MAY are meant as in RFC 2119. Whoever emits telemetry for a pool MUST use \
             these names and no others, MUST give every decision its reason, and MUST NOT put anything on a metric \
             whose number of values is not bounded. Scope of all spans and metrics, and target of all notices: \
             `{SCOPE}`."
        ));
        self.line("");
    }

    fn metrics(&mut self) {
        self.line("## Metrics");
        self.line("");
        self.line(
            "All of a pool's metrics are read from one snapshot, so that they agree with one another, and by all \
             exporters from the same place, so that those agree too. Counters and histograms are cumulative; they \
             start at zero when the pool is built. Series of an endpoint end when it has left and its last \
             connection is closed.",
        );
        self.line("");
        self.table(&["OpenTelemetry", "Prometheus", "kind", "unit", "attributes", "meaning"]);
        self.rows(Metric::ALL);
        self.line("");
        self.conventional();
        self.buckets();
        self.own_health();
    }

    fn conventional(&mut self) {
        self.line("### By the names of conventions");
        self.line("");
        self.line(
            "With `conventions = true` in `[telemetry]`, the pools of a connector whose protocol has a convention are \
             told by its names besides, on every road, for dashboards that know only those. They say less: no reasons, \
             and of databases and gRPC no endpoints. Where a convention has a number, OTLP has one (`server.port`), \
             and Prometheus has `_` for each dot of a label.",
        );
        self.line("");
        self.table(&["OpenTelemetry", "Prometheus", "kind", "unit", "attributes", "meaning"]);
        self.rows(Metric::CONVENTIONAL);
        self.line("");
    }

    fn rows(&mut self, metrics: &[Metric]) {
        for metric in metrics {
            self.row(&[
                code(metric.name()),
                code(&metric.prometheus()),
                metric.kind().as_str().to_owned(),
                code(&metric.unit().ucum()),
                codes(metric.attributes().iter().map(|attribute| attribute.label())),
                metric.meaning().to_owned(),
            ]);
        }
    }

    fn buckets(&mut self) {
        let bounds = codes(TIME_BOUNDS.iter().map(f64::to_string).collect::<Vec<_>>().iter().map(String::as_str));
        self.line("### Buckets");
        self.line("");
        let lifetimes =
            codes(LIFETIME_BOUNDS.iter().map(f64::to_string).collect::<Vec<_>>().iter().map(String::as_str));
        self.line(&format!("Classic bounds of all times, in seconds: {bounds}; of lifetimes: {lifetimes}."));
        self.line("");
        self.line(&format!(
            "The pool counts in finer buckets, {} to a doubling, from a nanosecond to 73 minutes. Counts and sums are \
             exact on every road. A classic bucket is a sum of whole fine ones: a duration up to 9 % below a bound may \
             be counted as above it. OTLP has the fine buckets as an exponential histogram of scale {}; since the pool \
             counts in nanoseconds and OTLP in seconds, each bucket is told up to 1.6 % higher than it is. The \
             `metrics` facade has no buckets: each duration is told as the middle of its fine bucket, up to 4.5 % off.",
            1 << Histogram::SCALE,
            Histogram::SCALE,
        ));
        self.line("");
        self.line(&format!(
            "The scrape endpoint has classic buckets in every format. Whoever asks for Prometheus' protobuf format \
             (`application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited`, as \
             Prometheus does with `--enable-feature=native-histograms`, or from 3.8 on with `scrape_native_histograms: \
             true`) gets the fine buckets beside them, as a native histogram of schema {}; they too are told up to \
             1.6 % higher than they are, and what took no time is in the zero bucket, which ends at a nanosecond. Note \
             that such a Prometheus keeps the native histogram and, unless told to, not the classic buckets: a query \
             then names no `_bucket` and no `le`. The dashboards and the alerts read the classic ones, so tell it, in \
             the scrape job: `always_scrape_classic_histograms: true` (Prometheus 3) or `scrape_classic_histograms: \
             true` (2.45 to 2.55; earlier ones cannot keep both).",
            Histogram::SCALE,
        ));
        self.line("");
        self.exemplars();
    }

    fn exemplars(&mut self) {
        self.line("### Exemplars");
        self.line("");
        self.line(
            "With spans on, the buckets of the scrape endpoint carry exemplars, in OpenMetrics and in the protobuf \
             format: `trace_id` and `span_id` of the latest span that fell into the bucket, at most one a second. The \
             wait time has those of `pool.wait`, the use time of `pool.lease`, the dial time of `pool.dial`. Only a \
             span that was sampled is one. They are kept outside the pools, for at most 512 histograms.",
        );
        self.line("");
        self.line("### Values of labels");
        self.line("");
        self.line(
            "Names of pools and endpoints are the application's. On every road, and on spans, one of more than 128 \
             bytes is cut after about 100 and ends with `…` and 16 hexadecimal digits that are made from the whole, so \
             that two names that begin alike stay two. The text of an error is cut after 1024 bytes. An endpoint \
             without an id has its address for a name; where that is a URL with a password \
             (`redis://user:password@host:6379/0`), only what stands behind the `@`, and where an error of its dial \
             repeats the address, `***` is in the password's place. A secret elsewhere in an address or an id, or one \
             that a connector puts into an error by itself, is told as it is. Text formats escape what they have to; \
             nothing else is changed.",
        );
        self.line("");
    }

    fn own_health(&mut self) {
        let of_files = Metric::ALL.iter().filter(|metric| metric.source() == Source::Configuration);
        let names: Vec<_> = of_files.map(|metric| metric.name()).collect();
        self.line(&format!(
            "{} tell of the configurations that pools were made from, and belong to no pool; they are there when pools \
             were made from one.",
            codes(names.into_iter())
        ));
        self.line("");
        let own = Metric::ALL.iter().filter(|metric| metric.source() == Source::Telemetry);
        let names: Vec<_> = own.map(|metric| metric.name()).collect();
        self.line(&format!(
            "{} tell of the exporters themselves and belong to no pool; they are there when a collector is \
             configured.",
            codes(names.into_iter())
        ));
        self.line("");
    }

    fn spans(&mut self) {
        self.line("## Spans");
        self.line("");
        self.line(
            "Spans are sent when what they tell of is over, with its true start and end. `spans = \"off\"` sends none. \
             `\"sampled\"`, the default, sends a lease if one of these holds, and says which in `pool.sent_because`: \
             the caller's trace is sampled; there is no trace, and the application's own sampler wants a new one; the \
             ratio drew it; it waited long, failed, was held too long, or its connection was evicted. `\"all\"` sends \
             every one.",
        );
        self.line("");
        self.line(
            "They go to the provider that the application gave (`Setup::tracer_provider`), or to the collector. Where \
             there is neither, a live `tracing` span, never entered, stands in for each `pool.lease`, from acquire to \
             release: with the lease's attributes as fields and without events, links and the other spans; its wait is \
             in `pool.waited`, and of a refused acquire the reason is in `pool.refusal`. Its level is `debug`, so \
             that it costs only where the target `clearpool` is enabled for it. Under a caller whose trace \
             OpenTelemetry samples, as in an application that gave its provider to tracing-opentelemetry's layer \
             alone, its level is `info`, and the layer makes it a child of the caller's; if it cannot come out there, \
             the log says why, once. Like every child in `tracing`, it keeps its parent from closing for as long as it \
             lives.",
        );
        self.line("");
        self.line(
            "For the collector, spans are made on the telemetry's own thread: whose lease ends only puts aside what is to \
             be told, and within 20 ms, or sooner if it is much, that is made into spans, in order. (A dial's is made \
             at once, since leases link to it.) There is room for 2048 that are put aside, and for as many that are \
             made and not sent yet. Of more, the spans are lost, and counted as such in `clearpool.telemetry.spans`; \
             no lease waits. The guard makes and sends what is left when the telemetry ends; a process that ends \
             without it loses that uncounted. With a provider of the application's own, spans are made where the lease \
             ends, and it is that provider which sends, drops and counts them.",
        );
        self.line("");
        for span in Span::ALL {
            self.line(&format!("### {}", span.name()));
            self.line("");
            self.line(span.meaning());
            self.line("");
            self.line(&format!("- Sent: {}", span.when()));
            self.line(&format!("- Parent: {}", span.parent()));
            self.line(&format!("- Links: {}", span.links()));
            self.line(&format!("- Attributes: {}", codes(span.attributes().iter().map(|attribute| attribute.key()))));
            if !span.events().is_empty() {
                self.line(&format!("- Events: {}", codes(span.events().iter().map(|event| event.name()))));
            }
            self.line("");
        }
        self.table(&["event", "meaning"]);
        for event in SpanEvent::ALL {
            self.row(&[code(event.name()), event.meaning().to_owned()]);
        }
        self.line("");
    }

    fn notices(&mut self) {
        self.line("## Notices");
        self.line("");
        self.line("Notices are `tracing` events: they are in the log of any application that has a subscriber.");
        self.line("");
        self.table(&["name", "level", "fields", "meaning"]);
        for notice in Notice::ALL {
            self.row(&[
                code(notice.name()),
                notice.level().as_str().to_owned(),
                codes(notice.fields().iter().map(|field| field.key())),
                notice.meaning().to_owned(),
            ]);
        }
        self.line("");
    }

    fn attributes(&mut self) {
        self.line("## Attributes");
        self.line("");
        self.line(
            "An attribute has a short name on metrics, since it is typed into queries, and a long one elsewhere.",
        );
        self.line("");
        self.table(&["spans and notices", "metrics", "values", "meaning"]);
        for attribute in Attribute::ALL {
            let label = if on_metrics(*attribute) { code(attribute.label()) } else { String::new() };
            let values = match attribute.values() {
                Values::OneOf(words) => codes(words.into_iter()),
                Values::BoundedBy(what) => format!("as many as: {what}"),
                Values::Free(what) => what.to_owned(),
            };
            self.row(&[code(attribute.key()), label, values, attribute.meaning().to_owned()]);
        }
    }

    fn table(&mut self, heads: &[&str]) {
        self.row(&heads.iter().map(|&head| head.to_owned()).collect::<Vec<_>>());
        self.row(&vec!["---".to_owned(); heads.len()]);
    }

    fn row(&mut self, cells: &[String]) {
        let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        self.line(&format!("| {} |", cells.join(" | ")));
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }
}

fn on_metrics(attribute: Attribute) -> bool {
    Metric::every().any(|metric| metric.attributes().contains(&attribute))
}

fn code(word: &str) -> String {
    format!("`{word}`")
}

fn codes<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.map(code).collect();
    words.join(" ")
}
