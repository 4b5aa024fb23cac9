//! However a file is damaged, it is taken or refused with a message; nothing panics.

use clearpool::{App, Loader};
use proptest::prelude::*;

const GOOD: &str = r#"[telemetry]
prometheus = "127.0.0.1:9464"
otlp = { endpoint = "http://localhost:4318", headers = { key = "value" } }

[pools.orders]
connector = { kind = "tcp", keepalive = "60s" }
endpoints = [ { address = "127.0.0.1:7001", weight = 5, metadata = { zone = "b" } }, "127.0.0.1:7002" ]
limits    = { max_open = 32, max_idle = 16, min_idle = 2, max_waiting = 1000 }
wait      = { timeout = "2s", order = "fifo", exhausted = "wait" }
acquire   = { kind = "lifo" }
release   = { kind = "max-uses", uses = 100 }

[[pools.orders.evict]]
kind = "ttl"
max_age = "30m"
jitter = 0.1

[[pools.orders.evict]]
kind = "idle-timeout"
after = "5m"
when = ["acquire", "background"]

[pools.watched]
connector = { kind = "tcp" }
discovery = { kind = "file", path = "endpoints.toml" }
"#;

/// Pieces that make other damage than single characters do.
const PIECES: [&str; 22] = [
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    "\"\"\"",
    "'",
    ",",
    ".",
    "\n",
    "#",
    "-1",
    "1e400",
    "nan",
    "9999999999999999999",
    "true",
    "[[a]]",
    "ä",
    "\u{0}",
    "{ kind = \"ttl\" }",
    "[[pools.orders]]",
];

#[derive(Debug, Clone)]
enum Damage {
    Remove(usize, usize),
    Insert(usize, usize),
    Replace(usize, char),
    Copy(usize, usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<usize>(), 1_usize..30).prop_map(|(at, length)| Damage::Remove(at, length)),
        (any::<usize>(), 0..PIECES.len()).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        (any::<usize>(), any::<char>()).prop_map(|(at, c)| Damage::Replace(at, c)),
        (any::<usize>(), any::<usize>(), 1_usize..60).prop_map(|(from, to, length)| Damage::Copy(from, to, length)),
    ]
}

fn damaged(damages: &[Damage]) -> String {
    let mut text: Vec<char> = GOOD.chars().collect();
    for damage in damages {
        let size = text.len().max(1);
        match *damage {
            Damage::Remove(at, length) => {
                let at = (at % size).min(text.len());
                text.drain(at..(at + length).min(text.len()));
            }
            Damage::Insert(at, piece) => {
                let at = (at % size).min(text.len());
                text.splice(at..at, PIECES[piece].chars());
            }
            Damage::Replace(at, c) => {
                if let Some(old) = text.get_mut(at % size) {
                    *old = c;
                }
            }
            Damage::Copy(from, to, length) => {
                let (from, to) = ((from % size).min(text.len()), (to % size).min(text.len()));
                let copied = text[from..(from + length).min(text.len())].to_vec();
                text.splice(to..to, copied);
            }
        }
    }
    text.into_iter().collect()
}

/// Loads it and prints whatever comes of it, since the messages are computed from the damage too.
fn survive(name: &str, text: &str, variables: &[(String, String)]) {
    let app = App::new();
    match Loader::new(&app).text(name, text).env(variables.to_vec()).load() {
        Ok(config) => assert!(!config.explain().to_string().is_empty()),
        Err(error) => {
            assert!(error.errors() > 0, "refused without a reason");
            assert!(error.to_string().starts_with(['e', 'w']), "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn damaged_toml(damages in prop::collection::vec(damage(), 1..6)) {
        survive("pool.toml", &damaged(&damages), &[]);
    }

    #[test]
    fn damaged_toml_taken_for_yaml(damages in prop::collection::vec(damage(), 1..6)) {
        survive("pool.yaml", &damaged(&damages), &[]);
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        survive("pool.toml", &text, &[]);
        survive("pool.yaml", &text, &[]);
    }

    #[test]
    fn any_variables(
        path in "(POOLS|TELEMETRY)(__(ORDERS|LIMITS|EVICT|ENDPOINTS|KIND|[0-9]{1,2}|[A-Z_]{0,5}|MAX_AGE|CONNECTOR|WATCHED)){0,5}",
        value in prop_oneof!["\\PC{0,20}", Just("{ kind = \"ttl\" }".to_owned()), Just("[]".to_owned()), Just("64".to_owned())],
    ) {
        survive("pool.toml", GOOD, &[(format!("CLEARPOOL_{path}"), value)]);
    }
}

#[test]
fn the_good_file_is_good() {
    let config = Loader::new(&App::new()).text("pool.toml", GOOD).load().unwrap_or_else(|error| panic!("{error}"));
    assert!(config.warnings.is_empty());
}

/// Recursion over what somebody else wrote ends before the stack does.
#[test]
fn nesting_without_end_is_refused() {
    let deep = 100_000;
    let dotted = vec!["a"; deep].join(".");
    for text in [
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}", "{ a = ".repeat(deep)),
        format!("{dotted} = 1"),
        format!("[{dotted}]"),
        format!("[[{dotted}]]"),
    ] {
        survive("pool.toml", &text, &[]);
    }
    for text in ["[".repeat(deep), "{a: ".repeat(deep), "- ".repeat(deep)] {
        survive("pool.yaml", &text, &[]);
    }
    survive("pool.toml", GOOD, &[(format!("CLEARPOOL_POOLS__{}", vec!["A"; deep].join("__")), "1".into())]);
    survive("pool.toml", GOOD, &[("CLEARPOOL_POOLS__X".into(), "[".repeat(deep))]);
}
