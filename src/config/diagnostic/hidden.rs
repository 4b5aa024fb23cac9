//! A line of a file as it may be shown: without its secrets.
//!
//! What is hidden is as wide as before, so that the caret below the line stays where it belongs.

use std::ops::Range;

use crate::config::layers::is_secret;

/// The line with `*` in place of each sign of a secret: of the value of a key that looks like that of one, and of the
/// password in a URL.
pub(super) fn without_secrets(line: &str) -> String {
    let mut hidden = vec![false; line.len()];
    for range in passwords(line).chain(values(line)) {
        hidden[range].fill(true);
    }
    line.char_indices().map(|(at, sign)| if hidden[at] { '*' } else { sign }).collect()
}

/// The passwords of `scheme://user:password@host`.
fn passwords(line: &str) -> impl Iterator<Item = Range<usize>> {
    line.match_indices("://").filter_map(|(at, mark)| {
        let begins = at + mark.len();
        let authority = &line[begins..];
        let ends = authority.find(|sign: char| sign.is_whitespace() || "/?#\"'".contains(sign));
        let authority = &authority[..ends.unwrap_or(authority.len())];
        let user = &authority[..authority.rfind('@')?];
        Some(begins + user.find(':')? + 1..begins + user.len())
    })
}

/// The values of keys that look like those of secrets.
fn values(line: &str) -> impl Iterator<Item = Range<usize>> {
    words(line).filter(|word| is_secret(&line[word.clone()])).filter_map(|word| value_after(line, word.end))
}

fn words(line: &str) -> impl Iterator<Item = Range<usize>> {
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == '-';
    let mut at = 0;
    std::iter::from_fn(move || {
        let begins = at + line[at..].find(is_part)?;
        at = line[begins..].find(|sign| !is_part(sign)).map_or(line.len(), |length| begins + length);
        Some(begins..at)
    })
}

/// What stands behind `key =` or `key:`, without its quotes.
fn value_after(line: &str, key: usize) -> Option<Range<usize>> {
    let rest = line[key..].trim_start_matches(['"', '\'']).trim_start();
    let rest = rest.strip_prefix(['=', ':'])?.trim_start();
    let begins = line.len() - rest.len();
    let ends = |length: Option<usize>| length.map_or(line.len(), |length| begins + length);
    Some(match rest.chars().next()? {
        quote @ ('"' | '\'') => begins + 1..ends(closing(&rest[1..], quote).map(|length| length + 1)),
        '{' => begins + 1..ends(rest.find('}')),
        '[' => begins + 1..ends(rest.find(']')),
        _ => {
            let value = &rest[..rest.find([',', '}', ']']).unwrap_or(rest.len())];
            begins..begins + value.trim_end().len()
        }
    })
}

/// Where a text ends that began with this quote.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, sign)| {
        let ends = sign == quote && !escaped;
        escaped = sign == '\\' && quote == '"' && !escaped;
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_nothing_else() {
        for (line, shown) in [
            ("password = \"s3cret\"", "password = \"******\""),
            (
                "connector = { kind = \"redis\", password = 's', db = 1 }",
                "connector = { kind = \"redis\", password = '*', db = 1 }",
            ),
            ("token = \"a\\\"b\", x = 1", "token = \"****\", x = 1"),
            ("  password: s3cret", "  password: ******"),
            ("{ password: s3cret, db: 1 }", "{ password: ******, db: 1 }"),
            ("headers = { authorization = \"x\" }, a = 1", "headers = {*********************}, a = 1"),
            ("password = \"s3cret", "password = \"******"),
            ("\"api_key\" = \"ä\"", "\"api_key\" = \"*\""),
            ("endpoints = [\"redis://me:pw@db:1/0\", \"db:2\"]", "endpoints = [\"redis://me:**@db:1/0\", \"db:2\"]"),
            ("url = http://u:p@ss@proxy", "url = http://u:****@proxy"),
            ("password_file = \"/run/pw\"", "password_file = \"/run/pw\""),
            ("# the password is elsewhere", "# the password is elsewhere"),
            ("endpoints = [\"http://a:80/@\"]", "endpoints = [\"http://a:80/@\"]"),
            ("password =", "password ="),
            ("", ""),
        ] {
            assert_eq!(without_secrets(line), shown);
        }
    }
}
