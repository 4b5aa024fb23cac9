//! TOML as values that know where they stand.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::{Data, FIRST, Spot, SyntaxError};

/// More syntax errors than this are the echo of the first ones.
const MOST_ERRORS: usize = 5;

pub(super) fn parse(text: &str) -> Result<Spot, Vec<SyntaxError>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(without_echoes(errors.iter().map(|error| syntax_error(error, text)).collect()));
    }
    let mut overflows = Vec::new();
    let spot = Spot { key: 0..0, value: root.span(), data: table(root.get_ref(), &mut overflows) };
    if overflows.is_empty() { Ok(spot) } else { Err(overflows) }
}

/// The errors in the order of the text. What comes after something unclosed is only its echo.
fn without_echoes(mut errors: Vec<SyntaxError>) -> Vec<SyntaxError> {
    errors.sort_by_key(|error| error.span.start);
    let unclosed =
        errors.iter().position(|error| error.message.contains(" not closed") || error.message.contains("unclosed"));
    errors.truncate(unclosed.map_or(MOST_ERRORS, |at| at + 1).min(MOST_ERRORS));
    errors
}

/// A value on its own, if it is one.
pub(super) fn parse_value(text: &str) -> Option<Data> {
    let value = DeValue::parse(text).ok()?;
    let mut overflows = Vec::new();
    let data = data(&value, &mut overflows);
    overflows.is_empty().then_some(data)
}

fn syntax_error(error: &Error, text: &str) -> SyntaxError {
    let span = error.span().unwrap_or(0..0);
    let message = in_our_words(error.message(), text.get(span.clone()).unwrap_or(""));
    let first = if error.message().trim() == "duplicate key" { first_of(text, &span) } else { None };
    SyntaxError { message, see: first.map(|first| (FIRST.to_owned(), first)), span }
}

/// Where the key stands first that is here for the second time. The parser does not tell: so the
/// second one is called by a name that nobody has, and looked for; the first is beside it then.
fn first_of(text: &str, second: &Range<usize>) -> Option<Range<usize>> {
    let key = text.get(second.clone())?;
    let stranger = (0..100).map(|number| format!("{number:0>width$}", width = key.len()));
    let stranger = stranger.into_iter().find(|name| name.len() == key.len() && !text.contains(name.as_str()))?;
    let mut renamed = text.to_owned();
    renamed.replace_range(second.clone(), &stranger);
    let (root, _) = DeTable::parse_recoverable(&renamed);
    beside(root.get_ref(), &stranger, key.trim_matches(['"', '\'']))
}

/// The place of a key in the table that has another key too.
fn beside(table: &DeTable<'_>, other: &str, key: &str) -> Option<Range<usize>> {
    if table.contains_key(other) {
        return table.keys().find(|found| found.get_ref() == key).map(Spanned::span);
    }
    table.values().find_map(|value| match value.get_ref() {
        DeValue::Table(inner) => beside(inner, other, key),
        DeValue::Array(items) => items.iter().find_map(|item| match item.get_ref() {
            DeValue::Table(inner) => beside(inner, other, key),
            _ => None,
        }),
        _ => None,
    })
}

/// The parser's messages are short; the commonest is made to say what to do.
fn in_our_words(message: &str, at: &str) -> String {
    let message = message.lines().map(str::trim).collect::<Vec<_>>().join(", ");
    match message.as_str() {
        "invalid basic string, expected `\"`" => "the quotes are not closed".to_owned(),
        // The parser takes `tcp` for a misspelled `true`.
        _ if is_word(at) && (message.starts_with("string values must") || message.starts_with("invalid boolean")) => {
            format!("a text needs quotes: \"{at}\"")
        }
        "duplicate key" => format!("the key `{}` is here for the second time: a key may be given once", at.trim()),
        _ => format!("not TOML: {message}"),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_.:".contains(c))
}

fn table(entries: &DeTable<'_>, overflows: &mut Vec<SyntaxError>) -> Data {
    let spots = entries.iter().map(|(key, value)| {
        (key.get_ref().to_string(), Spot { key: key.span(), value: value.span(), data: data(value, overflows) })
    });
    let mut spots: Vec<_> = spots.collect();
    spots.sort_by_key(|(_, spot)| spot.key.start);
    Data::Table(spots)
}

fn data(value: &Spanned<DeValue<'_>>, overflows: &mut Vec<SyntaxError>) -> Data {
    match value.get_ref() {
        DeValue::Table(entries) => table(entries, overflows),
        DeValue::Array(items) => {
            let spots = items.iter().map(|item| Spot { key: 0..0, value: item.span(), data: data(item, overflows) });
            Data::List(spots.collect())
        }
        other => Data::Scalar(scalar(other).unwrap_or_else(|message| {
            overflows.push(SyntaxError { message, span: value.span(), see: None });
            Value::Null
        })),
    }
}

/// A single value as JSON, or why it has no place there. `null` for lists and tables.
fn scalar(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::Array(_) | DeValue::Table(_) => Value::Null,
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(truth) => Value::from(*truth),
        // Nothing here is a date; as text it gets the message that any wrong text gets.
        DeValue::Datetime(date) => Value::from(date.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map(Value::from)
            .map_err(|_| format!("{} is more than a number can hold", integer.as_str()))?,
        // JSON has no `inf` and `nan`: as text they get the message that any wrong text gets.
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Value::from(number),
            _ => Value::from(float.as_str()),
        },
    })
}
