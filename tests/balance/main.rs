//! Every balance policy in one scene under the virtual clock, and the page that says which to choose.
//!
//! After a change: `UPDATE=1 cargo test --test balance`, and read the difference as one who has to choose.

mod advice;
mod figures;
mod page;
mod run;
mod world;

use std::path::Path;

use clearpool::App;
use pool_core::{Builder, Named, Plugin, Policies, Registry, Role};
use serde_json::json;

use crate::figures::Figures;

/// The layer under which each policy is run a second time.
const HEALTH: &str = "outlier-ejection";

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/choosing-a-balance.md");
    let rows = rows(&App::new().policies);
    advice::borne_out_by(&rows);
    let page = page::page(&rows);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page).expect("docs can be written");
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == page, "docs/choosing-a-balance.md is stale: UPDATE=1 cargo test --test balance");
}

#[test]
fn every_policy_has_its_advice() {
    let app = App::new();
    for plugin in played(&app.policies) {
        let kind = plugin.kind;
        assert!(advice::of(kind).is_some(), "say in tests/balance/advice.rs when to choose `{kind}`, and when not");
    }
}

#[test]
fn a_run_can_be_repeated() {
    for kind in ["random", "round-robin"] {
        let app = App::new();
        let plugin = app.policies.find(Role::Balance, kind).expect("it comes with Clearpool");
        let run = |seed| run::figures(policies(plugin, None), seed);
        assert_eq!(run(7), run(7), "{kind}");
        assert_ne!(run(7), run(8), "{kind}");
    }
}

/// A policy, without and with the layer, if that is there.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) alone: Figures,
    pub(crate) with_health: Option<Figures>,
}

fn rows(registry: &Registry) -> Vec<Row> {
    let health = registry.find(Role::Health, HEALTH);
    let row = |plugin: &Plugin| Row {
        kind: plugin.kind,
        alone: run::figures(policies(plugin, None), 1),
        with_health: health.map(|health| run::figures(policies(plugin, Some(health)), 1)),
    };
    played(registry).map(row).collect()
}

/// All balance policies, save those that need an option, such as a file: there is no default to be played.
fn played(registry: &Registry) -> impl Iterator<Item = &Plugin> {
    registry.of_role(Role::Balance).filter(|plugin| plugin.normalize(json!({})).is_ok())
}

/// The plainest policies, with this one of balance and that layer, each with its defaults.
fn policies(balance: &Plugin, health: Option<&Plugin>) -> Policies {
    let mut policies = Policies::plain();
    let Builder::Balance(build) = balance.builder else { unreachable!("it has the role") };
    policies.balance = Named::new(balance.kind, build(json!({})).expect("it has defaults"));
    policies.health = health.map(|health| {
        let Builder::Health(build) = health.builder else { unreachable!("it has the role") };
        Named::new(health.kind, build(json!({})).expect("it has defaults"))
    });
    policies
}
