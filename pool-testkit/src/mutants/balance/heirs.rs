//! One that inherits what is not its own.

use std::any::Any;

use pool_core::{BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, OptionError, Plugin, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{InTurn, REASONS, ids};

/// It goes on where the old one stood in a table, whose length its own options say.
pub const LONG_ARM: Plugin = Plugin::balance::<LongArm>();

#[derive(Debug)]
struct LongArm {
    /// By how much the turn goes on at each grant.
    steps: Vec<usize>,
    at: usize,
    turn: InTurn,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct LongArmOptions {
    /// The length of the table.
    reach: usize,
}

impl Default for LongArmOptions {
    fn default() -> LongArmOptions {
        LongArmOptions { reach: 8 }
    }
}

impl Factory<dyn BalancePolicy> for LongArm {
    const KIND: &'static str = "long-arm";
    const SUMMARY: &'static str = "It goes on where the old one stood in a longer table";
    const EXAMPLE: &'static str = "kind = \"long-arm\"\nreach = 8\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = REASONS;
    type Options = LongArmOptions;

    fn build(LongArmOptions { reach }: LongArmOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
        if reach == 0 {
            return Err(OptionError::new("reach", "must be 1 or more"));
        }
        Ok(Box::new(LongArm { steps: vec![1; reach.min(1_000)], at: 0, turn: InTurn::default() }))
    }
}

impl BalancePolicy for LongArm {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.turn.pick(ids(endpoints))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.turn.granted += self.steps[self.at];
        self.at = (self.at + 1) % self.steps.len();
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<LongArm>() {
            self.at = old.at;
        }
    }
}
