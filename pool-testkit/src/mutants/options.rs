//! Plugins whose options are wrong on purpose. The policy behind them is right.

use pool_core::{AcquirePolicy, AcquireRule, Cx, Decision, EntryId, Factory, IdleView, OptionError, Plugin, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{Mutant, NoOptions};

/// Every one of this sort.
pub const ALL: &[Mutant] = &[
    Mutant::new(SHOUTS, "names-itself"),
    Mutant::new(PREACHES, "sums-itself-up"),
    Mutant::new(MISLABELLED, "example-builds"),
    Mutant::new(REFUSES_ITSELF, "options-build"),
    Mutant::new(DRIFTS, "options-round-trip"),
    Mutant::new(FORGETS, "defaults-are-filled"),
    Mutant::new(LAX, "unknown-keys-are-refused"),
    Mutant::new(TAKES_ANYTHING, "wrong-types-are-refused"),
    Mutant::new(SILENT, "schema-is-an-object"),
    Mutant::new(CAMEL, "keys-are-snake-case"),
];

const NEWEST: Reason = Reason::new("newest");

#[derive(Debug)]
struct Newest;

impl AcquirePolicy for Newest {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: NEWEST }
    }

    fn rule(&self) -> Option<AcquireRule> {
        Some(AcquireRule::Newest(NEWEST))
    }
}

macro_rules! plugin {
    ($name:ident = $type:ident($kind:literal, $options:ident), $wrong:literal, $example:literal, $build:expr) => {
        #[doc = $wrong]
        pub const $name: Plugin = Plugin::acquire::<$type>();

        struct $type;

        impl Factory<dyn AcquirePolicy> for $type {
            const KIND: &'static str = $kind;
            const SUMMARY: &'static str = $wrong;
            const EXAMPLE: &'static str = $example;
            const CRATE: &'static str = env!("CARGO_PKG_NAME");
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const REASONS: &'static [Reason] = &[NEWEST];
            type Options = $options;

            fn build(options: $options) -> Result<Box<dyn AcquirePolicy>, OptionError> {
                let check: fn(&$options) -> Result<(), OptionError> = $build;
                check(&options).map(|()| Box::new(Newest) as Box<dyn AcquirePolicy>)
            }
        }
    };
}

plugin!(
    SHOUTS = Shouts("Newest_First", NoOptions),
    "Its kind is no word in kebab-case",
    "kind = \"Newest_First\"",
    |_| Ok(())
);

plugin!(PREACHES = Preaches("preaches", NoOptions), "Its summary is a sentence.", "kind = \"preaches\"", |_| Ok(()));

plugin!(
    MISLABELLED = Mislabelled("mislabelled", NoOptions),
    "Its example has the kind of another",
    "kind = \"newest\"",
    |_| Ok(())
);

plugin!(
    REFUSES_ITSELF = RefusesItself("refuses-itself", NoOptions),
    "It refuses its own example",
    "kind = \"refuses-itself\"",
    |_| Err(OptionError::new("size", "too small"))
);

plugin!(
    DRIFTS = Drifts("drifts", Drifting),
    "Its options are written in another unit than they are read in",
    "kind = \"drifts\"",
    |_| Ok(())
);

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Drifting {
    /// Read in seconds, written in milliseconds.
    #[serde(serialize_with = "in_millis")]
    after: Seconds,
}

#[derive(Deserialize, JsonSchema)]
struct Seconds(u64);

impl Default for Seconds {
    fn default() -> Seconds {
        Seconds(1)
    }
}

fn in_millis<S: Serializer>(after: &Seconds, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(after.0 * 1000)
}

plugin!(FORGETS = Forgets("forgets", Forgetful), "It does not say what its default is", "kind = \"forgets\"", |_| Ok(
    ()
));

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Forgetful {
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
}

plugin!(LAX = Lax("lax", LaxOptions), "It takes keys that it does not know", "kind = \"lax\"", |_| Ok(()));

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct LaxOptions {
    /// How many.
    size: u32,
}

plugin!(
    TAKES_ANYTHING = TakesAnything("takes-anything", Untyped),
    "Its option takes a value of any type",
    "kind = \"takes-anything\"",
    |_| Ok(())
);

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Untyped {
    /// How many.
    size: Value,
}

plugin!(SILENT = Silent("silent", SilentOptions), "Its option is not described", "kind = \"silent\"", |_| Ok(()));

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct SilentOptions {
    size: u32,
}

plugin!(CAMEL = Camel("camel", CamelOptions), "Its key is in camel case", "kind = \"camel\"", |_| Ok(()));

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct CamelOptions {
    /// How many.
    max_size: u32,
}
