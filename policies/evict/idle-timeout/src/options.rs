//! How long, when that is looked at, and how many stay all the same.

use pool_core::{HumanDuration, Moments};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `idle-timeout`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IdleTimeoutOptions {
    /// How long a connection may be idle, counted from its last release, or from when it was ready if
    /// it was never leased; longer than zero, or `"never"`. Default 5 minutes.
    pub after: HumanDuration,
    /// When that is looked at; at least one moment. Default on acquire and in the background: one
    /// that just came back has not been idle.
    #[schemars(length(min = 1))]
    pub when: Vec<When>,
    /// Whether a connection stays if closing it would leave fewer than `min_idle` idle. Default yes.
    pub floor: bool,
}

impl Default for IdleTimeoutOptions {
    fn default() -> IdleTimeoutOptions {
        IdleTimeoutOptions {
            after: HumanDuration::from_secs(5 * 60),
            when: vec![When::Acquire, When::Background],
            floor: true,
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
