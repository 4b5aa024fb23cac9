//! Defaults, file, environment and code, laid over each other, and where each value comes from.

use clearpool::config::{Place, Source};
use clearpool::core::{Endpoint, HumanDuration};
use clearpool::{App, Config, ConfigError, Loader};

const FILE: &str = r#"
[pools.orders]
connector = { kind = "tcp" }
endpoints = ["127.0.0.1:7001", { address = "127.0.0.1:7002", weight = 5 }]
limits = { max_open = 32 }
release = { kind = "max-uses", uses = 100 }

[[pools.orders.evict]]
kind = "ttl"
max_age = "1h"

[pools.Card-Holders]
connector = { kind = "tcp", nodelay = false }
endpoints = ["127.0.0.1:7003"]
"#;

fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Loader::new(&App::new()).text("pool.toml", FILE).env(variables.iter().copied()).load()
}

#[test]
fn a_pool_that_says_little_gets_good_defaults() {
    let config = load(&[]).unwrap();
    let pool = &config.pools["Card-Holders"];
    assert_eq!((pool.acquire.kind.as_str(), pool.release.kind.as_str()), ("lifo", "keep"));
    assert_eq!(pool.balance.kind, "smooth-weighted");
    let evict: Vec<&str> = pool.evict.iter().map(|chosen| chosen.kind.as_str()).collect();
    assert_eq!(evict, ["ttl", "idle-timeout"]);
    assert_eq!(pool.evict[0].options["jitter"], 0.1, "lifetime jitter is on unless it is turned off");
    assert_eq!(pool.options, Default::default());
    assert_eq!(pool.connector.options["nodelay"], false);
}

#[test]
fn endpoints_are_tables_or_addresses_alone() {
    let config = load(&[]).unwrap();
    let expected = vec![Endpoint::new("127.0.0.1:7001"), Endpoint::new("127.0.0.1:7002").weight(5)];
    assert_eq!(config.pools["orders"].source, Source::Endpoints(expected));
}

#[test]
fn the_environment_lies_over_the_file_and_code_over_both() {
    let variables = [
        ("CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN", "64"),
        ("CLEARPOOL_POOLS__ORDERS__WAIT__TIMEOUT", "250ms"),
        ("clearpool_pools__orders__wait__timeout", "1s"),
        ("PATH", "/bin"),
    ];
    let config = load(&variables).unwrap();
    let options = &config.pools["orders"].options;
    assert_eq!(options.limits.max_open, 64);
    assert_eq!(options.wait.timeout, HumanDuration::from_millis(250));

    let app = App::new();
    let loader = Loader::new(&app).text("pool.toml", FILE).env(variables);
    let config = loader.set("pools.orders.limits.max_open", 128).load().unwrap();
    assert_eq!(config.pools["orders"].options.limits.max_open, 128);
    assert!(config.origin("pools.orders.limits.max_open").to_string().starts_with("code at tests/layers.rs:"));
}

#[test]
fn variables_find_keys_whatever_their_case_and_dashes() {
    let config = load(&[
        ("CLEARPOOL_POOLS__CARD_HOLDERS__CONNECTOR__NODELAY", "true"),
        ("CLEARPOOL_POOLS__CARD_HOLDERS__ACQUIRE__KIND", "fifo"),
    ])
    .unwrap();
    let pool = &config.pools["Card-Holders"];
    assert_eq!(pool.connector.options["nodelay"], true);
    assert_eq!(pool.acquire.kind, "fifo");
    assert_eq!(config.pools.len(), 2, "no pool is made by a spelling");
}

#[test]
fn variables_reach_into_lists_and_replace_them() {
    let config = load(&[("CLEARPOOL_POOLS__ORDERS__EVICT__0__MAX_AGE", "10m")]).unwrap();
    let pool = &config.pools["orders"];
    assert_eq!((pool.evict.len(), &pool.evict[0].options["max_age"]), (1, &"10m".into()));
    assert_eq!(config.origin("pools.orders.evict.0.kind").to_string(), "pool.toml:9:8");

    let config =
        load(&[("CLEARPOOL_POOLS__ORDERS__ENDPOINTS", r#"["a:1", { address = "b:2", weight = 3 }]"#)]).unwrap();
    let expected = vec![Endpoint::new("a:1"), Endpoint::new("b:2").weight(3)];
    assert_eq!(config.pools["orders"].source, Source::Endpoints(expected));
}

#[test]
fn a_whole_pool_can_come_from_the_environment() {
    let variables = [
        ("CLEARPOOL_POOLS__CACHE__CONNECTOR__KIND", "tcp"),
        ("CLEARPOOL_POOLS__CACHE__ENDPOINTS", r#"["cache:7001"]"#),
    ];
    let config = Loader::new(&App::new()).env(variables).load().unwrap();
    assert_eq!(config.pools["cache"].acquire.kind, "lifo");
}

#[test]
fn another_kind_from_above_leaves_no_options_behind() {
    let config = load(&[("CLEARPOOL_POOLS__ORDERS__RELEASE__KIND", "keep")]).unwrap();
    assert_eq!(config.pools["orders"].release.kind, "keep");
    assert_eq!(config.warnings.len(), 1);
    assert!(config.warnings[0].message.contains("the options of `max-uses` no longer count"));

    let same = load(&[("CLEARPOOL_POOLS__ORDERS__RELEASE__KIND", "max-uses")]).unwrap();
    assert_eq!(same.pools["orders"].release.options["uses"], 100);
    assert!(same.warnings.is_empty());
}

#[test]
fn a_value_knows_where_it_comes_from() {
    let config = load(&[("CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_IDLE", "8")]).unwrap();
    for (path, origin) in [
        ("pools.orders.limits.max_open", "pool.toml:5:23"),
        ("pools.orders.limits.max_idle", "CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_IDLE"),
        ("pools.orders.limits.min_idle", "default"),
        ("pools.orders.acquire.kind", "default"),
        ("pools.orders.endpoints.0.address", "pool.toml:4:14"),
        ("pools.orders.endpoints.0.weight", "default"),
        ("pools.orders.endpoints.1.weight", "pool.toml:4:71"),
        ("pools.Card-Holders.evict.0.kind", "default"),
    ] {
        assert_eq!(config.origin(path).to_string(), origin, "{path}");
    }
    assert_eq!(config.origin("telemetry.spans"), Place::Default);
}

#[test]
fn what_explain_prints_means_the_same() {
    let config = load(&[("CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_IDLE", "8")]).unwrap();
    let text = config.explain().to_string();
    let again =
        Loader::new(&App::new()).text("explained.toml", &text).load().unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!((again.pools, again.telemetry), (config.pools, config.telemetry));
    assert!(
        text.contains("# CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_IDLE\n") && text.contains("# pool.toml:5\n"),
        "{text}"
    );
}

#[test]
#[cfg(feature = "yaml")]
fn yaml_says_the_same_as_toml() {
    let yaml = r#"
pools:
  orders:
    connector: { kind: tcp }
    endpoints:
      - 127.0.0.1:7001
      - address: 127.0.0.1:7002
        weight: 5
    limits: { max_open: 32, max_waiting: ~ }
    release: { kind: max-uses, uses: 100 }
    evict:
      - kind: ttl
        max_age: 1h
  Card-Holders:
    connector: { kind: tcp, nodelay: false }
    endpoints: ["127.0.0.1:7003"]
"#;
    let config = Loader::new(&App::new()).text("pool.yaml", yaml).load().unwrap();
    assert_eq!(config.pools, load(&[]).unwrap().pools);
}

#[test]
fn a_relative_path_is_meant_from_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pool.toml");
    let text = r#"
        [pools.orders]
        connector = { kind = "tcp" }
        discovery = { kind = "file", path = "endpoints.toml" }
    "#;
    std::fs::write(&file, text).unwrap();
    let app = App::new();
    let config = Loader::new(&app).file(&file).load().unwrap();
    let pool = &config.pools["orders"];
    assert!(matches!(&pool.source, Source::Discovery(chosen) if chosen.kind == "file"));
    let source = pool.discovery(&app.discoveries).unwrap().unwrap();
    let path = directory.path().join("endpoints.toml");
    assert!(format!("{source:?}").contains(&format!("{path:?}")), "{source:?}");
}

#[test]
#[cfg(feature = "tls")]
fn relative_roots_of_tls_are_meant_from_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pool.toml");
    let text = r#"
        [pools.orders]
        connector = { kind = "tcp", tls = { roots = "roots.pem" } }
        endpoints = ["127.0.0.1:1"]
    "#;
    std::fs::write(&file, text).unwrap();
    let app = App::new();
    let error = Loader::new(&app).file(&file).load().unwrap_err().to_string();
    let roots = directory.path().join("roots.pem");
    assert!(error.contains(&format!("cannot read {}", roots.display())), "{error}");
    std::fs::write(&roots, ROOTS).unwrap();
    let config = Loader::new(&app).file(&file).load().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.pools["orders"].connector.options["tls"]["roots"], "roots.pem", "it stays as it is written");
    let telemetry = clearpool::telemetry::Setup::new(&config.telemetry).environment(|_| None).start().unwrap();
    clearpool::Pools::from_config(&app, &config, &telemetry).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
#[cfg(not(feature = "tls"))]
fn tls_that_is_not_built_in_is_told_with_its_feature() {
    let text = FILE.replace("{ kind = \"tcp\" }", "{ kind = \"tcp\", tls = { roots = \"roots.pem\" } }");
    let error = Loader::new(&App::new()).text("pool.toml", text).load().unwrap_err().to_string();
    assert!(error.contains("the cargo feature `tls` of clearpool"), "{error}");
}

/// The certificate of an authority that vouches for nobody.
#[cfg(feature = "tls")]
const ROOTS: &str = "-----BEGIN CERTIFICATE-----
MIIBijCCAS+gAwIBAgIUDTz/B0Qth6HBqHC4KusdGNRax/8wCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOY2xlYXJwb29sLXRlc3QwIBcNMjYxMTI2MTQ1OTM3WhgPMjEy
NjExMDIxNDU5MzdaMBkxFzAVBgNVBAMMDmNsZWFycG9vbC10ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE8nVR3HISrYHnwWJECmC0B4BRm2E+mJrLek/zP4bf
gNV7sqYd2jCNiRj/T568zdy1s0SkO3k7ZUD+sQjXUZKkSKNTMFEwHQYDVR0OBBYE
FGMaVVbRDOKcZQWlynoiuXBqAxCPMB8GA1UdIwQYMBaAFGMaVVbRDOKcZQWlynoi
uXBqAxCPMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAI1r1WsK
CVbDFLMieTSbpwdMlxso7ObLT786N1i2MY6EAiEAqr0CdUOvtgzm8+dpUTYS7OOB
zSXWilNHDBWsVATwTIc=
-----END CERTIFICATE-----
";
