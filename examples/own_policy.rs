//! A policy of your own, named in a configuration like ours: the endpoint with the fewest leases.
//!
//! `cargo run --example own_policy`

use clearpool::core::{BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, OptionError, Plugin, Reason};
use clearpool::{App, Loader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The eligible endpoint with the fewest leases for its weight; of several, the first.
#[derive(Debug)]
struct FewestLeases {
    ignore_weights: bool,
}

/// Its options, as a file spells them.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether all endpoints count the same. Default no.
    ignore_weights: bool,
}

impl BalancePolicy for FewestLeases {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let load = |in_flight: usize, weight: u32| {
            let weight = if self.ignore_weights { 1 } else { weight.max(1) };
            in_flight as f64 / f64::from(weight)
        };
        let loads = endpoints.eligible().map(|endpoint| (endpoint.id(), load(endpoint.in_flight(), endpoint.weight())));
        let choice = loads.min_by(|one, two| one.1.total_cmp(&two.1)).map(|(id, _)| id);
        Decision { choice, reason: Reason::new("fewest-leases") }
    }
}

impl Factory<dyn BalancePolicy> for FewestLeases {
    const KIND: &'static str = "fewest-leases";
    const SUMMARY: &'static str = "The endpoint with the fewest leases serves";
    const EXAMPLE: &'static str = "kind = \"fewest-leases\"\nignore_weights = true\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;

    fn build(options: Options) -> Result<Box<dyn BalancePolicy>, OptionError> {
        Ok(Box::new(FewestLeases { ignore_weights: options.ignore_weights }))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // One line adds it; the whole command line (`check`, `explain`, `list`, `schema`) knows it then.
    let app = App::new().policy(Plugin::balance::<FewestLeases>());
    let file = r#"
        [pools.orders]
        connector = { kind = "tcp" }
        endpoints = ["127.0.0.1:7001", "127.0.0.1:7002"]
        balance = { kind = "fewest-leases", ignore_weights = true }
    "#;
    let config = Loader::new(&app).text("pool.toml", file).load()?;
    println!("the pool `orders` balances by {}", config.pools["orders"].balance);

    // A mistake in its options is told as one in ours.
    let mistaken = file.replace("ignore_weights = true", "ignore_weight = 1");
    if let Err(error) = Loader::new(&app).text("pool.toml", mistaken).load() {
        println!("\n{error}");
    }
    Ok(())
}
