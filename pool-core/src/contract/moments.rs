//! The moments at which an expiry is looked at.

use std::borrow::Cow;
use std::fmt;
use std::ops::BitOr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::OptionError;

/// The moments at which an expiry is looked at.
///
/// A configuration lists them: `["acquire", "release", "background"]`, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments(u8);

impl Moments {
    /// When it would be handed out.
    pub const ACQUIRE: Moments = Moments(1);
    /// When it comes back.
    pub const RELEASE: Moments = Moments(2);
    /// While it is idle, by the pool's own timer.
    pub const BACKGROUND: Moments = Moments(4);
    /// At each acquire, from the one released longest ago on, as far as the first that is not
    /// expired (redigo).
    pub const SWEEP: Moments = Moments(8);
    /// When it would be handed out, when it comes back, and while it is idle.
    pub const ALL: Moments = Moments(7);
    /// At none.
    pub const NONE: Moments = Moments(0);

    /// Whether all moments of `other` are among these.
    pub const fn contains(self, other: Moments) -> bool {
        self.0 & other.0 == other.0
    }

    /// The same, for an option of this key that makes no sense without a moment.
    ///
    /// # Errors
    /// If there is none.
    pub fn at_least_one(self, key: &str) -> Result<Moments, OptionError> {
        if self == Moments::NONE { Err(OptionError::new(key, NOBODY_LOOKS)) } else { Ok(self) }
    }
}

const NOBODY_LOOKS: &str = "it would never be looked at; name \"acquire\", \"release\", \"background\" or \"sweep\"";

impl BitOr for Moments {
    type Output = Moments;

    fn bitor(self, other: Moments) -> Moments {
        Moments(self.0 | other.0)
    }
}

/// A moment at which a deadline is looked at.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Moment {
    /// When the connection would be handed out.
    Acquire,
    /// When it comes back.
    Release,
    /// While it is idle, by the pool's own timer.
    Background,
    /// At each acquire, from the oldest on, as far as the first that is not expired.
    Sweep,
}

impl Moment {
    const ALL: [Moment; 4] = [Moment::Acquire, Moment::Release, Moment::Background, Moment::Sweep];
}

impl From<Moment> for Moments {
    fn from(moment: Moment) -> Moments {
        match moment {
            Moment::Acquire => Moments::ACQUIRE,
            Moment::Release => Moments::RELEASE,
            Moment::Background => Moments::BACKGROUND,
            Moment::Sweep => Moments::SWEEP,
        }
    }
}

impl Serialize for Moments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Moment::ALL.into_iter().filter(|&moment| self.contains(moment.into())))
    }
}

impl<'de> Deserialize<'de> for Moments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moments, D::Error> {
        deserializer.deserialize_seq(List)
    }
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Moments;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of \"acquire\", \"release\", \"background\" or \"sweep\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Moments, A::Error> {
        let mut moments = Moments::NONE;
        while let Some(moment) = list.next_element::<Moment>()? {
            moments = moments | moment.into();
        }
        moments.at_least_one("").map_err(|error| A::Error::custom(error.message))
    }
}

impl JsonSchema for Moments {
    fn schema_name() -> Cow<'static, str> {
        "Moments".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "The moments at which a deadline is looked at; at least one.",
            "items": generator.subschema_for::<Moment>(),
            "minItems": 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistake(value: serde_json::Value) -> String {
        serde_json::from_value::<Moments>(value).unwrap_err().to_string()
    }

    #[test]
    fn a_list_of_words_is_read_and_written() {
        for (moments, list) in [
            (Moments::ALL, json!(["acquire", "release", "background"])),
            (Moments::ACQUIRE | Moments::BACKGROUND, json!(["acquire", "background"])),
            (Moments::RELEASE, json!(["release"])),
        ] {
            assert_eq!(serde_json::to_value(moments).unwrap(), list);
            assert_eq!(serde_json::from_value::<Moments>(list).unwrap(), moments);
        }
    }

    #[test]
    fn neither_order_nor_repetition_matters() {
        let moments: Moments = serde_json::from_value(json!(["background", "acquire", "background"])).unwrap();
        assert_eq!(moments, Moments::ACQUIRE | Moments::BACKGROUND);
    }

    #[test]
    fn what_is_refused_is_told_with_what_is_allowed() {
        for (wrong, start) in [
            (json!(["birth"]), "unknown variant `birth`"),
            (json!([]), "it would never be looked at"),
            (json!("acquire"), "invalid type: string \"acquire\", expected a list"),
        ] {
            let told = mistake(wrong);
            assert!(told.starts_with(start), "{told}");
            assert!(["acquire", "release", "background"].iter().all(|word| told.contains(word)), "{told}");
        }
    }
}
