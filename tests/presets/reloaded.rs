//! A live pool becomes what another preset says.

use clearpool::connector::TcpConnector;
use clearpool::telemetry::{self, TelemetryOptions};
use clearpool::{App, Config, Loader, Pools};
use clearpool_servers::serve_holding;

pub(super) fn pools_of(text: &str) -> (Config, Pools) {
    let config = config(text);
    let mut quiet = TelemetryOptions::default();
    quiet.log = "off".to_owned();
    let telemetry = telemetry::init(&quiet).expect("nothing to go wrong");
    let pools = Pools::from_config(&App::new(), &config, &telemetry).expect("it can be built");
    (config, pools)
}

fn config(text: &str) -> Config {
    Loader::new(&App::new()).text("pool.toml", text).load().unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn another_preset_is_a_change_like_any_other() {
    let address = serve_holding();
    let of =
        |preset: &str| format!("[pools.p]\n{preset}\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\n");
    let (_, pools) = pools_of(&of("preset = \"redigo\""));
    let pool = pools.get::<TcpConnector>("p").expect("it is there");
    drop(pool.acquire().await.expect("the server is there"));
    assert_eq!(pool.acquire().await.expect("the server is there").uses(), 1, "redigo keeps nothing");

    let told = pools.reload(&config(&of("preset = \"database-sql\""))).expect("it can be done");
    for line in ["p: preset redigo -> database-sql", "p: limits.max_idle 0 -> 2", "p: dial.by \"caller\" -> \"opener\""]
    {
        assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
    }
    drop(pool.acquire().await.expect("the server is there"));
    assert_eq!(pool.acquire().await.expect("the server is there").uses(), 2, "database/sql keeps two");

    let told = pools.reload(&config(&of(""))).expect("it can be done");
    assert!(told.iter().any(|line| line == "p: preset database-sql -> none"), "{told:#?}");
    assert!(told.iter().any(|line| line == "p: wait.timeout \"never\" -> \"5s\""), "{told:#?}");
    assert_eq!(pool.acquire().await.expect("the server is there").uses(), 3, "connections live on");

    let told = pools.reload(&config(&of("preset = \"default\""))).expect("it can be done");
    assert_eq!(told, ["p: preset none -> default"], "nothing else is another");
    assert_eq!(pools.reload(&config(&of("preset = \"default\""))).expect("it can be done"), [""; 0]);
}

#[tokio::test]
async fn a_preset_from_the_program_stays_over_a_file_that_is_read_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("pool.toml");
    let address = serve_holding();
    let text = format!("[pools.p]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\n");
    std::fs::write(&file, &text).expect("a writable directory");
    let app = App::new();
    let config = Loader::new(&app).file(&file).set("pools.p.preset", "redigo").load().expect("a good file");
    let mut quiet = TelemetryOptions::default();
    quiet.log = "off".to_owned();
    let telemetry = telemetry::init(&quiet).expect("nothing to go wrong");
    let pools = Pools::from_config(&app, &config, &telemetry).expect("it can be built");
    std::fs::write(&file, format!("{text}limits = {{ max_idle = 3 }}\n")).expect("a writable directory");
    let told = pools.reload_file(&file).expect("a good file");
    assert_eq!(told, ["p: limits.max_idle 0 -> 3"]);
}
