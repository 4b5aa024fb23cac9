//! The two forms that the file can have.

use std::collections::HashMap;
use std::path::Path;

use pool_core::{DiscoveryError, Endpoint};
use serde::Deserialize;

/// The endpoints in a file of this name and content.
pub(crate) fn parse(path: &Path, content: &[u8]) -> Result<Vec<Endpoint>, DiscoveryError> {
    let place = |line: usize| format!("{}:{line}", path.display());
    let text = std::str::from_utf8(content).map_err(|error| {
        let line = line_of(content, error.valid_up_to());
        DiscoveryError::new(format!("{}: this is no UTF-8 text", place(line))).because(error)
    })?;
    let found = if is_toml(path) { toml(text) } else { lines(text) };
    let found = found.and_then(unique).map_err(|wrong| match wrong.line {
        Some(line) => DiscoveryError::new(format!("{}: {}", place(line), wrong.message)),
        None => DiscoveryError::new(format!("{}: {}", path.display(), wrong.message)),
    })?;
    Ok(found)
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// What is wrong, and in which line.
struct Wrong {
    line: Option<usize>,
    message: String,
}

impl Wrong {
    fn at(line: usize, message: impl Into<String>) -> Wrong {
        Wrong { line: Some(line), message: message.into() }
    }
}

/// An endpoint and the line that it begins in.
type Placed = (usize, Endpoint);

fn lines(text: &str) -> Result<Vec<Placed>, Wrong> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        match *words.as_slice() {
            [] => {}
            [address] => found.push((number, Endpoint::new(address))),
            [address, weight] => found.push((number, Endpoint::new(address).weight(weight_of(number, weight)?))),
            _ => return Err(Wrong::at(number, format!("`{}`: {LINE_FORM}", line.trim()))),
        }
    }
    if found.is_empty() {
        // A file that is being rewritten may be empty for a moment: that must not close everything.
        let message = "no endpoint in this file; for none on purpose write a `.toml` file with `endpoints = []`";
        return Err(Wrong { line: None, message: message.into() });
    }
    Ok(found)
}

fn weight_of(line: usize, word: &str) -> Result<u32, Wrong> {
    word.parse().map_err(|_| Wrong::at(line, format!("`{word}` is no weight: {LINE_FORM}")))
}

const LINE_FORM: &str = "a line is `address` or `address weight`, the weight a whole number from 0 to 4294967295; \
                         TOML is read only from a file whose name ends in `.toml`";

fn toml(text: &str) -> Result<Vec<Placed>, Wrong> {
    let file: File = ::toml::from_str(text).map_err(|error| Wrong {
        line: error.span().map(|span| line_of(text.as_bytes(), span.start)),
        message: format!("{}; {TOML_FORM}", error.message().replace('\n', ", ")),
    })?;
    let placed =
        |endpoint: ::toml::Spanned<Endpoint>| (line_of(text.as_bytes(), endpoint.span().start), endpoint.into_inner());
    Ok(file.endpoints.into_iter().map(placed).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    endpoints: Vec<::toml::Spanned<Endpoint>>,
}

const TOML_FORM: &str = "the file is `endpoints = [ { address = \"host:port\", weight = 1 }, … ]`, \
                         each with `address` and if wanted `weight`, `id`, `metadata`";

/// Refuses two endpoints of one name, and addresses that are none.
fn unique(placed: Vec<Placed>) -> Result<Vec<Endpoint>, Wrong> {
    let mut seen = HashMap::new();
    for (line, endpoint) in &placed {
        if endpoint.address.trim().is_empty() {
            return Err(Wrong::at(*line, "the address is empty"));
        }
        if let Some(first) = seen.insert(endpoint.name(), *line) {
            let message = format!("the endpoint `{}` is in line {first} already; give one of them", endpoint.name());
            return Err(Wrong::at(*line, format!("{message} an `id` of its own, or leave it out")));
        }
    }
    Ok(placed.into_iter().map(|(_, endpoint)| endpoint).collect())
}

fn line_of(content: &[u8], offset: usize) -> usize {
    1 + content.iter().take(offset).filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Result<Vec<Endpoint>, String> {
        parse(Path::new("hosts"), text.as_bytes()).map_err(|error| error.to_string())
    }

    fn table(text: &str) -> Result<Vec<Endpoint>, String> {
        parse(Path::new("hosts.toml"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn lines_hold_an_address_and_a_weight() {
        let found = plain("# three\na:1 5\n\n  b:2\t0 # off\r\nc:3").expect("good lines");
        assert_eq!(found, [Endpoint::new("a:1").weight(5), Endpoint::new("b:2").weight(0), Endpoint::new("c:3")]);
    }

    #[test]
    fn a_table_holds_all_of_an_endpoint() {
        let found = table(
            "endpoints = [\n { address = 'a:1', weight = 5 },\n { address = 'b:2', id = 'b', metadata = { zone = 'eu' } } ]",
        )
        .expect("good TOML");
        assert_eq!(found[0], Endpoint::new("a:1").weight(5));
        assert_eq!((found[1].name(), found[1].weight), ("b", 1));
        assert_eq!(found[1].metadata["zone"], "eu");
        assert_eq!(table("endpoints = []"), Ok(vec![]));
        assert_eq!(table("[[endpoints]]\naddress = 'a:1'"), Ok(vec![Endpoint::new("a:1")]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_what_is_allowed() {
        for (text, begin, allowed) in [
            ("a:1\nb:2 heavy", "hosts:2: `heavy` is no weight", "whole number"),
            ("a:1\nb:2 -1", "hosts:2: `-1` is no weight", "from 0"),
            ("a:1 4294967296", "hosts:1: `4294967296` is no weight", "4294967295"),
            ("\na:1 1 eu", "hosts:2: `a:1 1 eu`", "`address weight`"),
            ("endpoints = [ { address = 'a:1' } ]", "hosts:1: ", "ends in `.toml`"),
            ("a:1\nb:2\na:1", "hosts:3: the endpoint `a:1` is in line 1 already", "`id`"),
            ("", "hosts: no endpoint", "endpoints = []"),
            ("# nothing\n", "hosts: no endpoint", "endpoints = []"),
        ] {
            let error = plain(text).expect_err(text);
            assert!(error.starts_with(begin) && error.contains(allowed), "{text:?}: {error}");
        }
        for (text, begin, allowed) in [
            ("endpoints = [\n  { adress = 'a:1' }\n]", "hosts.toml:2: unknown field `adress`", "`address`"),
            ("endpoints = [\n\n  { weight = 1 }\n]", "hosts.toml:3: missing field `address`", "`weight`"),
            ("endpoints = [\n  { address = 'a:1', weight = 'x' }\n]", "hosts.toml:2: invalid type", "weight = 1"),
            ("endpoints = [\n  { address = 'a:1', weight = -1 }\n]", "hosts.toml:2: invalid value", "weight = 1"),
            ("endpoints = [\n  { address = 'a:1' }\n  x", "hosts.toml:3: ", "endpoints = ["),
            ("", "hosts.toml:1: missing field `endpoints`", "endpoints = ["),
            ("endpoints = []\nhosts = []", "hosts.toml:2: unknown field `hosts`", "`endpoints`"),
            (
                "endpoints = [\n{address='a'},\n{address='b',id='a'}]",
                "hosts.toml:3: the endpoint `a` is in line 2",
                "id",
            ),
            ("endpoints = [\n{address=' '}]", "hosts.toml:2: the address is empty", ""),
        ] {
            let error = table(text).expect_err(text);
            assert!(error.starts_with(begin) && error.contains(allowed), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_is_no_text_is_named_with_its_line() {
        let error = parse(Path::new("hosts"), b"a:1\n\xff").expect_err("not UTF-8").to_string();
        assert_eq!(error, "hosts:2: this is no UTF-8 text");
    }
}
