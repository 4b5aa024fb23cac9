//! Each of the servers starts, and does what tests want of it.

use std::io::Write;
use std::net::TcpListener;

use clearpool_servers::{
    Chromium, Consul, Nginx, Postgres, Prometheus, Promtool, Redis, Rotel, VictoriaMetrics, eventually, http,
};

/// A target that is scraped by whoever asks, on a thread that ends with the test.
fn target(metrics: &'static str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let head =
                format!("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n", metrics.len());
            // What is asked is not read: there is one answer to everything.
            let mut some = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut some);
            let _ = stream.write_all(format!("{head}{metrics}").as_bytes());
        }
    });
    address
}

#[test]
fn prometheus_scrapes_and_answers() {
    let Some(prometheus) = Prometheus::find() else { return };
    let server = prometheus.scrape("a \"job\"", target("answer{to=\"all\"} 42\n")).start();
    let queries = server.queries();
    let series = eventually("a scrape", || queries.instant("answer", None).ok().filter(|all| !all.is_empty()));
    assert_eq!(series[0].samples[0].value, Some(42.0));
    assert_eq!((series[0].labels["job"].as_str(), series[0].labels["to"].as_str()), ("a \"job\"", "all"));
    assert_eq!(queries.label_values("to", Some("answer")).expect("a good selector"), ["all"]);
    let error = queries.instant("rate(", None).expect_err("no query");
    assert!(error.contains("parse error"), "{error}");
}

#[test]
fn promtool_tells_good_rules_from_bad_ones() {
    let Some(promtool) = Promtool::find() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("rules.yml");
    let rules = |expression: &str| format!("groups: [{{ name: a, rules: [{{ record: b, expr: '{expression}' }}] }}]");
    std::fs::write(&file, rules("sum(c)")).expect("written");
    promtool.run(["check".as_ref(), "rules".as_ref(), file.as_os_str()]).expect("good rules");
    std::fs::write(&file, rules("sum(c")).expect("written");
    let error = promtool.run(["check".as_ref(), "rules".as_ref(), file.as_os_str()]).expect_err("bad rules");
    assert!(error.contains("parse error"), "{error}");
}

#[test]
fn victoria_metrics_takes_what_it_is_given() {
    let Some(victoria) = VictoriaMetrics::find() else { return };
    let server = victoria.start();
    let queries = server.queries();
    assert_eq!(queries.instant("answer", None).expect("a good query"), []);
    let given = http::post(server.address(), "/api/v1/import/prometheus", "text/plain", "answer{to=\"all\"} 42\n");
    assert_eq!(given.expect("it answers").status, 204);
    server.flush();
    let series = eventually("the answer", || queries.instant("answer", None).ok().filter(|all| !all.is_empty()));
    assert_eq!((series[0].labels["to"].as_str(), series[0].samples[0].value), ("all", Some(42.0)));
}

#[test]
fn rotel_listens_for_both_kinds_of_otlp() {
    let Some(rotel) = Rotel::find() else { return };
    let server = rotel.start();
    assert_ne!(server.http(), server.grpc());
    eventually("its greeting in the log", || server.process().log().text().contains("Starting Rotel").then_some(()));
}

#[test]
fn nginx_serves_and_is_the_same_after_a_restart() {
    let Some(nginx) = Nginx::find() else { return };
    let mut server = nginx.directive("location /teapot { return 418; } location /files {}").start();
    server.put("files", b"a file");
    let get = |server: &clearpool_servers::NginxServer, path| http::get(server.address(), path).expect("it answers");
    assert_eq!(get(&server, "/").body, "nginx\n");
    assert_eq!(get(&server, "/teapot").status, 418);
    server.kill_workers();
    assert_eq!(get(&server, "/files").body, "a file");
    server.process().kill();
    assert!(http::get(server.address(), "/").is_err());
    server.restart();
    assert_eq!(get(&server, "/files").body, "a file");
}

#[test]
fn chromium_runs_scripts_and_takes_pictures() {
    let Some(chromium) = Chromium::find() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let page = directory.path().join("page.html");
    std::fs::write(&page, "<p id=p>before</p><script>setTimeout(() => p.innerText = 40 + 2, 500)</script>")
        .expect("written");
    let url = format!("file://{}", page.display());
    assert!(chromium.document(&url, 2).contains("<p id=\"p\">42</p>"));
    let picture = directory.path().join("page.png");
    chromium.picture(&url, 1, (320, 200), &picture);
    let bytes = std::fs::read(&picture).expect("a picture");
    let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    assert_eq!((&bytes[1..4], number(16), number(20)), (b"PNG".as_slice(), 320, 200));
}

#[test]
fn consul_keeps_what_is_registered_over_a_restart() {
    let Some(consul) = Consul::find() else { return };
    let mut server = consul.start();
    server.register(&serde_json::json!({ "Name": "orders", "ID": "a", "Port": 7, "Check": { "TTL": "1h" } }));
    server.check("a", "pass");
    let path = "/v1/health/service/orders?passing";
    let healthy = |server: &clearpool_servers::ConsulServer| {
        let answer = http::get(server.address(), path).expect("it answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.contains("\"Port\":7")
    };
    eventually("the check to count", || healthy(&server).then_some(()));
    assert!(server.answered(path) > 0);
    server.restart();
    eventually("the check to count again", || healthy(&server).then_some(()));
    server.deregister("a");
    eventually("the service to be gone", || (!healthy(&server)).then_some(()));
}

#[test]
fn redis_keeps_its_data_and_its_port_over_a_restart() {
    let Some(redis) = Redis::find() else { return };
    let mut server = redis.config("requirepass secret").start();
    let address = server.address();
    assert_eq!(server.ask(&["SET", "answer", "42"]), "OK");
    assert!(server.clients().is_empty());
    server.process().kill();
    server.restart();
    assert_eq!((server.address(), server.ask(&["GET", "answer"])), (address, "42".into()));
    let mut stranger = std::net::TcpStream::connect(address).expect("it listens");
    stranger.write_all(b"GET answer\r\n").expect("open");
    let refused = eventually("a stranger", || server.clients().pop());
    assert!(refused.contains("user=default"), "{refused}");
    assert_eq!(server.kill_clients(), 1);
}

#[test]
fn postgres_lets_its_users_in_again_after_each_kind_of_end() {
    let Some(postgres) = Postgres::find() else { return };
    let mut server = postgres.start();
    let data = server.socket_directory().parent().expect("a directory").to_owned();
    server.restart();
    server.process().kill();
    server.restart();
    assert!(server.process().log().text().contains("was not properly shut down"), "it has the data of before");
    drop(server);
    assert!(!data.exists(), "{} is left", data.display());
}
