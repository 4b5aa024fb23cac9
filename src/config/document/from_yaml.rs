//! YAML as values that know where they stand: no tags, no anchors.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::Value;

use super::{Data, FIRST, Spot, SyntaxError};

/// No configuration is nested deeper; a hostile one would exhaust the stack.
const DEEPEST: usize = 64;

/// A text of one document, which is a table.
pub(super) fn parse(text: &str) -> Result<Spot, Vec<SyntaxError>> {
    Reader::new(text).stream().map_err(|error| vec![error])
}

/// Every document of a text, whatever it is.
pub(super) fn parse_all(text: &str) -> Result<Vec<Spot>, Vec<SyntaxError>> {
    Reader::new(text).documents().map_err(|error| vec![error])
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    /// The braces and brackets that are open, the innermost last.
    open: Vec<Range<usize>>,
    /// The byte at which each character begins: the parser counts characters. Empty where each has one.
    offsets: Vec<usize>,
}

type Found<'t> = (Event<'t>, Range<usize>);

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        let offsets = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at).chain([text.len()]).collect(),
        };
        Reader { parser: Parser::new_from_str(text), text, open: Vec::new(), offsets }
    }

    fn documents(&mut self) -> Result<Vec<Spot>, SyntaxError> {
        let mut roots = Vec::new();
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(roots),
                (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
                first => roots.push(self.value(first, 0)?),
            }
        }
    }

    fn stream(&mut self) -> Result<Spot, SyntaxError> {
        let empty = Spot { key: 0..0, value: 0..0, data: Data::Table(Vec::new()) };
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root.unwrap_or(empty)),
                (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
                (_, span) if root.is_some() => return Err(error("a second document: only one is read", span)),
                first => root = Some(self.root(first)?),
            }
        }
    }

    fn root(&mut self, first: Found<'t>) -> Result<Spot, SyntaxError> {
        let span = first.1.clone();
        let spot = self.value(first, 0)?;
        match spot.data {
            Data::Table(_) => Ok(spot),
            Data::Scalar(Value::Null) => Ok(Spot { data: Data::Table(Vec::new()), ..spot }),
            _ => Err(error("expected a mapping with `pools` in it", span)),
        }
    }

    fn next(&mut self) -> Result<Found<'t>, SyntaxError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let span = self.bytes(&span);
                self.follow(&event, &span);
                Ok((event, span))
            }
            Some(Err(problem)) => Err(self.not_yaml(&problem)),
            None => Ok((Event::StreamEnd, 0..0)),
        }
    }

    /// Keeps account of what is open.
    fn follow(&mut self, event: &Event<'t>, span: &Range<usize>) {
        match event {
            // Those without a brace are written by indentation; they count too, so that ends match.
            Event::MappingStart(..) | Event::SequenceStart(..) => self.open.push(span.start..span.start + 1),
            Event::MappingEnd | Event::SequenceEnd => drop(self.open.pop()),
            _ => {}
        }
    }

    fn not_yaml(&self, problem: &ScanError) -> SyntaxError {
        let start = self.byte(problem.marker().index());
        let brace = |open: &&Range<usize>| matches!(self.text.get((*open).clone()), Some("{" | "["));
        let see = self.open.last().filter(brace).map(|open| {
            let what = format!("the last `{}` that is open is at", &self.text[open.clone()]);
            (what, open.clone())
        });
        SyntaxError { see, ..error(&format!("not YAML: {}", problem.info()), start..start) }
    }

    fn bytes(&self, span: &Span) -> Range<usize> {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        start..end.max(start)
    }

    fn byte(&self, character: usize) -> usize {
        if self.offsets.is_empty() {
            return character.min(self.text.len());
        }
        self.offsets.get(character).copied().unwrap_or(self.text.len())
    }

    fn value(&mut self, (event, span): Found<'t>, depth: usize) -> Result<Spot, SyntaxError> {
        if depth > DEEPEST {
            return Err(error("nested too deep", span));
        }
        let data = match event {
            Event::Scalar(text, style, anchor, tag) => {
                plain(anchor, tag.is_some(), &span)?;
                Data::Scalar(if style == ScalarStyle::Plain { resolve(&text) } else { Value::from(text.as_ref()) })
            }
            Event::SequenceStart(anchor, tag) => {
                plain(anchor, tag.is_some(), &span)?;
                Data::List(self.list(depth)?)
            }
            Event::MappingStart(anchor, tag) => {
                plain(anchor, tag.is_some(), &span)?;
                Data::Table(self.table(depth)?)
            }
            _ => return Err(error(NO_ANCHORS, span)),
        };
        Ok(Spot { key: 0..0, value: span, data })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Spot>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                item => items.push(self.value(item, depth + 1)?),
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<Vec<(String, Spot)>, SyntaxError> {
        let mut entries: Vec<(String, Spot)> = Vec::new();
        loop {
            let (key, span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (Event::Scalar(key, ..), span) => (key.into_owned(), span),
                (_, span) => return Err(error("a key is a plain word", span)),
            };
            if let Some((_, first)) = entries.iter().find(|(other, _)| *other == key) {
                let message = format!("the key `{key}` is here for the second time: a key may be given once");
                let see = Some((FIRST.to_owned(), first.key.clone()));
                return Err(SyntaxError { see, ..error(&message, span) });
            }
            let value = self.next()?;
            let spot = self.value(value, depth + 1)?;
            entries.push((key, Spot { key: span, ..spot }));
        }
    }
}

const NO_ANCHORS: &str = "anchors (`&`), aliases (`*`) and tags (`!`) are not read here: write the value out";

fn plain(anchor: usize, tagged: bool, span: &Range<usize>) -> Result<(), SyntaxError> {
    if anchor == 0 && !tagged { Ok(()) } else { Err(error(NO_ANCHORS, span.clone())) }
}

fn error(message: &str, span: Range<usize>) -> SyntaxError {
    SyntaxError { message: message.to_owned(), span, see: None }
}

/// A word without quotes, by the core schema of YAML 1.2: `yes` and `no` are text there.
fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Value::from(integer);
    }
    let looks_like_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match text.parse::<f64>() {
        Ok(number) if looks_like_number && number.is_finite() => Value::from(number),
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_without_quotes_are_what_they_look_like() {
        for (text, value) in [
            ("64", json!(64)),
            ("0.1", json!(0.1)),
            ("30m", json!("30m")),
            ("yes", json!("yes")),
            ("127.0.0.1:7001", json!("127.0.0.1:7001")),
            ("-", json!("-")),
            (".inf", json!(".inf")),
            ("~", Value::Null),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }

    #[test]
    fn spans_are_in_bytes() {
        let text = "größe: { ä: [1, 'zwei'] }\nb: 2";
        let spot = parse(text).expect("good YAML");
        assert_eq!(spot.data.to_json(), json!({ "größe": { "ä": [1, "zwei"] }, "b": 2 }));
        let Data::Table(entries) = &spot.data else { panic!("a table") };
        assert_eq!((&text[entries[1].1.key.clone()], &text[entries[1].1.value.clone()]), ("b", "2"));
    }

    #[test]
    fn documents_follow_each_other() {
        let roots = parse_all("a: 1\n---\n- ä\n---\n...\n").expect("good YAML");
        let values: Vec<Value> = roots.iter().map(|root| root.data.to_json()).collect();
        assert_eq!(values, [json!({ "a": 1 }), json!(["ä"]), Value::Null]);
    }

    #[test]
    fn what_is_not_read_is_refused() {
        for text in ["a: &x 1", "a: !!str 1", "a: 1\na: 2", "? [1]\n: 2", "--- {a: 1}\n--- {b: 2}", "a: [1", "- 1"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse("").expect("nothing at all").data.to_json().is_object());
    }
}
