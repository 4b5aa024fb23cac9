//! `clearpool check`, `explain`, `list` and `schema`, as they are called.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn clearpool(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearpool"));
    command.args(args).envs(variables.iter().copied()).current_dir(root());
    command.output().expect("the binary runs")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn check_says_ok_and_what_is_in_it() {
    let output = clearpool(&["check", "examples/pool.toml"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let expected = "ok: 1 pool\n  orders  tcp to 2 endpoints, at most 32 open; \
                    acquire lifo, release keep, balance smooth-weighted, evict ttl\n";
    assert_eq!(text(&output.stdout), expected);
    assert!(output.stderr.is_empty());
}

#[test]
fn check_expects_nothing_of_a_source_whose_endpoints_come_with_requests() {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a file");
    let web = "[pools.web]\nconnector = { kind = \"http\" }\ndiscovery = { kind = \"on-demand\" }\n";
    std::fs::write(file.path(), web).expect("a file");
    let output = clearpool(&["check", &file.path().display().to_string()], &[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn check_tells_mistakes_and_fails() {
    let output = clearpool(&["check", "tests/bad_files/unknown_key.toml"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.starts_with("error: unknown key `max_opne`\n --> tests/bad_files/unknown_key.toml:4:12\n"), "{told}");
    assert!(told.ends_with("1 mistake: nothing was started\n"), "{told}");
    assert!(output.stdout.is_empty());
}

#[test]
fn check_heeds_the_environment() {
    let variable = [("CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN", "abc")];
    let output = clearpool(&["check", "examples/pool.toml"], &variable);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("environment variable CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN"));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    let output = clearpool(&["check", "examples/nowhere.toml"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the file cannot be read"));
}

#[test]
fn check_reads_the_files_of_endpoints_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let (file, hosts) = (directory.path().join("pool.toml"), directory.path().join("hosts"));
    let config = "[pools.orders]\nconnector = { kind = \"tcp\" }\ndiscovery = { kind = \"file\", path = \"hosts\" }\n";
    std::fs::write(&file, config).expect("written");
    let check = || clearpool(&["check", file.to_str().expect("a plain path")], &[]);
    for (content, told) in [
        (None, format!("error: cannot read the endpoints from {}: No such file", hosts.display())),
        (Some("a:1 heavy"), format!("error: {}:1: `heavy` is no weight", hosts.display())),
        (Some("a:1\nb"), "error: the source gives a set that is refused: endpoints.1.address: ".to_owned()),
        (
            Some("a:1 0\nb:1 0"),
            "error: the source gives a set that is refused: endpoints: every weight is 0".to_owned(),
        ),
    ] {
        if let Some(content) = content {
            std::fs::write(&hosts, content).expect("written");
        }
        let output = check();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{content:?}: {error}");
        assert!(error.starts_with(&told) && error.contains("pool.toml:3:13"), "{content:?}: {error}");
    }
    std::fs::write(&hosts, "a:1\nb:1 5").expect("written");
    let output = check();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert!(text(&output.stdout).contains("endpoints by file"));
}

#[test]
fn explain_names_every_origin() {
    let variable = [("CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN", "64")];
    let output = clearpool(&["explain", "examples/pool.toml"], &variable);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    let line = |start: &str| {
        printed.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {printed}"))
    };
    assert!(line("limits.max_open = 64 ").ends_with("# CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN"));
    assert!(line("wait.timeout = \"2s\" ").ends_with("# examples/pool.toml:8"));
    assert!(line("dial.timeout = \"5s\" ").ends_with("# default"));
}

#[test]
fn every_policy_that_comes_along_declares_its_reasons() {
    let all = text(&clearpool(&["list"], &[]).stdout);
    let policies = all.split("connector:").next().unwrap_or_default();
    let kinds: Vec<&str> = policies.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(kinds.len() >= 10, "{kinds:?}");
    for kind in kinds {
        let told = text(&clearpool(&["list", kind], &[]).stdout);
        assert!(told.contains("reasons, as metrics and spans have them: "), "{kind} declares none:\n{told}");
    }
}

#[test]
fn list_has_every_role_and_tells_of_one_kind() {
    let all = text(&clearpool(&["list"], &[]).stdout);
    for word in
        ["acquire:", "release:", "evict:", "balance:", "connector:", "discovery:", "  lifo ", "  tcp ", "  file "]
    {
        assert!(all.contains(word), "{word} is not in\n{all}");
    }
    let one = text(&clearpool(&["list", "ttl"], &[]).stdout);
    assert!(one.contains("max_age") && one.contains("pool-evict-ttl") && one.contains("[[pools.NAME.evict]]"), "{one}");
    let example = text(&clearpool(&["list", "ttl", "--example"], &[]).stdout);
    assert!(example.starts_with("[[pools.NAME.evict]]\nkind = \"ttl\"\n"), "{example}");

    let line = all.lines().find(|line| line.starts_with("  ttl ")).expect("ttl is listed");
    let version = env!("CARGO_PKG_VERSION");
    assert!(line.contains("stable") && line.contains(&format!("pool-evict-ttl {version}")), "{line}");

    let unknown = clearpool(&["list", "ttll"], &[]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("did you mean `ttl`?"));
}

/// The kinds that `clearpool list` shows, each once.
fn kinds() -> std::collections::BTreeSet<String> {
    let all = text(&clearpool(&["list"], &[]).stdout);
    let (plugins, _) = all.split_once("\npreset: ").expect("presets come last");
    let lines = plugins.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn the_example_of_each_kind_is_a_file_that_can_be_loaded() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("example.toml");
    let kinds = kinds();
    assert!(kinds.len() > 25, "{kinds:?}");
    for kind in kinds {
        let printed = clearpool(&["example", &kind], &[]);
        assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
        let example = text(&printed.stdout);
        std::fs::write(&file, &example).expect("a file");
        let loaded = clearpool(&["explain", file.to_str().expect("a path in plain letters")], &[]);
        assert_eq!(loaded.status.code(), Some(0), "{kind}:\n{example}\n{}", text(&loaded.stderr));
    }
    let unknown = clearpool(&["example", "ttll"], &[]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("did you mean `ttl`?"));
}

#[test]
fn the_reference_of_each_role_is_as_committed() {
    for role in ["acquire", "release", "evict", "balance", "health", "queue", "connector", "discovery"] {
        let path = format!("{}/docs/reference/{role}.md", env!("CARGO_MANIFEST_DIR"));
        let page = text(&clearpool(&["reference", role], &[]).stdout);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &page).expect("docs/reference is there");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == page, "docs/reference/{role}.md is stale: `UPDATE=1 cargo test --test command_line`");
    }
}

#[test]
fn presets_are_listed_and_printed_as_they_are() {
    let listed = text(&clearpool(&["list"], &[]).stdout);
    let (_, presets) = listed.split_once("\npreset: ").expect("a section of presets");
    let alone = text(&clearpool(&["preset"], &[]).stdout);
    for preset in clearpool::presets::all() {
        let line = format!("  {}  ", preset.name());
        for listed in [presets, &alone] {
            let line = listed.lines().find(|listed| listed.starts_with(&line));
            assert!(line.is_some_and(|line| line.ends_with(preset.summary())), "{}: {listed}", preset.name());
        }
        let printed = clearpool(&["preset", preset.name()], &[]);
        assert_eq!((printed.status.code(), text(&printed.stdout).as_str()), (Some(0), preset.toml()));
    }
    let unknown = clearpool(&["preset", "go-redis"], &[]);
    assert_eq!(unknown.status.code(), Some(1));
    let told = text(&unknown.stderr);
    assert!(told.contains("did you mean `go-redis-v7` or `go-redis-v9`?") && told.contains("net-http"), "{told}");
    let as_plugin = clearpool(&["list", "redigo"], &[]);
    assert!(text(&as_plugin.stderr).contains("it is a preset: `clearpool preset redigo` prints it"));
}

#[test]
fn explain_names_the_preset_of_each_of_its_values() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("pool.toml");
    let pool = "[pools.p]\npreset = \"redigo\"\nlimits = { max_idle = 3 }\n";
    std::fs::write(&file, format!("{pool}connector = {{ kind = \"tcp\" }}\nendpoints = [\"127.0.0.1:7001\"]\n"))
        .expect("a writable directory");
    let variable = [("CLEARPOOL_POOLS__P__WAIT__EXHAUSTED", "wait")];
    let printed = text(&clearpool(&["explain", file.to_str().expect("a name")], &variable).stdout);
    for (start, origin) in [
        ("preset = \"redigo\"", "pool.toml:2"),
        ("limits.max_idle = 3", "pool.toml:3"),
        ("limits.victim = \"oldest\"", "# preset redigo"),
        ("wait.exhausted = \"wait\"", "CLEARPOOL_POOLS__P__WAIT__EXHAUSTED"),
        ("wait.order = \"fifo\"", "# default"),
        ("when = [\"sweep\"]", "# preset redigo"),
    ] {
        let line = printed.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {printed}"));
        // In which line of the preset, may change.
        let line =
            line.rsplit_once(':').filter(|(line, _)| line.ends_with("preset redigo")).map_or(line, |(line, _)| line);
        assert!(line.ends_with(origin), "{line}");
    }
}

#[test]
fn schema_is_json() {
    let output = clearpool(&["schema"], &[]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
}

#[test]
fn a_wrong_command_is_told_apart_from_a_wrong_file() {
    assert_eq!(clearpool(&["chekc", "examples/pool.toml"], &[]).status.code(), Some(2));
    assert_eq!(clearpool(&["check"], &[]).status.code(), Some(2));
    assert_eq!(clearpool(&["--version"], &[]).status.code(), Some(0));
}

#[cfg(feature = "yaml")]
#[test]
fn trace_prints_what_happens_and_exits_with_one_if_a_case_fails() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("case.yaml");
    let path = file.to_str().expect("a plain path");
    let cases = "name: good\nsteps: [{ acquire: A, dials: 1, grants: { A: 1 } }]\n---\n\
                 name: bad\nsteps: [{ acquire: A, dials: 2, grants: { A: 1 } }]\n";
    std::fs::write(&file, cases).expect("written");
    let output = clearpool(&["trace", path], &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.starts_with("good\n") && told.contains("= used #1 by A\n"), "{told}");
    assert!(told.contains(&format!("failed: {path}:5: step 1, acquire A\n  dials  expected 2\n")), "{told}");
    assert!(told.ends_with("\n2 cases: 1 passed, 1 failed\n"), "{told}");

    let quiet = text(&clearpool(&["trace", "--quiet", directory.path().to_str().expect("a plain path")], &[]).stdout);
    assert!(quiet.starts_with("ok      good\nFAILED  bad\n") && !quiet.contains("= used"), "{quiet}");

    std::fs::write(&file, "name: good\nsteps: [{ acquire: A, dials: 1, grants: { A: 1 } }]\n").expect("written");
    let output = clearpool(&["trace", path], &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).ends_with("\n1 case: 1 passed, 0 failed\n"));

    std::fs::write(&file, "name: good\nsteps: [{ acqire: A }]\n").expect("written");
    let output = clearpool(&["trace", path], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: unknown key `acqire`\n"), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "0 cases: 0 passed, 0 failed; 1 file has mistakes\n");
    assert_eq!(clearpool(&["trace", "tests/nowhere.yaml"], &[]).status.code(), Some(1));
}
