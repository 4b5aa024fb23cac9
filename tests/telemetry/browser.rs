//! The page in a real browser: it shows the pools' numbers, in light and in dark, and has nothing
//! to complain of.

use std::sync::Arc;

use clearpool::connector::TcpConnector;
use clearpool::telemetry::{Guard, Setup};
use clearpool::{AnyPool, App, Loader, Pool, Pools};
use clearpool_servers::{Chromium, LONG, serve_holding};

use crate::scrape::{no_env, options};

const ODD: &str = "<script>alert(1)</script>";

/// What the browser made of an address: the document as it stands after a second and a half, and
/// what it wrote to its console.
async fn visit(browser: &Chromium, address: &str, dark: bool) -> (String, Vec<String>) {
    let launch = browser
        .launch()
        .args(["--enable-logging=stderr", "--window-size=1400,1000", "--virtual-time-budget=1500", "--dump-dom"])
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .arg(address);
    let visit = move || {
        let run = launch.start();
        run.wait(2 * LONG);
        let log = run.log().text();
        let console = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
        (run.log().output(), console)
    };
    tokio::task::spawn_blocking(visit).await.expect("it ends")
}

/// Two pools: one from a configuration, whose two connections are held while three callers wait,
/// and one with an odd name that nobody uses.
struct Stage {
    telemetry: Guard,
    pools: Pools,
    _odd: Arc<dyn AnyPool>,
}

async fn stage() -> Stage {
    let options = options();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    let app = App::new();
    let text = format!(
        "[pools.orders]\nconnector = {{ kind = \"tcp\" }}\nendpoints = [{{ id = 'b \"q\"', address = \"{}\" }}]\n\
         limits = {{ max_open = 2 }}\nwait = {{ timeout = \"60s\" }}\n",
        serve_holding()
    );
    let config = Loader::new(&app).text("pool.toml", text).load().unwrap_or_else(|error| panic!("{error}"));
    let pools = Pools::from_config(&app, &config, &telemetry).expect("a good configuration");
    let odd = Pool::builder(TcpConnector::default()).name(ODD).endpoints([serve_holding().as_str()]);
    let odd: Arc<dyn AnyPool> = Arc::new(odd.build().expect("well-formed"));
    telemetry.hub().watch_pool(&odd);
    Stage { telemetry, pools, _odd: odd }
}

/// The text of the element with this id.
fn text<'a>(document: &'a str, id: &str) -> &'a str {
    let (_, from) = document.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no #{id}"));
    let (_, from) = from.split_once('>').expect("a tag ends");
    from.split('<').next().unwrap_or_default()
}

/// The rows of the table with this id.
fn rows<'a>(document: &'a str, id: &str) -> Vec<&'a str> {
    let (_, from) = document.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no #{id}"));
    let body = from.split("<tbody").nth(1).and_then(|from| from.split("</tbody>").next()).expect("a body");
    body.split("<tr").skip(1).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_shows_what_the_pools_do_and_has_no_complaint() {
    let Some(browser) = Chromium::find() else { return };
    let stage = stage().await;
    let address = format!("http://{}/", stage.telemetry.page_address().expect("on"));
    let orders = stage.pools.get::<TcpConnector>("orders").expect("it is there");
    let held = [orders.acquire().await.expect("room for two"), orders.acquire().await.expect("room for two")];
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let orders = orders.clone();
            tokio::spawn(async move { drop(orders.acquire().await) })
        })
        .collect();
    while orders.snapshot().pending < 3 {
        tokio::task::yield_now().await;
    }

    for (dark, paper) in [(false, "rgb(246, 246, 244)"), (true, "rgb(18, 21, 24)")] {
        let (document, console) = visit(&browser, &format!("{address}#orders"), dark).await;
        assert!(console.is_empty(), "{console:#?}");
        assert!(document.contains(&format!("name=\"theme-color\" content=\"{paper}\"")), "dark: {dark}");
        let (_, said) = document.split_once("id=\"said\"").expect("the first line");
        assert!(said.contains("orders: 3 callers wait, all 2 connections used; longest wait "), "{said}");
        assert!(document.contains("<body class=\"\">") || document.contains("<body>"), "it is not stale");
        assert_eq!((text(&document, "name"), text(&document, "t-used")), ("orders", "2"));
        assert_eq!(text(&document, "t-max"), "used of 2");
        assert_eq!((text(&document, "t-pending"), text(&document, "t-refused")), ("3", "0"));
        let leases = rows(&document, "leases");
        assert_eq!((leases.len(), rows(&document, "waiting").len()), (2, 3));
        assert!(leases[0].contains("tests/telemetry/browser.rs:"), "{}", leases[0]);
        let endpoints = rows(&document, "endpoints");
        assert!(endpoints.len() == 1 && endpoints[0].contains("b \"q\"") && endpoints[0].contains("healthy"));
        let config = rows(&document, "config").join("");
        assert!(config.contains("limits.max_open = 2") && config.contains("pool.toml:4"), "{config}");
        assert!(!config.contains("min_idle"), "defaults are shown when they are asked for");
        assert_eq!(rows(&document, "pools").len(), 2);
        assert!(document.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !document.contains(ODD));
        assert!(document.contains("title=\"Callers that wait for a connection."), "meanings are the catalog's");
        for chart in ["c-load", "c-wait", "c-use"] {
            let (_, chart) = document.split_once(&format!("id=\"{chart}\"")).expect("it is there");
            assert!(chart.split("</svg>").next().is_some_and(|chart| chart.contains("<text")), "it is drawn");
        }
    }
    drop(held);
    for caller in waiting {
        caller.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_can_look_at_a_pool_whatever_it_is_called() {
    let Some(browser) = Chromium::find() else { return };
    let stage = stage().await;
    let address = format!("http://{}/", stage.telemetry.page_address().expect("on"));
    let (document, console) = visit(&browser, &format!("{address}#%3Cscript%3Ealert(1)%3C%2Fscript%3E"), false).await;
    assert!(console.is_empty(), "{console:#?}");
    assert_eq!(text(&document, "name"), "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert!(document.contains("All is well: 2 pools, 0 of 12 connections used, nobody waits too long."));
    assert!(document.contains("Nobody holds a connection.") && document.contains("Nobody waits."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_more_callers_than_are_told_a_browser_says_how_many_there_are() {
    let Some(browser) = Chromium::find() else { return };
    let stage = stage().await;
    let address = format!("http://{}/", stage.telemetry.page_address().expect("on"));
    let orders = stage.pools.get::<TcpConnector>("orders").expect("it is there");
    let held = [orders.acquire().await.expect("room for two"), orders.acquire().await.expect("room for two")];
    for _ in 0..120 {
        let orders = orders.clone();
        tokio::spawn(async move { drop(orders.acquire().await) });
    }
    while orders.snapshot().pending < 120 {
        tokio::task::yield_now().await;
    }
    let (document, console) = visit(&browser, &format!("{address}#orders"), false).await;
    assert!(console.is_empty(), "{console:#?}");
    assert_eq!((text(&document, "n-waiting"), rows(&document, "waiting").len()), ("120", 8));
    assert!(document.contains(">The first 100 of 120</button>"), "{document}");
    drop(held);
}
