//! Who gets the page, and what a browser may do with it.

use clearpool::telemetry::Setup;

use crate::page::telemetry;
use crate::scenario::{Source, busy};
use crate::scrape::{ask, get, no_env, options};

#[test]
fn a_browser_is_told_to_run_and_load_nothing_but_the_page_itself() {
    let telemetry = telemetry();
    let address = telemetry.page_address().expect("on");
    for path in ["/", "/page.css", "/page.js", "/icon.svg", "/api/pools.json", "/api/catalog.json", "/nothing"] {
        let (head, _) = get(address, path, None);
        let policy = head.lines().find_map(|line| line.strip_prefix("content-security-policy: ")).expect(path);
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for header in ["x-content-type-options: nosniff", "cache-control: no-store", "referrer-policy: no-referrer"] {
            assert!(head.contains(header), "{path}: {header} is not in {head}");
        }
    }
    let (head, body) = ask(address, &format!("HEAD / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.1 200") && body.is_empty(), "{head}");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let request =
            format!("{method} / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert!(ask(address, &request).0.starts_with("HTTP/1.1 405"), "{method}");
    }
}

#[test]
fn a_stranger_s_name_for_this_machine_gets_nothing_of_the_page() {
    let telemetry = telemetry();
    telemetry.hub().watch(Source::new("orders", busy()));
    let address = telemetry.page_address().expect("on");
    let by = |host: &str, path: &str| {
        ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    };
    for path in ["/", "/page.js", "/api/pools.json", "/api/pools.json?name=orders"] {
        let (head, body) = by("rebound.example:9464", path);
        assert!(head.starts_with("HTTP/1.1 403") && !body.contains("orders"), "{path}: {head}");
        for host in ["localhost", "127.0.0.1:1", "[::1]"] {
            assert!(by(host, path).0.starts_with("HTTP/1.1 200"), "{path} by {host}");
        }
    }
    assert!(by("app.example:9464", "/metrics").0.starts_with("HTTP/1.1 200"), "scrapers come by any name");
}

#[test]
fn the_page_is_on_where_only_this_machine_comes_or_where_somebody_turns_it_on() {
    let mut options = options();
    options.page = Some(false);
    let off = Setup::new(&options).environment(no_env).start().expect("a free port");
    assert_eq!(off.page_address(), None);
    let (head, body) = get(off.prometheus_address().expect("configured"), "/", None);
    assert!(head.starts_with("HTTP/1.1 404") && body.contains("/metrics"), "{head} {body}");

    options.page = None;
    options.prometheus = "0.0.0.0:0".parse().ok();
    let wide = Setup::new(&options).environment(no_env).start().expect("a free port");
    assert_eq!((wide.page_address(), wide.prometheus_address().is_some()), (None, true));
    drop(wide);

    options.page = Some(true);
    let wide = Setup::new(&options).environment(no_env).start().expect("a free port");
    assert_eq!(wide.page_address(), wide.prometheus_address());

    options.prometheus = None;
    let error = Setup::new(&options).environment(no_env).start().expect_err("it is served nowhere");
    assert!(error.to_string().contains("telemetry.page"), "{error}");
}

#[test]
fn the_page_is_small_and_has_nothing_from_elsewhere() {
    let files = [
        include_str!("../../src/telemetry/page/page.html"),
        include_str!("../../src/telemetry/page/page.css"),
        include_str!("../../src/telemetry/page/page.js"),
        include_str!("../../src/telemetry/page/cells.js"),
        include_str!("../../src/telemetry/page/charts.js"),
        include_str!("../../src/telemetry/page/words.js"),
        include_str!("../../src/telemetry/page/icon.svg"),
    ];
    let size: usize = files.iter().map(|file| file.len()).sum();
    assert!(size < 60_000, "{size} bytes");
    for file in files {
        let file = file.replace("http://www.w3.org/2000/svg", "");
        for word in
            ["http:", "https:", "//cdn", "@import", "innerHTML", "insertAdjacentHTML", "document.write", "eval("]
        {
            assert!(!file.contains(word), "{word}");
        }
    }
}
