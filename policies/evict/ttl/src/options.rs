//! How old, how exactly, and when that is looked at.

use pool_core::{HumanDuration, Moments};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `ttl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TtlOptions {
    /// The oldest that a connection may become, counted from when its dial began; longer than zero,
    /// or `"never"`. Default 30 minutes.
    pub max_age: HumanDuration,
    /// The part of `max_age` that is taken off by chance, drawn once for each connection: from 0 (all
    /// become equally old) to 1. Default 0.1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub jitter: f64,
    /// When the age is looked at; at least one moment. Default all three.
    #[schemars(length(min = 1))]
    pub when: Vec<When>,
}

impl Default for TtlOptions {
    fn default() -> TtlOptions {
        TtlOptions {
            max_age: HumanDuration::from_secs(30 * 60),
            jitter: 0.1,
            when: vec![When::Acquire, When::Release, When::Background],
        }
    }
}

/// A moment at which a deadline is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum When {
    /// When the connection would be handed out.
    Acquire,
    /// When it comes back.
    Release,
    /// While it is idle, by the pool's own timer.
    Background,
}

impl When {
    /// These moments as the machine knows them; `None` if there is none.
    pub(crate) fn moments(list: &[When]) -> Option<Moments> {
        let moments = list.iter().map(|when| match when {
            When::Acquire => Moments::ACQUIRE,
            When::Release => Moments::RELEASE,
            When::Background => Moments::BACKGROUND,
        });
        moments.reduce(|all, moment| all | moment)
    }
}
