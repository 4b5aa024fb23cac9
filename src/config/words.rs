//! What serde says, in the words of the people who read it.

use std::fmt::Write as _;

/// What is wrong with a value, as found in serde's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    UnknownKey {
        key: String,
        allowed: Vec<String>,
    },
    UnknownValue {
        value: String,
        allowed: Vec<String>,
    },
    MissingKey {
        key: String,
    },
    /// The value is not of the type, or out of its range.
    Unexpected {
        found: String,
        expected: String,
    },
    Other(String),
}

impl Fault {
    /// Reads a message made by serde's own constructors.
    pub(crate) fn of(message: &str) -> Fault {
        unknown(message, "unknown field ", |key, allowed| Fault::UnknownKey { key, allowed })
            .or_else(|| unknown(message, "unknown variant ", |value, allowed| Fault::UnknownValue { value, allowed }))
            .or_else(|| {
                message.strip_prefix("missing field ").map(|rest| Fault::MissingKey { key: quoted(rest).join("") })
            })
            .or_else(|| unexpected(message))
            .unwrap_or_else(|| Fault::Other(plainer(message).to_owned()))
    }
}

/// The messages of the standard library's own types, which do not say what is allowed.
fn plainer(message: &str) -> &str {
    match message {
        "invalid socket address syntax" => "expected a numeric address and a port, such as \"127.0.0.1:9464\"",
        "invalid IP address syntax" => "expected a numeric address, such as \"127.0.0.1\"",
        other => other,
    }
}

fn unknown(message: &str, start: &str, make: fn(String, Vec<String>) -> Fault) -> Option<Fault> {
    let mut words = quoted(message.strip_prefix(start)?).into_iter();
    Some(make(words.next()?, words.collect()))
}

/// The words between back quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn unexpected(message: &str) -> Option<Fault> {
    let rest = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|start| message.strip_prefix(start))?;
    // The expected part may have commas and quotes of its own; the found part comes first.
    let (found, expected) = rest.split_once(", expected ")?;
    Some(Fault::Unexpected { found: found_words(found), expected: expected_words(expected) })
}

/// What is expected where serde wants an enum: which words it may be, it does not say.
pub(crate) const CHOICE: &str = "a word in quotes";

fn found_words(found: &str) -> String {
    if let Some(text) = found.strip_prefix("string ") {
        return format!("the text {text}");
    }
    match found {
        "sequence" => "a list".into(),
        "map" => "a table".into(),
        "null" | "unit value" => "nothing".into(),
        other => quoted(other).pop().unwrap_or_else(|| other.to_owned()),
    }
}

fn expected_words(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "string or map" => CHOICE,
        "a sequence" => "a list",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    words.to_owned()
}

/// Whether it is a whole number that is expected.
pub(crate) fn is_number(expected: &str) -> bool {
    expected.starts_with("a whole number")
}

/// The one of these that was meant, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    among
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The note that names the word that was meant, if one is near enough.
pub(crate) fn meant<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, among).map(|meant| format!("did you mean `{meant}`?"))
}

/// The note that names what is allowed.
pub(crate) fn allowed(words: &[&str]) -> String {
    match words {
        [] => "nothing more is allowed here".to_owned(),
        words => format!("allowed: {}", listed(words.iter().copied())),
    }
}

/// A list of words in back quotes.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for word in words {
        let comma = if list.is_empty() { "" } else { ", " };
        let _ = write!(list, "{comma}`{word}`");
    }
    list
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        count: u32,
        order: Option<Order>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Order {
        First,
        LastOne,
    }

    fn fault(value: serde_json::Value) -> Fault {
        Fault::of(&serde_json::from_value::<Sample>(value).unwrap_err().to_string())
    }

    /// Serde's messages are no promise of its own: this fails on the day that they change.
    #[test]
    fn the_messages_of_serde_are_understood() {
        let allowed = vec!["count".to_owned(), "order".to_owned()];
        assert_eq!(fault(json!({ "cuont": 1 })), Fault::UnknownKey { key: "cuont".into(), allowed });
        assert_eq!(fault(json!({})), Fault::MissingKey { key: "count".into() });
        assert_eq!(
            fault(json!({ "count": 1, "order": "x" })),
            Fault::UnknownValue { value: "x".into(), allowed: vec!["first".into(), "last-one".into()] }
        );
        let expected = "a whole number from 0 to 4294967295".to_owned();
        for (value, found) in [
            (json!("a, b"), "the text \"a, b\""),
            (json!(-1), "-1"),
            (json!(1.5), "1.5"),
            (json!([]), "a list"),
            (json!({}), "a table"),
        ] {
            let unexpected = Fault::Unexpected { found: found.into(), expected: expected.clone() };
            assert_eq!(fault(json!({ "count": value })), unexpected);
        }
        assert_eq!(
            fault(json!({ "count": 1, "order": 5 })),
            Fault::Unexpected { found: "5".into(), expected: CHOICE.into() }
        );
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("max_opne", ["max_idle", "max_open"]), Some("max_open"));
        assert_eq!(nearest("MaxUses", ["keep", "max-uses"]), Some("max-uses"));
        assert_eq!(nearest("zzz", ["keep", "max-uses"]), None);
    }
}
