//! Plugins that are not ours are worth as much as ours; that they are wrong is told and survived.

use clearpool::core::{
    AcquirePolicy, Cx, Decision, EntryId, Factory, HumanDuration, IdleView, OptionError, Plugin, Reason,
};
use clearpool::{App, Loader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const FILE: &str = "[pools.orders]\nconnector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:7001\"]\n";

#[derive(Debug)]
struct Second;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SecondOptions {
    #[serde(default = "at_once")]
    after: HumanDuration,
    #[serde(default)]
    panics: bool,
}

fn at_once() -> HumanDuration {
    HumanDuration::ZERO
}

impl AcquirePolicy for Second {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: Reason::new("second") }
    }
}

impl Factory<dyn AcquirePolicy> for Second {
    const KIND: &'static str = "second";
    const SUMMARY: &'static str = "Not ours";
    const EXAMPLE: &'static str = "kind = \"second\"\n";
    const CRATE: &'static str = "somebody-elses";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = SecondOptions;

    fn build(options: SecondOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        assert!(!options.panics, "a plugin that panics");
        if options.after.is_never() {
            return Err(OptionError::new("after", "never is too long"));
        }
        Ok(Box::new(Second))
    }
}

const PLUGIN: Plugin = Plugin::acquire::<Second>();

fn messages(app: &App, text: &str) -> Vec<String> {
    let error = Loader::new(app).text("pool.toml", text).load().expect_err("a mistake");
    error.diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn it_is_configured_like_ours() {
    let app = App::new().policy(PLUGIN);
    let text = format!("{FILE}acquire = {{ kind = \"second\", after = \"1s\" }}\n");
    let config = Loader::new(&app).text("pool.toml", &text).load().expect("a good file");
    let pool = &config.pools["orders"];
    assert_eq!(pool.policies(&app.policies).expect("policies").acquire.kind, "second");
    assert!(config.explain().to_string().contains("acquire.after = \"1s\""));
    assert!(clearpool::config::schema(&app).to_string().contains("\"second\""));
}

#[test]
fn its_mistakes_are_told_like_ours() {
    let app = App::new().policy(PLUGIN);
    let told = messages(&app, &format!("{FILE}acquire = {{ kind = \"second\", atfer = 1, after = \"never\" }}\n"));
    assert_eq!(told.len(), 2);
    assert!(
        told[0].contains("unknown key `atfer`\n --> pool.toml:4:30") && told[0].contains("did you mean `after`?"),
        "{}",
        told[0]
    );
    assert!(told[1].starts_with("error: never is too long\n --> pool.toml:4:49"), "{}", told[1]);
}

#[test]
fn one_that_panics_is_told_of() {
    let app = App::new().policy(PLUGIN);
    let told = messages(&app, &format!("{FILE}acquire = {{ kind = \"second\", panics = true }}\n"));
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("error: the plugin `second` panicked over these options\n --> pool.toml:4"),
        "{}",
        told[0]
    );
}

#[test]
#[should_panic(expected = "one from the crate somebody-elses, one from somebody-elses")]
fn two_of_one_kind_are_a_fault_of_the_program() {
    let _ = App::new().policy(PLUGIN).policy(PLUGIN);
}

#[test]
fn a_default_that_is_not_built_in_is_told_of() {
    let ours = App::new();
    let tcp = ours.connectors.find("tcp").expect("the connector");
    let told = messages(&App::bare().connector(*tcp).policy(PLUGIN), FILE);
    assert_eq!(told.len(), 5, "{told:#?}");
    let acquire = told.iter().find(|told| told.contains("`lifo`")).expect("lifo is missing");
    assert!(
        acquire.contains("not part of this build: give a `acquire`") && acquire.contains("allowed: `second`"),
        "{acquire}"
    );
}

#[test]
fn what_the_program_sets_wrong_is_told_with_its_line() {
    let app = App::new();
    let error =
        Loader::new(&app).text("pool.toml", FILE).set("pools.orders.limits.max_open", 0).load().expect_err("zero");
    let told = error.to_string();
    assert!(
        told.contains(" --> code at tests/third_party.rs:") && told.contains("| pools.orders.limits.max_open = 0"),
        "{told}"
    );
}

#[test]
fn secrets_are_not_printed() {
    let variables = [
        ("CLEARPOOL_TELEMETRY__OTLP__ENDPOINT", "http://localhost:4318"),
        ("CLEARPOOL_TELEMETRY__OTLP__HEADERS", "{ authorization = \"hush\" }"),
    ];
    let config = Loader::new(&App::new()).text("pool.toml", FILE).env(variables).load().expect("a good file");
    assert_eq!(config.telemetry.otlp.as_ref().expect("a collector").headers["authorization"], "hush");
    assert!(!config.explain().to_string().contains("hush"));
    let error = Loader::new(&App::new()).env([variables[0], (variables[1].0, "{ authorization = [\"hush\"] }")]).load();
    assert!(!error.expect_err("a wrong type").to_string().contains("hush"));
}

#[test]
fn the_password_of_an_address_is_not_printed() {
    let text = FILE.replace("127.0.0.1:7001", "unix://me:hush@db/socket");
    let config = Loader::new(&App::new()).text("pool.toml", &text).load().expect("a good file");
    let told = config.explain().to_string();
    assert!(told.contains("address = \"unix://me:***@db/socket\"") && !told.contains("hush"), "{told}");
}
