//! The values of a dashboard's variables, from what is there, and their places in queries.

use std::collections::BTreeMap;

use clearpool_servers::Queries;

use crate::dashboard::Variable;

/// What stands for each variable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(BTreeMap<String, String>);

impl Values {
    /// Those that Grafana has by itself: the time between points, the window of a rate, and the whole range.
    pub(crate) fn built_in(range_seconds: u64, window_seconds: u64) -> Values {
        let mut values = Values::default();
        for (name, value) in [
            ("__interval", "1s".to_owned()),
            ("__interval_ms", "1000".to_owned()),
            ("__rate_interval", format!("{window_seconds}s")),
            ("__range", format!("{range_seconds}s")),
            ("__range_s", range_seconds.to_string()),
            ("__range_ms", (range_seconds * 1000).to_string()),
        ] {
            values.0.insert(name.to_owned(), value);
        }
        values
    }

    /// Adds a variable, set to everything that it can be.
    pub(crate) fn add(&mut self, variable: &Variable, queries: Queries) -> Result<(), String> {
        let value = match variable.kind.as_str() {
            "datasource" => "prometheus".to_owned(),
            "query" => self.all_of(variable, queries)?,
            "custom" | "interval" => variable.query.split(',').next().unwrap_or_default().trim().to_owned(),
            "constant" | "textbox" => variable.query.clone(),
            other => return Err(format!("a variable of the kind `{other}`, which the checker does not know")),
        };
        self.0.insert(variable.name.clone(), value);
        Ok(())
    }

    fn all_of(&self, variable: &Variable, queries: Queries) -> Result<String, String> {
        if variable.filters {
            return Err("it filters by an expression, which the checker does not know".to_owned());
        }
        let query = self.put_into(&variable.query)?;
        let found = ask(&query, queries).map_err(|error| format!("{error}: {query}"))?;
        match (found.as_slice(), variable.includes_all) {
            ([], _) => Err(format!("it has no values: {query}")),
            (_, true) if variable.all_value.is_some() => Ok(variable.all_value.clone().unwrap_or_default()),
            (all, true) => Ok(format!("({})", all.iter().map(|one| quoted(one)).collect::<Vec<_>>().join("|"))),
            ([first, ..], false) => Ok(first.clone()),
        }
    }

    /// A query with the values in the places of the variables, written `$name`, `${name}` or `${name:format}`.
    pub(crate) fn put_into(&self, query: &str) -> Result<String, String> {
        let mut parts = query.split('$');
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = split(part);
            let value = self.0.get(name).ok_or_else(|| format!("there is no variable `${name}`: {query}"))?;
            whole.push_str(value);
            whole.push_str(rest);
        }
        Ok(whole)
    }
}

/// The name that a part behind a `$` begins with, and the rest.
fn split(part: &str) -> (&str, &str) {
    if let Some((inside, rest)) = part.strip_prefix('{').and_then(|part| part.split_once('}')) {
        return (inside.split(':').next().unwrap_or(inside), rest);
    }
    let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
    part.split_at(end)
}

/// A value within a regular expression within a string of PromQL.
fn quoted(value: &str) -> String {
    let escape = |c: char| if r".+*?()|[]{}^$\/".contains(c) { format!("\\\\{c}") } else { c.to_string() };
    value.chars().map(escape).collect()
}

/// What Grafana lets one ask for a variable.
fn ask(query: &str, queries: Queries) -> Result<Vec<String>, String> {
    let inside = |name: &str| query.trim().strip_prefix(name)?.trim().strip_prefix('(')?.strip_suffix(')');
    if let Some(arguments) = inside("label_values") {
        let (selector, label) = match arguments.rsplit_once(',') {
            Some((selector, label)) => (Some(selector.trim()), label.trim()),
            None => (None, arguments.trim()),
        };
        return queries.label_values(label, selector);
    }
    if let Some(query) = inside("query_result") {
        let series = queries.instant(query, None)?;
        return Ok(series.iter().map(|series| format!("{:?}", series.labels)).collect());
    }
    Err("a query of a kind that the checker does not know".to_owned())
}

#[test]
fn variables_are_found_however_they_are_written() {
    let mut values = Values::built_in(25, 10);
    values.0.insert("job".to_owned(), "a".to_owned());
    values.0.insert("jobs".to_owned(), "b|c".to_owned());
    let query = r#"rate(x{j="$job",k=~"${jobs:regex}",l=~"$jobs"}[$__rate_interval]) / ${__range_s}"#;
    let expected = r#"rate(x{j="a",k=~"b|c",l=~"b|c"}[10s]) / 25"#;
    assert_eq!(values.put_into(query).as_deref(), Ok(expected));
    assert!(values.put_into("$jib").expect_err("unknown").contains("no variable `$jib`"));
}
