//! A text that is not to be seen: a password, a token.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A password or a token in a connector's or a discovery's options: whatever shows it shows `***`.
///
/// Read and written as a configuration it is itself, so that a configuration stays whole; who shows that masks it by its
/// key, so the key should be called `password`, `token` or `…_secret`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// This text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What somebody says, with `***` wherever it repeats the text.
    pub fn hide_in<'a>(&self, said: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || !said.contains(&self.0) {
            Cow::Borrowed(said)
        } else {
            Cow::Owned(said.replace(&self.0, HIDDEN))
        }
    }
}

const HIDDEN: &str = "***";

impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Secret {
        Secret::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_in_nothing_that_is_shown_and_a_configuration_stays_whole() {
        let secret = Secret::new("s3cret");
        assert_eq!((format!("{secret}"), format!("{secret:?}")), ("***".to_owned(), "***".to_owned()));
        assert_eq!(secret.hide_in("bad password \"s3cret\""), "bad password \"***\"");
        assert_eq!(Secret::new("").hide_in("all of it"), "all of it");
        let written = serde_json::to_value(&secret).expect("a text");
        assert_eq!(written, "s3cret");
        assert_eq!(serde_json::from_value::<Secret>(written).expect("a text").reveal(), "s3cret");
    }
}
