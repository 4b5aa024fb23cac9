//! Every case below `tests/traces` passes; what is not so is found; what makes no sense is told.

#![cfg(feature = "yaml")]

use std::fs;
use std::path::{Path, PathBuf};

use clearpool::App;
use clearpool::core::{AcquirePolicy, Cx, Decision, EntryId, Factory, IdleView, OptionError, Plugin, Reason};
use clearpool::trace;
use serde_json::Value;

fn below(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)
}

#[test]
fn every_case_passes() {
    let cases = trace::check(below("tests/traces"), &App::new()).unwrap_or_else(|failed| panic!("{failed}"));
    assert!(cases >= 150, "only {cases} cases");
}

/// What each key of a preset does is held beside the presets.
#[test]
fn every_preset_has_cases_of_its_own() {
    let app = App::new();
    for preset in clearpool::presets::all() {
        let directory = below("tests/traces").join(preset.name());
        let files = trace::files(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let cases: usize = files.iter().map(|file| trace::read(file, &app).map_or(0, |cases| cases.len())).sum();
        assert!(cases >= 10, "{}: only {cases} cases", preset.name());
        for file in files.iter().filter(|_| preset.name() != "default") {
            let text = fs::read_to_string(file).expect("a readable file");
            let (all, own) = (text.matches("\nsteps:").count(), format!("\npreset: {}\n", preset.name()));
            assert_eq!(text.matches(&own).count(), all, "{}: cases of another preset", file.display());
        }
    }
}

/// Each file in `tests/bad_traces` gives exactly the messages beside it in `.txt`.
///
/// After a change of the messages: `UPDATE=1 cargo test --test traces`, and read the difference.
#[test]
fn bad_cases_give_the_expected_messages() {
    let update = std::env::var_os("UPDATE").is_some();
    let files = trace::files(below("tests/bad_traces")).expect("the directory");
    assert!(files.len() >= 20, "only {} bad files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let (expected, told) = (file.with_extension("txt"), told(&file));
        if update {
            fs::write(&expected, &told).expect("a writable directory");
        } else if fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 cargo test --test traces, then read the difference\n\n{}", wrong.join("\n"));
}

/// What is told of a file: its mistakes, or why its cases fail.
fn told(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    let text = fs::read_to_string(file).expect("a readable file");
    let app = App::new();
    let cases = match trace::read_text(name, &text, &app) {
        Err(mistakes) => return format!("{mistakes}\n"),
        Ok(cases) => cases,
    };
    let failures = cases.iter().map(|case| case.run(&app).failure().map(|failure| format!("{failure}\n")));
    failures.map(|failure| failure.unwrap_or_else(|| panic!("nothing is wrong with {name}"))).collect()
}

/// Why the only case of a text fails, if it does.
fn failure(text: &str) -> Option<trace::Failure> {
    let app = App::new();
    let cases = trace::read_text("case.yaml", text, &app).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(cases.len(), 1);
    cases[0].run(&app).failure().cloned()
}

/// The second step of a pool of two, `grants` and all.
fn second_step(step: &str) -> String {
    let first = "{ acquire: [A, B, C, D], dials: 2, grants: { A: 1, B: 2 } }";
    format!("name: two for four\npool: {{ limits: {{ max_open: 2, max_idle: 1 }} }}\nsteps:\n  - {first}\n  - {step}\n")
}

#[test]
fn every_kind_of_effect_is_compared_exactly() {
    assert_eq!(failure(&second_step("{ release: [A, B], grants: { C: 1, D: 2 } }")), None);
    for (step, found) in [
        ("{ release: [A, B], grants: { D: 2, C: 1 } }", "grants  expected { D: 2, C: 1 }"),
        ("{ release: [A, B], grants: { C: 1 } }", "grants  expected { C: 1 }"),
        ("{ release: [A, B] }", "grants  expected nothing"),
        ("{ release: A, grants: { C: 2 } }", "grants  expected { C: 2 }"),
        ("{ release: A, grants: { C: 1 }, dials: 1 }", "dials  expected 1"),
        ("{ release: A, grants: { C: 1 }, dial_failures: 1 }", "dial_failures  expected 1"),
        ("{ release: A, grants: { C: 1 }, closes: [2] }", "closes  expected { 2: any }"),
        ("{ shut: true, refuses: { D: closed, C: closed } }", "refuses  expected { D: closed, C: closed }"),
        ("{ shut: true, refuses: { C: closed, D: timeout } }", "refuses  expected { C: closed, D: timeout }"),
        ("{ release: A, grants: { C: 1 }, snapshot: { idle: 1 } }", "snapshot.idle  expected 1"),
        ("{ release: A, grants: { C: 1 }, stats: { of: clearpool, acquired: 2 } }", "stats.acquired  expected 2"),
        (
            "{ release: A, as: broken, closes: { 1: max-idle }, dials: 1, grants: { C: 3 } }",
            "closes  expected { 1: max-idle }",
        ),
    ] {
        let failure = failure(&second_step(step)).unwrap_or_else(|| panic!("nothing is wrong with {step}"));
        assert_eq!((failure.line, failure.step), (5, 2), "{step}");
        assert!(failure.lines[0] == found, "{step}: {:?}", failure.lines);
    }
}

/// Six callers on a pool of two, in a crowd.
fn crowd(step: &str) -> String {
    let pool =
        "name: a crowd\npool: { limits: { max_open: 2, max_idle: 1 } }\nnetwork: { a: { dial: 10ms } }\nsteps:\n";
    format!("{pool}  - {{ acquire: A*6, hold: 2ms, dials: 2 }}\n  - {step}\n")
}

#[test]
fn a_crowd_gives_back_by_itself_and_is_compared_by_numbers() {
    let all = "advance: 1s, closes: { max-idle: 1 }";
    for good in [
        "grants: 6".to_owned(),
        "served: {}".to_owned(),
        "served: { all_within: 16ms, at_least: 16ms }".to_owned(),
        "served: { at_least: 12ms }, dials: { at_most: 0 }, dial_failures: { at_most: 3 }".to_owned(),
        "grants: { A1: 1, A2: 2, A3: 1, A4: 2, A5: 1, A6: 2 }, served: { all_within: 20ms }".to_owned(),
    ] {
        assert_eq!(failure(&crowd(&format!("{{ {all}, {good} }}"))), None, "{good}");
    }
    for (step, found) in [
        ("advance: 1s, closes: { max-idle: 1 }", ["grants  expected nothing", "{ A1: 1, A2: 2, A3: 1"]),
        ("advance: 1s, closes: [1], grants: 5", ["grants  expected 5", "happened 6"]),
        ("advance: 1s, closes: [1], grants: 6, dials: { at_least: 1 }", ["dials  expected at least 1", "happened 0"]),
        ("advance: 1s, closes: { max-idle: 2 }, served: {}", ["closes  expected { max-idle: 2 }", "{ max-idle: 1 }"]),
        (
            "advance: 1s, closes: { broken: { at_most: 2 } }, served: {}",
            ["closes  expected { broken: at most 2 }", "{ broken: 0, max-idle: 1 }"],
        ),
        (
            "advance: 1s, closes: [1], served: { all_within: 15ms }",
            ["served  expected all within 15ms", "6 of 6, the slowest in 16ms"],
        ),
        (
            "advance: 1s, closes: [1], served: { at_least: 17ms }",
            ["served  expected all, the slowest in at least 17ms", "6 of 6, the slowest in 16ms"],
        ),
        ("advance: 15ms, served: {}", ["served  expected all", "4 of 6, the slowest in 14ms"]),
        (
            "advance: 1s, closes: [1], grants: { A1: 2 }, served: {}",
            ["grants  expected { A1: 2 }", "{ A1: 1, A2: 2, A3: 1"],
        ),
    ] {
        let failure =
            failure(&crowd(&format!("{{ {step} }}"))).unwrap_or_else(|| panic!("nothing is wrong with {step}"));
        let [expected, happened] = [&failure.lines[0], &failure.lines[1]];
        assert!(expected == found[0] && happened.contains(found[1]), "{step}: {:?}", failure.lines);
    }
}

#[test]
fn every_preset_has_its_spike() {
    let app = App::new();
    for preset in clearpool::presets::all() {
        let file = below("tests/traces/spike").join(format!("{}.yaml", preset.name()));
        let cases = trace::read(&file, &app).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        for case in &cases {
            assert_eq!(case.pool().preset.as_deref(), Some(preset.name()), "{}", case.file());
        }
        let text = fs::read_to_string(&file).expect("it was read");
        let count = |part: &str| text.matches(part).count();
        let [crowds, served] = [count("acquire: A*50, hold: 2ms"), count("served: { all_within: ")];
        assert_eq!([crowds, served], [cases.len(); 2], "{}", file.display());
    }
}

#[test]
fn where_chance_decides_any_of_those_named_will_do() {
    for names in ["C|D", "D|C", "A | C"] {
        assert_eq!(failure(&second_step(&format!("{{ release: A, grants: {{ \"{names}\": 1 }} }}"))), None);
    }
    assert!(failure(&second_step("{ release: A, grants: { \"B|D\": 1 } }")).is_some());
    let twice = "{ release: [A, B], grants: [{ \"C|D\": 1 }, { \"C|D\": 2 }] }";
    assert_eq!(failure(&second_step(twice)), None, "a list, where a table would have a key twice");
}

#[test]
fn the_timeline_ends_where_the_case_fails() {
    let text = second_step("{ release: A, grants: { D: 1 } }") + "  - { release: B }\n";
    let app = App::new();
    let cases = trace::read_text("case.yaml", &text, &app).expect("a good file");
    let told = cases[0].run(&app).to_string();
    let (timeline, failed) = told.split_once("\nfailed: ").expect("it fails");
    assert!(timeline.contains("   2  release A\n") && !timeline.contains("   3  "), "{told}");
    let expected = "case.yaml:5: step 2, release A\n  grants  expected { D: 1 }\n          happened { C: 1 }\n";
    assert_eq!(failed, expected);
}

#[test]
fn the_seed_decides_what_chance_decides() {
    let run = |seed: u64| {
        let evict = "[{ kind: ttl, max_age: 100s, jitter: 1.0 }]";
        let steps = "[{ warm: 4, dials: 4 }, { advance: 100s }]";
        let text = format!("name: chance\nseed: {seed}\npool: {{ evict: {evict} }}\nsteps: {steps}\n");
        failure(&text).expect("all go").lines
    };
    assert_eq!(run(1), run(1));
    assert!((2..6).any(|seed| run(seed) != run(1)));
}

/// A policy that is not ours.
#[derive(Debug)]
struct Second;

impl AcquirePolicy for Second {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let second = idle.newest_first().nth(1).or_else(|| idle.newest());
        Decision { choice: second.map(|conn| conn.id()), reason: Reason::new("second") }
    }
}

impl Factory<dyn AcquirePolicy> for Second {
    const KIND: &'static str = "second";
    const SUMMARY: &'static str = "Not ours";
    const EXAMPLE: &'static str = "kind = \"second\"\n";
    const CRATE: &'static str = "somebody-elses";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = serde_json::Map<String, Value>;

    fn build(_: Self::Options) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(Second))
    }
}

#[test]
fn the_policies_of_an_application_are_there() {
    let app = App::new().policy(Plugin::acquire::<Second>());
    let text = "name: the last but one\npool: { acquire: { kind: second } }\nsteps:\n  \
                - { warm: 3, dials: 3 }\n  - { acquire: [A, B], grants: { A: 2, B: 1 } }\n";
    let cases = trace::read_text("case.yaml", text, &app).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let run = cases[0].run(&app);
    assert_eq!(run.failure(), None, "{run}");
    assert!(run.to_string().contains("second (second)"), "its reason is told: {run}");
    assert!(trace::read_text("case.yaml", text, &App::new()).is_err(), "and only there");
}

#[test]
fn a_path_without_a_case_is_no_success() {
    let empty = tempfile::tempdir().expect("a directory");
    let failed = trace::check(empty.path(), &App::new()).expect_err("nothing was run");
    assert!(failed.to_string().contains("there is no case"), "{failed}");
    let failed = trace::check(empty.path().join("nowhere.yaml"), &App::new()).expect_err("nothing was run");
    assert!(failed.to_string().contains("the file cannot be read"), "{failed}");
}

/// The guide, and the fenced block of a language in it, from 0.
fn block(language: &str, at: usize) -> String {
    let guide = fs::read_to_string(below("docs/guides/traces.md")).expect("the guide");
    let fenced = guide.split(&format!("```{language}\n")).nth(at + 1).and_then(|rest| rest.split("```").next());
    fenced.unwrap_or_else(|| panic!("no block {at} of {language}")).to_owned()
}

/// After a change: `UPDATE=1 cargo test --test traces`, and read the difference.
#[test]
fn the_guide_shows_what_is_printed() {
    let app = App::new();
    let printed = |text: &str| {
        let cases = trace::read_text("spike.yaml", text, &app).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        cases[0].run(&app).to_string()
    };
    let (case, shown) = (block("yaml", 0), block("text", 0));
    let timeline = printed(&case);
    if std::env::var_os("UPDATE").is_some() && shown != timeline {
        let guide = fs::read_to_string(below("docs/guides/traces.md")).expect("the guide");
        fs::write(below("docs/guides/traces.md"), guide.replacen(&shown, &timeline, 1)).expect("a writable guide");
    } else {
        assert_eq!(shown, timeline, "UPDATE=1 cargo test --test traces");
    }
    let wrong = printed(&case.replace("grants: { B: 1 }", "grants: { B: 2 }"));
    assert!(wrong.ends_with(&format!("\n{}", block("text", 1))), "{wrong}");
}

/// The guide names every key, so that none is kept from those who read it.
#[test]
fn the_guide_names_every_key() {
    let guide = fs::read_to_string(below("docs/guides/traces.md")).expect("the guide");
    let mistakes = trace::read_text("case.yaml", "nmae: a\nsteps:\n  - { lok: {} }\n", &App::new()).expect_err("wrong");
    let notes = mistakes.diagnostics.iter().flat_map(|diagnostic| &diagnostic.notes);
    let keys: Vec<String> = notes.flat_map(|note| note.split('`').skip(1).step_by(2).map(str::to_owned)).collect();
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys {
        let is_named = guide.contains(&format!("`{key}`")) || guide.contains(&format!("`{key}: "));
        assert!(is_named, "the guide does not name `{key}`");
    }
}
