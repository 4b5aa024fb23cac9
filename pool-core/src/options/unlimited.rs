//! Numbers that may be `"unlimited"`: how a preset's limit is taken away.

use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Stands for no limit.
const NONE: u32 = u32::MAX;
const WORD: &str = "unlimited";

/// A number, or the word.
struct Number(u32);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == NONE { serializer.serialize_str(WORD) } else { serializer.serialize_u32(self.0) }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {NONE}, or \"{WORD}\"")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
        let fits = u32::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))?;
        Ok(Number(fits))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
        let fits = u32::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))?;
        Ok(Number(fits))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        if text == WORD { Ok(Number(NONE)) } else { Err(E::invalid_value(de::Unexpected::Str(text), &self)) }
    }
}

/// For `#[serde(with = ...)]`.
pub(super) mod number {
    use super::{Deserialize, Deserializer, Number, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
    pub(crate) fn serialize<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        Number(*number).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        Number::deserialize(deserializer).map(|number| number.0)
    }
}

/// The same for one that may be left out.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, Number, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde wants it so")]
    pub(crate) fn serialize<S: Serializer>(number: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
        number.map(Number).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
        Option::<Number>::deserialize(deserializer).map(|number| number.map(|number| number.0))
    }
}

pub(super) fn at_least_one(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "integer", "format": "uint32", "minimum": 1 }, { "const": WORD }] })
}

pub(super) fn at_least_one_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "integer", "format": "uint32", "minimum": 1 }, { "const": WORD }, { "type": "null" }]
    })
}

pub(super) fn or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "integer", "format": "uint32", "minimum": 0 }, { "const": WORD }, { "type": "null" }]
    })
}
