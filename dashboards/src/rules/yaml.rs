//! As much YAML as a file of rules needs, exactly.

use std::fmt::Write;

use crate::promql::Query;

/// A file of rules that is being written.
pub(super) struct Yaml(String);

impl Yaml {
    pub(super) fn new(head: &str) -> Yaml {
        Yaml(format!("# {head}\ngroups:\n"))
    }

    pub(super) fn group(&mut self, name: &str, interval: &str) {
        self.line(2, &format!("- name: {name}"));
        self.line(4, &format!("interval: {interval}"));
        self.line(4, "rules:");
    }

    pub(super) fn comment(&mut self, text: &str) {
        self.line(6, &format!("# {text}"));
    }

    /// Begins a rule.
    pub(super) fn rule(&mut self, kind: &str, name: &str) {
        self.line(6, &format!("- {kind}: {name}"));
    }

    /// The expression of the rule, broken into lines where it is long.
    pub(super) fn expression(&mut self, query: &Query) {
        self.line(8, "expr: |-");
        for line in broken(query).lines() {
            self.line(10, line);
        }
    }

    pub(super) fn field(&mut self, key: &str, value: &str) {
        self.line(8, &format!("{key}: {value}"));
    }

    pub(super) fn table(&mut self, key: &str, entries: &[(&str, String)]) {
        self.line(8, &format!("{key}:"));
        for (key, value) in entries {
            self.line(10, &format!("{key}: {}", quoted(value)));
        }
    }

    pub(super) fn done(self) -> String {
        self.0
    }

    fn line(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.0, "{:indent$}{text}", "");
    }
}

/// The expression, broken into lines where it is long.
pub(super) fn broken(query: &Query) -> String {
    let pretty = |text: &str| promql_parser::parser::parse(text).expect("our own expressions can be parsed").prettify();
    let text = pretty(&query.to_string());
    // Not every reader of YAML takes a block whose first line is indented more than the others.
    if text.starts_with(' ') { pretty(&format!("({query})")) } else { text }
}

/// A text on one line, within single quotes, in which nothing but the quote itself has a meaning.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_text_is_doubled() {
        assert_eq!(quoted("it's {{ $value }}: \"so\""), "'it''s {{ $value }}: \"so\"'");
    }
}
