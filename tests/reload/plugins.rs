//! Plugins that go wrong during a reload: nothing is changed, and the next one is taken.

use clearpool::core::{AcquirePolicy, Cx, Decision, EntryId, Factory, IdleView, OptionError, Plugin};
use clearpool::pools::ReloadError;
use clearpool::{App, Loader, Pools};
use clearpool_servers::serve_holding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ear, quiet, write};

/// It panics in whatever it is asked: when it is made, if the option says so, and at every choice.
#[derive(Debug)]
struct Frail;

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct FrailOptions {
    when_made: bool,
}

impl AcquirePolicy for Frail {
    fn choose(&mut self, _: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        std::panic::resume_unwind(Box::new("frail"))
    }

    fn inherit(&mut self, _: &mut dyn std::any::Any) {
        std::panic::resume_unwind(Box::new("frail"))
    }
}

impl Factory<dyn AcquirePolicy> for Frail {
    const KIND: &'static str = "frail";
    const SUMMARY: &'static str = "Panics";
    const EXAMPLE: &'static str = "kind = \"frail\"\n";
    const CRATE: &'static str = "somebody-elses";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = FrailOptions;

    fn build(options: FrailOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        if options.when_made && MADE.with(|made| made.replace(true)) {
            std::panic::resume_unwind(Box::new("it broke"));
        }
        Ok(Box::new(Frail))
    }
}

thread_local! {
    /// Whether one was made already: the first is made to try the options.
    static MADE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

fn file(address: &str, acquire: &str) -> String {
    format!("[pools.orders]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\nacquire = {acquire}\n")
}

fn start(text: &str) -> (App, Pools) {
    let app = App::new().policy(Plugin::acquire::<Frail>());
    let config = Loader::new(&app).text("pool.toml", text).load().expect("good");
    let pools = Pools::from_config(&app, &config, &quiet()).expect("good");
    (app, pools)
}

fn acquire_kind(pools: &Pools) -> &'static str {
    pools.any("orders").expect("it is there").snapshot().policies.acquire
}

#[tokio::test]
async fn a_policy_that_panics_every_time_is_taken_overruled_and_replaced_again() {
    let address = serve_holding();
    let (app, pools) = start(&file(&address, "{ kind = \"lifo\" }"));
    let orders = pools.get::<clearpool::connector::TcpConnector>("orders").expect("it is there");
    drop(orders.acquire().await.expect("the server is there"));
    for kind in ["frail", "fifo", "frail", "lifo"] {
        let text = file(&address, &format!("{{ kind = \"{kind}\" }}"));
        let config = Loader::new(&app).text("pool.toml", text).load().expect("good");
        pools.reload(&config).expect("it can be changed");
        for _ in 0..3 {
            drop(orders.acquire().await.expect("the pool serves on"));
        }
        assert_eq!(acquire_kind(&pools), kind);
    }
    let faults = orders.snapshot().faults;
    // Each time as it inherited, and at each of three choices.
    assert_eq!(faults.iter().map(|fault| fault.count).sum::<u64>(), 2 * (1 + 3), "{faults:?}");
}

#[tokio::test]
async fn one_that_panics_as_it_is_made_changes_nothing_and_the_file_is_followed_on() {
    let address = serve_holding();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pool.toml");
    let (lifo, fifo) = (file(&address, "{ kind = \"lifo\" }"), file(&address, "{ kind = \"fifo\" }"));
    write(&path, &lifo);
    let app = App::new().policy(Plugin::acquire::<Frail>());
    let config = Loader::new(&app).file(&path).load().expect("good");
    let pools = Pools::from_config(&app, &config, &quiet()).expect("good");
    let ear = Ear::default();
    let _follower = pools.follow(&path, ear.listener());

    write(&path, &file(&address, "{ kind = \"frail\", when_made = true }"));
    let refusal = ear.next_refusal().await;
    assert!(refusal.contains("panicked") && refusal.ends_with("nothing was changed"), "{refusal}");
    assert_eq!(acquire_kind(&pools), "lifo");
    write(&path, &fifo);
    assert_eq!(ear.next_change().await, ["orders: acquire lifo -> fifo"]);
}

#[tokio::test]
async fn options_of_the_wrong_shape_are_named_with_their_line() {
    let address = serve_holding();
    let (app, pools) = start(&file(&address, "{ kind = \"lifo\" }"));
    let wrong = [
        ("acquire = 5", "pool.toml:4:11"),
        ("acquire = { kind = \"frail\", when_made = [] }", "pool.toml:4:"),
        ("acquire = { kind = \"frail\", whenmade = true }", "pool.toml:4:"),
        ("evict = { kind = \"ttl\" }", "pool.toml:4:"),
        ("evict = [\"ttl\", { kind = \"lru\", most = {} }]", "pool.toml:4:"),
        ("limits = [1]", "pool.toml:4:"),
        ("wait = { timeout = { secs = 1 } }", "pool.toml:4:"),
    ];
    for (line, place) in wrong {
        let text = file(&address, "").replace("acquire = ", line);
        let error = Loader::new(&app).text("pool.toml", text).load().map_err(ReloadError::Config).expect_err(line);
        assert!(error.to_string().contains(place), "{line}: {error}");
    }
    assert_eq!(acquire_kind(&pools), "lifo");
}
