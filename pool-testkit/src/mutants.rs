//! Mutants: policies that are wrong on purpose, each in one way.
//!
//! They prove the laws: `tests/mutants.rs` shows that each mutant is caught by the law named beside it,
//! and that each law catches one. Never list them in a registry.

pub mod acquire;
pub mod balance;
pub mod evict;
pub mod habits;
pub mod health;
pub mod options;
pub mod queue;
pub mod release;

use pool_core::Plugin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A policy that is wrong on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// The policy; its summary says what is wrong.
    pub plugin: Plugin,
    /// The law that must catch it.
    pub breaks: &'static str,
}

impl Mutant {
    const fn new(plugin: Plugin, breaks: &'static str) -> Mutant {
        Mutant { plugin, breaks }
    }
}

/// All of them.
pub fn all() -> impl Iterator<Item = Mutant> {
    [acquire::ALL, release::ALL, evict::ALL, balance::ALL, health::ALL, queue::ALL, habits::ALL, options::ALL]
        .into_iter()
        .flatten()
        .copied()
}

/// No options.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct NoOptions {}

/// A mutant without options as a plugin.
macro_rules! plugin {
    ($name:ident = $role:ident $policy:ident $type:ident($kind:literal), $wrong:literal) => {
        #[doc = concat!($wrong, ".")]
        pub const $name: Plugin = Plugin::$role::<$type>();

        impl Factory<dyn $policy> for $type {
            const KIND: &'static str = $kind;
            const SUMMARY: &'static str = $wrong;
            const EXAMPLE: &'static str = concat!("kind = \"", $kind, "\"\n");
            const CRATE: &'static str = env!("CARGO_PKG_NAME");
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const REASONS: &'static [Reason] = REASONS;
            type Options = NoOptions;

            fn build(NoOptions {}: NoOptions) -> Result<Box<dyn $policy>, OptionError> {
                Ok(Box::new($type::default()))
            }
        }
    };
}
use plugin;
