//! Each of the five problems of `clearpool demo --problem` lights its own lamp on the dashboard *Pool*, and no
//! other.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;

use clearpool_servers::{LONG, Launch, Process, Prometheus, PrometheusServer, eventually, http, serve, unix_seconds};

use crate::dashboard::{Ask, Dashboard};
use crate::live::{WINDOW, dashboards};
use crate::variables::Values;

/// How long each plays, in seconds: a quarter of it all is well.
const PLAYS_FOR: u64 = 30;

/// The problems as they are typed, and the lamps.
const PROBLEMS: [(&str, &str); 5] = [
    ("exhausted", "Exhausted?"),
    ("slow-backend", "Slow backend?"),
    ("leak", "Leak?"),
    ("sick-endpoint", "Sick endpoint?"),
    ("churn", "Churn?"),
];

/// What each lamp said, second by second: the time, and whether it was lit.
type Told = BTreeMap<&'static str, Vec<(f64, bool)>>;

/// A problem that was played.
struct Played {
    /// In seconds since 1970: when it began, and when it was over.
    ill_from: f64,
    ill_until: f64,
    lamps: Told,
}

#[test]
fn each_problem_lights_its_own_lamp_and_no_other() {
    let Some(prometheus) = Prometheus::find() else { return };
    let board = Dashboard::read(&dashboards().join("grafana/pool.json"));
    let (prometheus, board) = (&prometheus, &board);
    let findings: Vec<String> = thread::scope(|scope| {
        // All at once: they take their time, and hardly anything else.
        let plays =
            PROBLEMS.map(|(name, own)| scope.spawn(move || wrong_with(name, own, &play(name, prometheus, board))));
        plays.into_iter().flat_map(|play| play.join().expect("it plays to its end")).collect()
    });
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// Plays a problem to its end, and asks what the lamps said meanwhile.
fn play(name: &str, prometheus: &Prometheus, board: &Dashboard) -> Played {
    let started = RefCell::new(None);
    let launch = |[address]: &[SocketAddr; 1]| {
        let server = prometheus.clone().scrape("clearpool", *address).start();
        // It takes five seconds to its first scrape, and while all is well has to be seen too.
        eventually("the first scrape, of nothing yet", || {
            server.queries().instant("up", None).ok().filter(|up| !up.is_empty())
        });
        started.replace(Some(server));
        Launch::new(name, env!("CARGO_BIN_EXE_clearpool"))
            .args(["demo", "--problem", name, "--plain", "--for", &format!("{PLAYS_FOR}s")])
            .env("CLEARPOOL_TELEMETRY__PROMETHEUS", address.to_string())
    };
    let is_ready = |at: &[SocketAddr; 1]| http::get(at[0], "/metrics").is_ok_and(|answer| answer.status == 200);
    let (demo, _) = serve(launch, is_ready);
    let from = unix_seconds();
    let server = started.into_inner().expect("started before the demo");
    let ill_from = said(&demo, &format!("s  {name}: "));
    let ill_until = said(&demo, "s  that is it");
    let lamps = PROBLEMS.map(|(_, lamp)| (lamp, timeline(lamp, board, &server, from, ill_until)));
    let status = demo.wait(LONG);
    assert_eq!(status.code(), Some(0), "the pool itself did not see {name}:\n{}", demo.log().tail());
    Played { ill_from, ill_until, lamps: lamps.into() }
}

/// When the demo said so.
fn said(demo: &Process, words: &str) -> f64 {
    let heard = demo.until(2 * LONG, |log| log.output().contains(words).then(unix_seconds));
    heard.unwrap_or_else(|error| panic!("{error}"))
}

/// What the query of a lamp said each second, as it stands in the dashboard, with everything chosen.
fn timeline(lamp: &str, board: &Dashboard, server: &PrometheusServer, from: f64, until: f64) -> Vec<(f64, bool)> {
    let asks: Vec<&Ask> = board.asks.iter().filter(|ask| ask.who == lamp).collect();
    assert_eq!(asks.len(), 1, "the dashboard has no lamp `{lamp}`, or it asks for several things");
    let mut values = Values::built_in(PLAYS_FOR, WINDOW.as_secs());
    for variable in &board.variables {
        values.add(variable, server.queries()).unwrap_or_else(|error| panic!("`{}`: {error}", variable.name));
    }
    let query = values.put_into(&asks[0].query).expect("all variables are there");
    let answer = server.queries().range(&query, from, until, 1.0).unwrap_or_else(|error| panic!("{error}: {query}"));
    assert_eq!(answer.len(), 1, "one pool, and so one series of `{lamp}`: {query}");
    answer[0].samples.iter().map(|sample| (sample.at, sample.value.is_some_and(|value| value > 0.0))).collect()
}

/// Before the problem no lamp is lit, in the end its own, and the others never.
fn wrong_with(name: &str, own: &str, played: &Played) -> Vec<String> {
    let mut findings = Vec::new();
    for (&lamp, told) in &played.lamps {
        let drawn: String = told.iter().map(|(_, lit)| if *lit { '#' } else { '.' }).collect();
        println!("{name:>14}  {lamp:<15} {drawn}");
        // The second in which it turns belongs to neither.
        let well = told.iter().filter(|(at, _)| *at < played.ill_from - 0.5);
        if well.clone().count() < 3 {
            findings.push(format!("{name}: `{lamp}` was asked for less than three seconds while all was well"));
        }
        let end = told.iter().rev().find(|(at, _)| *at < played.ill_until - 0.5);
        let lit = if lamp == own { well.clone().any(|(_, lit)| *lit) } else { told.iter().any(|(_, lit)| *lit) };
        if lit {
            findings.push(format!("{name}: `{lamp}` was lit and should not have been: {drawn}"));
        }
        if lamp == own && !end.is_some_and(|(_, lit)| *lit) {
            findings.push(format!("{name}: `{lamp}` is not lit in the end: {drawn}"));
        }
    }
    findings
}
