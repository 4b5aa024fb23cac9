//! The pools of a configuration: started together, changed together, ended together.

use std::sync::Arc;
use std::time::Duration;

use clearpool::connector::TcpConnector;
use clearpool::core::{ConnectCx, Connector, State};
use clearpool::pools::{ReloadError, Told, WrongPool};
use clearpool::telemetry::{self, Guard, TelemetryOptions};
use clearpool::{App, Config, Loader, Pools};
use clearpool_servers::serve_holding;
use parking_lot::Mutex;

fn quiet() -> Guard {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    telemetry::init(&options).expect("nothing to go wrong")
}

fn load(text: &str) -> Config {
    Loader::new(&App::new()).text("pool.toml", text).load().unwrap_or_else(|error| panic!("{error}"))
}

fn one_pool(address: &str, rest: &str) -> String {
    format!("[pools.orders]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\n{rest}")
}

struct Other;

impl Connector for Other {
    type Connection = ();
    type Error = std::convert::Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[tokio::test]
async fn a_pool_is_had_by_its_name_and_connector() {
    let config = load(&one_pool(&serve_holding(), ""));
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("a good configuration");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    assert_eq!(orders.acquire().await.expect("the server is there").uses(), 1);
    let wrong = pools.get::<Other>("orders").expect_err("it is of another connector");
    assert!(matches!(wrong, WrongPool::Connector { .. }), "{wrong}");
    let unknown = pools.get::<TcpConnector>("oders").expect_err("there is none");
    assert_eq!(unknown.to_string(), "there is no pool called `oders`; the configuration has orders");
}

#[tokio::test]
async fn a_reload_changes_what_changed_and_connections_survive() {
    let address = serve_holding();
    let config = load(&one_pool(&address, "acquire = { kind = \"lifo\" }\n"));
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("a good configuration");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    drop(orders.acquire().await.expect("the server is there"));

    let wanted = one_pool(&address, "acquire = { kind = \"fifo\" }\nlimits = { max_open = 3 }\n");
    let told = pools.reload(&load(&wanted)).expect("all of it can be changed");
    assert_eq!(told, ["orders: acquire lifo -> fifo", "orders: limits.max_open 10 -> 3"]);
    let after = orders.snapshot();
    assert_eq!((after.policies.acquire, after.max_open, after.count(State::Idle)), ("fifo", 3, 1));
    assert_eq!(pools.reload(&load(&wanted)).expect("nothing to do"), Vec::<String>::new());
}

#[tokio::test]
async fn a_reload_that_cannot_be_done_changes_nothing_at_all() {
    let address = serve_holding();
    let config = load(&one_pool(&address, ""));
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("a good configuration");
    let wanted = one_pool(&address, "acquire = { kind = \"fifo\" }\n").replace("\"tcp\"", "\"tcp\", nodelay = false");
    let wanted = format!("{wanted}\n[pools.second]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\n");
    let error = pools.reload(&load(&wanted)).expect_err("a connector stays");
    assert!(matches!(&error, ReloadError::NeedsRestart { .. }), "{error}");
    assert_eq!(pools.names(), ["orders"]);
    assert_eq!(pools.any("orders").expect("it is there").snapshot().policies.acquire, "lifo");
}

#[tokio::test]
async fn pools_come_and_go_with_a_reload() {
    let address = serve_holding();
    let pools = Pools::from_config(&App::new(), &load(&one_pool(&address, "")), &quiet()).expect("good");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    let told = pools.reload(&load(&one_pool(&address, "").replace("orders", "users"))).expect("good");
    assert_eq!(told, ["users: started", "orders: closed, for the configuration no longer has it"]);
    assert_eq!(pools.names(), ["users"]);
    assert!(orders.acquire().await.is_err(), "what is closed gives no leases");
    let users = pools.get::<TcpConnector>("users").expect("it is there");
    assert!(users.acquire().await.is_ok());
}

#[tokio::test]
async fn endpoints_of_the_file_are_followed() {
    let (first, second) = (serve_holding(), serve_holding());
    let pools = Pools::from_config(&App::new(), &load(&one_pool(&first, "")), &quiet()).expect("good");
    let told = pools.reload(&load(&one_pool(&second, ""))).expect("good");
    assert_eq!(told, [format!("orders: endpoint {first} leaves"), format!("orders: endpoint {second} joins")]);
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    assert_eq!(orders.acquire().await.expect("the server is there").endpoint().name(), second);
}

#[tokio::test]
async fn a_file_that_is_followed_is_taken_live_and_a_mistake_in_it_is_told() {
    let address = serve_holding();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    std::fs::write(&path, one_pool(&address, "")).expect("written");
    let config = Loader::new(&App::new()).file(&path).load().expect("good");
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("good");
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let _follower = pools.follow(&path, move |what| heard.lock().push(what.clone()));
    tokio::time::sleep(Duration::from_millis(50)).await;

    std::fs::write(&path, one_pool(&address, "limits = { max_open = 0 }\n")).expect("written");
    let refused = next(&told).await;
    let Told::Refused(error) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert_eq!(pools.any("orders").expect("it is there").snapshot().max_open, 10);

    std::fs::write(&path, one_pool(&address, "limits = { max_open = 7 }\n")).expect("written");
    assert!(matches!(next(&told).await, Told::Changed(_)));
    assert_eq!(pools.any("orders").expect("it is there").snapshot().max_open, 7);
}

#[tokio::test]
async fn a_file_that_is_half_written_stops_no_pool() {
    let address = serve_holding();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let whole = |max_open: u32| {
        let limits = format!("limits = {{ max_open = {max_open} }}\n");
        one_pool(&address, &limits) + &one_pool(&address, "").replace("orders", "users")
    };
    std::fs::write(&path, whole(5)).expect("written");
    let config = Loader::new(&App::new()).file(&path).load().expect("good");
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("good");
    let users = pools.get::<TcpConnector>("users").expect("it is there");
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let _follower = pools.follow(&path, move |what| heard.lock().push(what.clone()));
    // Written in two strokes again and again, each cut being good TOML of one pool.
    for max_open in 6..36 {
        let (text, cut) = (whole(max_open), whole(max_open).find("[pools.users]").expect("the second pool"));
        std::fs::write(&path, &text[..cut]).expect("written");
        tokio::time::sleep(Duration::from_millis(40)).await;
        std::fs::write(&path, &text).expect("written");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert!(users.acquire().await.is_ok(), "its handle is open: {:?}", told.lock());
    assert_eq!(pools.any("orders").expect("it is there").snapshot().max_open, 35);
}

#[tokio::test]
async fn an_edit_between_the_load_and_the_first_look_is_seen() {
    let address = serve_holding();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    std::fs::write(&path, one_pool(&address, "")).expect("written");
    let config = Loader::new(&App::new()).file(&path).load().expect("good");
    let pools = Pools::from_config(&App::new(), &config, &quiet()).expect("good");
    std::fs::write(&path, one_pool(&address, "limits = { max_open = 7 }\n")).expect("written");
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let _follower = pools.follow(&path, move |what| heard.lock().push(what.clone()));
    assert!(matches!(next(&told).await, Told::Changed(changes) if changes == ["orders: limits.max_open 10 -> 7"]));
}

#[tokio::test]
async fn what_the_program_set_stays_above_a_file_that_is_read_again() {
    let address = serve_holding();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    std::fs::write(&path, one_pool("127.0.0.1:1", "")).expect("written");
    let app = App::new();
    let loader = Loader::new(&app).file(&path).env([("CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_IDLE", "3")]);
    let config = loader.set("pools.orders.endpoints", vec![address.clone()]).load().expect("good");
    let pools = Pools::from_config(&app, &config, &quiet()).expect("good");
    for max_open in [7, 8] {
        std::fs::write(&path, one_pool("127.0.0.1:1", &format!("limits = {{ max_open = {max_open} }}\n")))
            .expect("written");
        let changes = pools.reload_file(&path).expect("good");
        assert_eq!(changes.len(), 1, "neither the endpoints nor max_idle: {changes:?}");
    }
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    assert_eq!(orders.acquire().await.expect("the program's server").endpoint().name(), address);
    assert_eq!(orders.snapshot().max_idle, 3);
}

#[tokio::test]
async fn an_edit_of_the_telemetry_is_told_to_wait_for_the_next_start() {
    let text = |log: &str| format!("[telemetry]\nlog = \"{log}\"\n{}", one_pool("127.0.0.1:1", ""));
    let pools = Pools::from_config(&App::new(), &load(&text("off")), &quiet()).expect("good");
    let told = pools.reload(&load(&text("info"))).expect("good");
    assert_eq!(told, ["telemetry: what was changed takes effect at the next start, not before"]);
    assert_eq!(pools.reload(&load(&text("info"))).expect("good"), Vec::<String>::new(), "it is told once");
    assert_eq!(pools.reload(&load(&text("off"))).expect("good"), ["telemetry: as it is again"]);
}

#[tokio::test]
async fn a_drain_may_take_for_ever() {
    let pools = Pools::from_config(&App::new(), &load(&one_pool(&serve_holding(), "")), &quiet()).expect("good");
    drop(pools.get::<TcpConnector>("orders").expect("it is there").acquire().await.expect("the server is there"));
    let reports = pools.drain(Duration::MAX).await;
    assert!(reports["orders"].drained, "{reports:?}");
}

async fn next(told: &Mutex<Vec<Told>>) -> Told {
    for _ in 0..200 {
        if let Some(told) = told.lock().pop() {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was told within ten seconds");
}

#[tokio::test]
async fn a_drain_of_all_names_who_holds_on() {
    let pools = Pools::from_config(&App::new(), &load(&one_pool(&serve_holding(), "")), &quiet()).expect("good");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    let held = orders.acquire().await.expect("the server is there");
    let reports = pools.drain(Duration::from_millis(50)).await;
    let report = &reports["orders"];
    assert!(!report.drained && report.holders.len() == 1, "{report:?}");
    let site = report.holders[0].site.expect("the call site is known");
    assert!(site.file().ends_with("pools.rs"), "{site}");
    drop(held);
    let reports = pools.drain(Duration::from_secs(5)).await;
    assert!(reports["orders"].drained, "{reports:?}");
}

#[tokio::test]
async fn endpoints_from_a_file_of_their_own_are_waited_for() {
    let address = serve_holding();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("endpoints.toml");
    std::fs::write(&path, format!("endpoints = [{{ address = \"{address}\" }}]\n")).expect("written");
    let text = format!(
        "[pools.orders]\nconnector = {{ kind = \"tcp\" }}\ndiscovery = {{ kind = \"file\", path = \"{}\" }}\n",
        path.display()
    );
    let pools = Pools::from_config(&App::new(), &load(&text), &quiet()).expect("good");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    // At once: the file has not been read yet, and the caller waits for that.
    assert_eq!(orders.acquire().await.expect("the server is there").endpoint().name(), address);

    let other = serve_holding();
    std::fs::write(&path, format!("endpoints = [{{ address = \"{other}\" }}]\n")).expect("written");
    for _ in 0..200 {
        if orders.acquire().await.expect("one of them is there").endpoint().name() == other {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the file is not followed");
}

#[tokio::test]
async fn endpoints_from_a_file_that_is_not_there_are_an_error_that_says_so() {
    let text =
        "[pools.orders]\nconnector = { kind = \"tcp\" }\ndiscovery = { kind = \"file\", path = \"/nowhere/e.toml\" }\n";
    let pools = Pools::from_config(&App::new(), &load(text), &quiet()).expect("good");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    let error = orders.acquire().await.expect_err("there is no endpoint").to_string();
    assert!(error.contains("/nowhere/e.toml"), "{error}");
    assert_eq!(error.matches("No such file").count(), 1, "the cause is told, and once: {error}");
}
