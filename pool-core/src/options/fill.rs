//! The moments at which `min_idle` is filled up.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The moments at which `limits.min_idle` is filled up: a list of `start`, `acquire`, `close` and
/// `tick`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillMoments(u8);

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Moment {
    /// When the pool has its first endpoints.
    Start,
    /// When an idle connection was lent.
    Acquire,
    /// When a connection is gone.
    Close,
    /// Every `dial.fill_every`.
    Tick,
}

impl FillMoments {
    /// When the pool has its first endpoints.
    pub const START: FillMoments = FillMoments(1);
    /// When an idle connection was lent.
    pub const ACQUIRE: FillMoments = FillMoments(2);
    /// When a connection is gone.
    pub const CLOSE: FillMoments = FillMoments(4);
    /// Every `dial.fill_every`.
    pub const TICK: FillMoments = FillMoments(8);
    /// At all four: whenever there are too few.
    pub const ALL: FillMoments = FillMoments(15);

    /// Whether all moments of `other` are among these.
    pub const fn contains(self, other: FillMoments) -> bool {
        self.0 & other.0 == other.0
    }
}

const MOMENTS: [(Moment, FillMoments); 4] = [
    (Moment::Start, FillMoments::START),
    (Moment::Acquire, FillMoments::ACQUIRE),
    (Moment::Close, FillMoments::CLOSE),
    (Moment::Tick, FillMoments::TICK),
];

impl Serialize for FillMoments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = MOMENTS.iter().filter(|(_, bit)| self.contains(*bit));
        serializer.collect_seq(named.map(|(moment, _)| moment))
    }
}

impl<'de> Deserialize<'de> for FillMoments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FillMoments, D::Error> {
        let named = Vec::<Moment>::deserialize(deserializer)?;
        Ok(FillMoments(named.iter().fold(0, |bits, moment| bits | MOMENTS[*moment as usize].1.0)))
    }
}

impl JsonSchema for FillMoments {
    fn schema_name() -> Cow<'static, str> {
        "FillMoments".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "The moments at which `limits.min_idle` is filled up.",
            "items": generator.subschema_for::<Moment>(),
        })
    }
}
