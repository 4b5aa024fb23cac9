//! The spans that arrived at rotel, read from what it printed of them.

use std::time::Duration;

/// A span as it arrived.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for a root.
    pub(crate) parent: String,
    pub(crate) name: String,
    pub(crate) scope: String,
    /// Nanoseconds since 1970.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) events: Vec<String>,
    /// The spans that it is linked to: trace and id.
    pub(crate) links: Vec<(String, String)>,
}

impl Span {
    pub(crate) fn length(&self) -> Duration {
        Duration::from_nanos(self.end.saturating_sub(self.start))
    }

    pub(crate) fn is_linked_to(&self, other: &Span) -> bool {
        self.links.iter().any(|(trace, id)| *trace == other.trace && *id == other.id)
    }

    pub(crate) fn is_child_of(&self, other: &Span) -> bool {
        self.trace == other.trace && self.parent == other.id
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Which list of a span the lines with an arrow belong to.
#[derive(Clone, Copy)]
enum List {
    None,
    Attributes,
    Events,
    Links,
}

/// All spans in the output of `rotel start --debug-log traces --debug-log-verbosity detailed`.
pub(crate) fn spans(output: &str) -> Vec<Span> {
    let (mut spans, mut scope, mut list) = (Vec::<Span>::new(), String::new(), List::None);
    for line in output.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("InstrumentationScope") {
            // Its version follows.
            scope = name.split_whitespace().next().unwrap_or_default().to_owned();
        } else if line.starts_with("Span #") {
            spans.push(Span { scope: scope.clone(), ..Span::default() });
            list = List::None;
        } else if let Some(span) = spans.last_mut() {
            match line {
                "Attributes:" => list = List::Attributes,
                "Events:" => list = List::Events,
                "Links:" => list = List::Links,
                _ if line.starts_with("Resource") => list = List::None,
                _ => field(span, list, line),
            }
        }
    }
    spans
}

fn field(span: &mut Span, list: List, line: &str) {
    let item = line.strip_prefix("-> ");
    let Some((key, value)) = item.unwrap_or(line).split_once(':') else { return };
    let (key, value) = (key.trim(), value.trim());
    match (item.is_some(), list, key) {
        (false, _, "Trace ID") => span.trace = value.to_owned(),
        (false, _, "Parent ID") => span.parent = value.to_owned(),
        (false, _, "ID") => span.id = value.to_owned(),
        (false, _, "Name") => span.name = value.to_owned(),
        (false, _, "Start time") => span.start = value.parse().unwrap_or_default(),
        (false, _, "End time") => span.end = value.parse().unwrap_or_default(),
        (true, List::Attributes, _) => span.attributes.push((key.to_owned(), plain(value))),
        (true, List::Events, "Name") => span.events.push(value.to_owned()),
        (true, List::Links, "Trace ID") => span.links.push((value.to_owned(), String::new())),
        (true, List::Links, "ID") => {
            if let Some(link) = span.links.last_mut() {
                link.1 = value.to_owned();
            }
        }
        _ => {}
    }
}

/// `Str(text)` without what says of what type it is.
fn plain(value: &str) -> String {
    let inside = value.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.unwrap_or(value).to_owned()
}

#[test]
fn what_is_printed_is_read() {
    let output = "ResourceSpans #0\nResource attributes:\n     -> service.name: Str(x)\nScopeSpans #0\n\
        InstrumentationScope clearpool 0.1.0\nSpan #0\n    Trace ID       : 5b\n    Parent ID      : e3\n    ID             : e4\n\
        \x20   Name           : pool.lease\n    Kind           : SPAN_KIND_INTERNAL\nStart time: 1000\nEnd time: 4000\n\
        Attributes:\n     -> pool.name: Str(a (b))\nEvents:\nSpanEvent #0\n     -> Name: pool.acquired\n     -> Timestamp: 1\n\
        Links:\nSpanLink #0\n     -> Trace ID: 5c\n     -> ID: e5\n     -> TraceState: \n";
    let expected = Span {
        trace: "5b".to_owned(),
        id: "e4".to_owned(),
        parent: "e3".to_owned(),
        name: "pool.lease".to_owned(),
        scope: "clearpool".to_owned(),
        start: 1000,
        end: 4000,
        attributes: vec![("pool.name".to_owned(), "a (b)".to_owned())],
        events: vec!["pool.acquired".to_owned()],
        links: vec![("5c".to_owned(), "e5".to_owned())],
    };
    assert_eq!(spans(output), [expected]);
}
