//! PromQL, put together from the catalog: a metric or label that is not there cannot be named.

use std::fmt;

use pool_core::catalog::{Attribute, Kind, Metric};

use crate::foreign::Foreign;
use crate::rules::Recorded;

/// The window of every rate on a dashboard: four scrapes at least, one step of the picture at least.
pub const RATE_INTERVAL: &str = "$__rate_interval";

/// All of the time that a dashboard shows: what the last window is compared with.
pub const RANGE: &str = "$__range";

/// A label of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Which scrape job the series is of.
    Job,
    /// Which process the series is of.
    Instance,
    /// An attribute of the catalog.
    Of(Attribute),
    /// A label that Prometheus itself gives to a firing alert.
    OfAlerts(&'static str),
}

impl Label {
    /// The label as it is typed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Label::Job => "job",
            Label::Instance => "instance",
            Label::Of(attribute) => attribute.label(),
            Label::OfAlerts(name) => name,
        }
    }
}

/// The labels by the names that queries read best with.
#[allow(missing_docs, reason = "each is the label of the attribute of its name")]
pub mod label {
    use pool_core::catalog::Attribute;

    use super::Label;

    pub const JOB: Label = Label::Job;
    pub const INSTANCE: Label = Label::Instance;
    pub const POOL: Label = Label::Of(Attribute::Pool);
    pub const ENDPOINT: Label = Label::Of(Attribute::Endpoint);
    pub const STATE: Label = Label::Of(Attribute::State);
    pub const OUTCOME: Label = Label::Of(Attribute::Outcome);
    pub const PATH: Label = Label::Of(Attribute::Path);
    pub const REFUSAL: Label = Label::Of(Attribute::Refusal);
    pub const POLICY: Label = Label::Of(Attribute::Policy);
    pub const REASON: Label = Label::Of(Attribute::Reason);
    pub const ROLE: Label = Label::Of(Attribute::Role);
    pub const FAULT: Label = Label::Of(Attribute::Fault);
    pub const ENDPOINT_STATUS: Label = Label::Of(Attribute::EndpointStatus);
    pub const POOL_STATUS: Label = Label::Of(Attribute::PoolStatus);
    pub const TARGET: Label = Label::Of(Attribute::Target);
    pub const SIGNAL: Label = Label::Of(Attribute::Signal);
    pub const DELIVERY: Label = Label::Of(Attribute::Delivery);
    pub const CONFIG_STATUS: Label = Label::Of(Attribute::ConfigStatus);
    pub const CONFIG_RESULT: Label = Label::Of(Attribute::ConfigResult);

    /// What tells one pool of one process from all others.
    pub const EACH_POOL: &[Label] = &[JOB, INSTANCE, POOL];
    /// What tells one endpoint of one pool of one process from all others.
    pub const EACH_ENDPOINT: &[Label] = &[JOB, INSTANCE, POOL, ENDPOINT];
    /// What tells one process from all others.
    pub const EACH_PROCESS: &[Label] = &[JOB, INSTANCE];
}

/// The series of one metric, those that match.
#[derive(Debug, Clone)]
pub struct Series {
    name: String,
    matchers: Vec<String>,
    counter: bool,
}

impl Series {
    /// All series of a metric. Of a histogram, see [`Series::buckets`].
    pub fn of(metric: Metric) -> Series {
        let counter = matches!(metric.kind(), Kind::Counter | Kind::Histogram);
        Series { name: metric.prometheus(), matchers: Vec::new(), counter }
    }

    /// All series that a recording rule writes.
    pub fn recorded(recorded: Recorded) -> Series {
        Series { name: recorded.name().to_owned(), matchers: Vec::new(), counter: false }
    }

    /// All series of what Prometheus itself tells.
    pub fn foreign(foreign: Foreign) -> Series {
        Series { name: foreign.name().to_owned(), matchers: Vec::new(), counter: false }
    }

    /// The buckets of a histogram.
    pub fn buckets(mut self) -> Series {
        self.name.push_str("_bucket");
        self
    }

    /// Those whose label has this value.
    pub fn is(self, label: Label, value: &str) -> Series {
        self.matcher(label, "=", value)
    }

    /// Those whose label has another value.
    pub fn is_not(self, label: Label, value: &str) -> Series {
        self.matcher(label, "!=", value)
    }

    /// Those whose label matches, from its first letter to its last.
    pub fn matches(self, label: Label, pattern: &str) -> Series {
        self.matcher(label, "=~", pattern)
    }

    /// How much it grows a second.
    pub fn rate(self, window: &str) -> Query {
        Query::call(format!("rate({self}[{window}])"))
    }

    /// How much it has grown.
    pub fn increase(self, window: &str) -> Query {
        Query::call(format!("increase({self}[{window}])"))
    }

    /// How often a gauge has changed.
    pub fn changes(self, window: &str) -> Query {
        Query::call(format!("changes({self}[{window}])"))
    }

    /// The lowest that a gauge has been.
    pub fn lowest(self, window: &str) -> Query {
        Query::call(format!("min_over_time({self}[{window}])"))
    }

    /// The last value, also of a series that has ended.
    pub fn last(self, window: &str) -> Query {
        Query::call(format!("last_over_time({self}[{window}])"))
    }

    /// What it was so long ago.
    pub fn before(self, window: &str) -> Query {
        Query { text: format!("{self} offset {window}"), whole: true }
    }

    /// The value now. A counter says nothing by its value: only its growth does.
    pub fn now(self) -> Query {
        debug_assert!(!self.counter, "{self} is a counter: ask for its rate or increase");
        self.total()
    }

    /// The value of a counter since its process began, for the one case in which that is meant: a series
    /// that was not there before.
    pub fn total(self) -> Query {
        Query::call(self.to_string())
    }

    fn matcher(mut self, label: Label, operator: &str, value: &str) -> Series {
        self.matchers.push(format!("{}{operator}\"{value}\"", label.as_str()));
        self
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.matchers.is_empty() { Ok(()) } else { write!(f, "{{{}}}", self.matchers.join(", ")) }
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    text: String,
    /// Whether it can stand beside an operator without parentheses.
    whole: bool,
}

impl Query {
    fn call(text: String) -> Query {
        Query { text, whole: true }
    }

    fn operand(&self) -> String {
        if self.whole { self.text.clone() } else { format!("({})", self.text) }
    }

    fn operator(self, operator: &str, other: &Query) -> Query {
        Query { text: format!("{} {operator} {}", self.operand(), other.operand()), whole: false }
    }

    fn compare(self, operator: &str, number: f64) -> Query {
        let number = if number == f64::INFINITY { "+Inf".to_owned() } else { number.to_string() };
        Query { text: format!("{} {operator} {number}", self.operand()), whole: false }
    }

    /// This share of that. Both must have the same labels.
    pub fn over(self, whole: Query) -> Query {
        self.operator("/", &whole)
    }

    /// This share of that, where that has these labels only and belongs to several of this.
    pub fn over_each(self, labels: &[Label], whole: Query) -> Query {
        self.operator(&format!("/ on ({}) group_left ()", list(labels)), &whole)
    }

    /// The sum of both. Both must have the same labels.
    pub fn plus(self, other: Query) -> Query {
        self.operator("+", &other)
    }

    /// The difference. Both must have the same labels.
    pub fn minus(self, other: Query) -> Query {
        self.operator("-", &other)
    }

    /// The product: "and", where both are zero or one. Both must have the same labels.
    pub fn times(self, other: Query) -> Query {
        self.operator("*", &other)
    }

    /// Only where it is above the number.
    pub fn above(self, number: f64) -> Query {
        self.compare(">", number)
    }

    /// Only where it is above that. Both must have the same labels.
    pub fn exceeds(self, other: Query) -> Query {
        self.operator(">", &other)
    }

    /// Only where it is at least that. Both must have the same labels.
    pub fn reaches(self, other: Query) -> Query {
        self.operator(">=", &other)
    }

    /// Only where it is at most that. Both must have the same labels.
    pub fn stays_within(self, other: Query) -> Query {
        self.operator("<=", &other)
    }

    /// So many times as much.
    pub fn scaled(self, factor: f64) -> Query {
        Query { text: format!("{factor} * {}", self.operand()), whole: false }
    }

    /// Only where it is not infinite.
    pub fn finite(self) -> Query {
        self.compare("<", f64::INFINITY)
    }

    /// Only where it is the number.
    pub fn equals(self, number: f64) -> Query {
        self.compare("==", number)
    }

    /// One where it is above the number, else zero.
    pub fn is_above(self, number: f64) -> Query {
        self.compare("> bool", number)
    }

    /// One where it is at least that, else zero. Both must have the same labels.
    pub fn is_at_least(self, other: Query) -> Query {
        self.operator(">= bool", &other)
    }

    /// This, where there is also that, by these labels.
    pub fn and_on(self, labels: &[Label], other: Query) -> Query {
        self.operator(&format!("and on ({})", list(labels)), &other)
    }

    /// This, where there is not also that, by these labels.
    pub fn unless_on(self, labels: &[Label], other: Query) -> Query {
        self.operator(&format!("unless on ({})", list(labels)), &other)
    }

    /// This, where there is not also that.
    pub fn unless(self, other: Query) -> Query {
        self.operator("unless", &other)
    }

    /// This, and that where there is not this.
    pub fn or(self, other: Query) -> Query {
        self.operator("or", &other)
    }

    /// The distance from zero.
    pub fn absolute(self) -> Query {
        Query::call(format!("abs({})", self.text))
    }

    /// The nearest whole number: what has grown is reckoned up to the ends of its window, so that one is 1.03.
    pub fn rounded(self) -> Query {
        Query::call(format!("round({})", self.text))
    }

    /// How long ago the values were taken, in seconds.
    pub fn age(self) -> Query {
        Query { text: format!("time() - timestamp({})", self.text), whole: false }
    }

    /// The highest of them, so many.
    pub fn top(self, number: u32) -> Query {
        Query::call(format!("topk({number}, {})", self.text))
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The sum, by these labels.
pub fn sum(labels: &[Label], of: Query) -> Query {
    aggregate("sum", labels, &of)
}

/// The highest, by these labels.
pub fn max(labels: &[Label], of: Query) -> Query {
    aggregate("max", labels, &of)
}

/// The lowest, by these labels.
pub fn min(labels: &[Label], of: Query) -> Query {
    aggregate("min", labels, &of)
}

/// How many there are, by these labels.
pub fn count(labels: &[Label], of: Query) -> Query {
    aggregate("count", labels, &of)
}

fn aggregate(how: &str, labels: &[Label], of: &Query) -> Query {
    Query::call(if labels.is_empty() { format!("{how}({of})") } else { format!("{how} by ({}) ({of})", list(labels)) })
}

/// A quantile of a histogram, by these labels.
pub fn quantile(quantile: f64, labels: &[Label], histogram: Series, window: &str) -> Query {
    let rate = histogram.buckets().rate(window);
    let separator = if labels.is_empty() { "" } else { ", " };
    Query::call(format!("histogram_quantile({quantile}, sum by (le{separator}{}) ({rate}))", list(labels)))
}

fn list(labels: &[Label]) -> String {
    labels.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(", ")
}
