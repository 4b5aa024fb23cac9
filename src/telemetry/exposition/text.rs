//! The text formats: OpenMetrics 1.0, and Prometheus' older one.

use std::fmt::{self, Write};

use super::messages::{Exemplar, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// Which text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' 0.0.4: there a counter's family has `_total` in its name, and there are neither
    /// units nor exemplars nor an end mark.
    Plain,
}

/// All families as text.
pub(super) fn write(families: &[MetricFamily], dialect: Dialect) -> String {
    let mut text = Text { text: String::with_capacity(32 << 10), dialect };
    // Writing into a string cannot fail.
    let _ = families.iter().try_for_each(|family| text.family(family));
    if dialect == Dialect::OpenMetrics {
        text.text.push_str("# EOF\n");
    }
    text.text
}

struct Text {
    text: String,
    dialect: Dialect,
}

impl Text {
    fn family(&mut self, family: &MetricFamily) -> fmt::Result {
        let series = family.name.as_str();
        let name = match self.dialect {
            Dialect::OpenMetrics => series.strip_suffix("_total").unwrap_or(series),
            Dialect::Plain => series,
        };
        let kind = match family.r#type() {
            MetricType::Counter => "counter",
            MetricType::Gauge => "gauge",
            MetricType::Histogram => "histogram",
        };
        write!(self.text, "# HELP {name} ")?;
        escape(&mut self.text, &family.help);
        writeln!(self.text, "\n# TYPE {name} {kind}")?;
        if self.dialect == Dialect::OpenMetrics && !family.unit.is_empty() {
            writeln!(self.text, "# UNIT {name} {}", family.unit)?;
        }
        family.metric.iter().try_for_each(|metric| self.metric(series, metric))
    }

    fn metric(&mut self, series: &str, metric: &Metric) -> fmt::Result {
        if let Some(histogram) = &metric.histogram {
            return self.histogram(series, &metric.label, histogram);
        }
        let counted = metric.counter.map(|counter| counter.value);
        let value = counted.or(metric.gauge.map(|gauge| gauge.value)).unwrap_or(f64::NAN);
        self.line(series, "", None, &metric.label, value)?;
        self.text.write_char('\n')
    }

    fn histogram(&mut self, series: &str, labels: &[LabelPair], histogram: &Histogram) -> fmt::Result {
        for bucket in &histogram.bucket {
            self.line(series, "_bucket", Some(bucket.upper_bound), labels, bucket.cumulative_count as f64)?;
            if let Some(exemplar) = bucket.exemplar.as_ref().filter(|_| self.dialect == Dialect::OpenMetrics) {
                self.exemplar(exemplar)?;
            }
            self.text.write_char('\n')?;
        }
        self.line(series, "_count", None, labels, histogram.sample_count as f64)?;
        self.text.write_char('\n')?;
        self.line(series, "_sum", None, labels, histogram.sample_sum)?;
        self.text.write_char('\n')
    }

    fn line(&mut self, series: &str, suffix: &str, le: Option<f64>, labels: &[LabelPair], value: f64) -> fmt::Result {
        write!(self.text, "{series}{suffix}{{")?;
        if let Some(bound) = le {
            write!(self.text, "le=\"{}\"", canonical(bound))?;
        }
        self.labels(labels, le.is_none())?;
        write!(self.text, "}} {}", number(value))
    }

    fn labels(&mut self, labels: &[LabelPair], mut first: bool) -> fmt::Result {
        for label in labels {
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            write!(self.text, "{comma}{}=\"", label.name)?;
            escape(&mut self.text, &label.value);
            self.text.write_char('"')?;
        }
        Ok(())
    }

    fn exemplar(&mut self, exemplar: &Exemplar) -> fmt::Result {
        self.text.write_str(" # {")?;
        self.labels(&exemplar.label, true)?;
        write!(self.text, "}} {}", number(exemplar.value))?;
        match exemplar.timestamp {
            Some(at) => write!(self.text, " {}.{:03}", at.seconds, at.nanos / 1_000_000),
            None => Ok(()),
        }
    }
}

fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            _ => text.push(letter),
        }
    }
}

fn number(value: f64) -> String {
    if value == f64::INFINITY {
        return "+Inf".to_owned();
    }
    value.to_string()
}

/// A bound as OpenMetrics wants it, so that a series has the same name whichever format it was
/// scraped in: as Go writes it, `1e-05`, `0.001`, `1.0`.
fn canonical(bound: f64) -> String {
    if bound == f64::INFINITY {
        return "+Inf".to_owned();
    }
    let scientific = format!("{bound:e}");
    let exponent =
        scientific.split_once('e').and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?)));
    match exponent {
        Some((digits, exponent)) if bound != 0.0 && !(-4..21).contains(&exponent) => {
            format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
        _ => format!("{bound:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_written_as_go_writes_them() {
        for (bound, written) in [
            (0.000_01, "1e-05"),
            (0.000_025, "2.5e-05"),
            (0.000_1, "0.0001"),
            (0.25, "0.25"),
            (1.0, "1.0"),
            (10.0, "10.0"),
            (0.0, "0.0"),
            (1e21, "1e+21"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(canonical(bound), written);
        }
    }
}
