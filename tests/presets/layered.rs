//! What lies over what, where a preset is among it.

use clearpool::{App, Config, ConfigError, Loader};

fn read(pool: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let rest = "connector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:7001\"]\n";
    let text = format!("[pools.p]\n{pool}\n{rest}");
    Loader::new(&App::new()).text("pool.toml", text).env(variables.iter().copied()).load()
}

fn loaded(pool: &str, variables: &[(&str, &str)]) -> Config {
    let config = read(pool, variables).unwrap_or_else(|error| panic!("{error}"));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    config
}

#[test]
fn another_kind_than_the_preset_s_drops_its_options_and_nothing_is_odd_about_that() {
    let config = loaded("preset = \"nginx-keepalive\"\nrelease = { kind = \"keep\" }", &[]);
    assert_eq!(config.pools["p"].release.kind, "keep");
    let config = loaded("preset = \"redigo\"", &[("CLEARPOOL_POOLS__P__EVICT__0__KIND", "lru")]);
    let kinds: Vec<&str> = config.pools["p"].evict.iter().map(|chosen| chosen.kind.as_str()).collect();
    assert_eq!(kinds, ["lru", "ttl"]);
}

#[test]
fn what_the_file_says_of_another_kind_is_still_told_as_dropped() {
    let pool = "preset = \"nginx-keepalive\"\nrelease = { uses = 5 }";
    let config = read(pool, &[("CLEARPOOL_POOLS__P__RELEASE__KIND", "keep")]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    assert!(config.warnings[0].notes.iter().any(|note| note == "dropped: `uses` from pool.toml:3:13"));
}

#[test]
fn one_option_of_the_preset_s_kind_is_enough() {
    let config = loaded("preset = \"nginx-keepalive\"\nrelease = { uses = 5 }", &[]);
    assert_eq!(
        (config.pools["p"].release.kind.as_str(), &config.pools["p"].release.options["uses"]),
        ("max-uses", &5.into())
    );
    assert!(config.origin("pools.p.release.kind").to_string().starts_with("preset nginx-keepalive:"));
}

#[test]
fn a_list_takes_the_place_of_the_preset_s_and_a_variable_reaches_into_it() {
    let config = loaded("preset = \"redigo\"\nevict = [{ kind = \"lru\" }]", &[]);
    assert_eq!(config.pools["p"].evict.len(), 1);
    let config = loaded("preset = \"redigo\"", &[("CLEARPOOL_POOLS__P__EVICT__0__AFTER", "4m")]);
    let evict = &config.pools["p"].evict;
    assert_eq!((evict.len(), &evict[0].options["after"], &evict[0].options["strict"]), (2, &"4m".into(), &true.into()));
}

#[test]
fn the_uppermost_layer_names_the_preset() {
    let variable = [("CLEARPOOL_POOLS__P__PRESET", "hikari")];
    let config = loaded("preset = \"redigo\"", &variable);
    assert_eq!(config.pools["p"].options.limits.min_idle, 10);
    assert_eq!(config.pools["p"].preset.as_deref(), Some("hikari"));
    let app = App::new();
    let text = "[pools.p]\npreset = \"redigo\"\nconnector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:7001\"]\n";
    let loader = Loader::new(&app).text("pool.toml", text).env(variable).set("pools.p.preset", "puddle");
    let config = loader.load().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.pools["p"].preset.as_deref(), Some("puddle"));
}

#[test]
fn each_pool_has_a_preset_of_its_own() {
    let rest = "connector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:7001\"]\n";
    let text = format!("[pools.a]\npreset = \"redigo\"\n{rest}[pools.b]\npreset = \"hikari\"\n{rest}[pools.c]\n{rest}");
    let config = Loader::new(&App::new()).text("pool.toml", text).load().unwrap_or_else(|error| panic!("{error}"));
    let idle = |pool: &str| (config.pools[pool].options.limits.max_idle, config.pools[pool].options.limits.min_idle);
    assert_eq!((idle("a"), idle("b"), idle("c")), ((Some(0), 0), (None, 10), (None, 0)));
}

/// The limit of the preset's that is never reached then is not what somebody wrote.
#[test]
fn a_lower_limit_than_the_preset_s_is_not_odd() {
    assert_eq!(loaded("preset = \"net-http\"\nlimits = { max_open = 5 }", &[]).pools["p"].options.limits.max_open, 5);
    let own = read("preset = \"net-http\"\nlimits = { max_open = 5, max_idle = 9 }", &[]);
    assert_eq!(own.unwrap_or_else(|error| panic!("{error}")).warnings.len(), 1, "what was written is");
}

#[cfg(feature = "yaml")]
#[test]
fn a_file_in_yaml_names_a_preset_as_well() {
    let text = "pools:\n  p:\n    preset: redigo\n    connector: { kind: tcp }\n    endpoints: [\"127.0.0.1:7001\"]\n";
    let config = Loader::new(&App::new()).text("pool.yaml", text).load().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.pools["p"].options.limits.max_idle, Some(0));
    assert!(config.origin("pools.p.limits.max_idle").to_string().starts_with("preset redigo:"));
}
