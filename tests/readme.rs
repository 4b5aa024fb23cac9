//! The README says what is so: its configuration loads, its mistake gives its message.

use std::process::Command;

use clearpool::{App, Loader};

const README: &str = include_str!("../README.md");

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_first_configuration_has_twelve_lines_and_loads() {
    let toml = &blocks("toml")[0];
    assert_eq!(toml.lines().count(), 12, "twelve lines are promised");
    assert_eq!(toml, include_str!("../examples/pool.toml"), "examples/pool.toml is the same file");
    let config = Loader::new(&App::new()).text("pool.toml", toml.as_str()).load().expect("a good file");
    assert_eq!(config.pools["orders"].options.limits.max_open, 32);
}

#[test]
fn the_mistakes_give_the_message_that_is_shown() {
    let toml = &blocks("toml")[1];
    let error = Loader::new(&App::new()).text("pool.toml", toml.as_str()).load().expect_err("three mistakes");
    assert_eq!(error.to_string().trim(), blocks("text")[0].trim());
}

#[test]
fn the_commands_exist() {
    let commands: Vec<String> = named_commands(README);
    assert!(commands.iter().any(|command| command == "demo"), "{commands:?}");
    assert!(commands.len() >= 5, "the README names the commands: {commands:?}");
    let help = Command::new(env!("CARGO_BIN_EXE_clearpool")).arg("--help").output().expect("the binary runs");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    for command in commands {
        let is_there = help.lines().any(|line| line.split_whitespace().next() == Some(&command));
        assert!(is_there, "the README names `clearpool {command}`, which the command line does not have:\n{help}");
    }
}

/// The subcommands of `cargo run -- X` and `clearpool X` in fenced shell and in code spans.
fn named_commands(text: &str) -> Vec<String> {
    let fenced = text.split("```").skip(1).step_by(2).filter(|block| block.starts_with("sh\n"));
    let lines = fenced.flat_map(|block| block.lines().skip(1).map(str::to_owned));
    let prose: String = text.split("```").step_by(2).collect();
    let spans: Vec<String> = prose.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")).collect();
    let mut found: Vec<String> = Vec::new();
    for command in lines.chain(spans.iter().cloned()) {
        let rest = ["cargo run -- ", "clearpool "].iter().find_map(|start| command.trim().strip_prefix(start));
        found.extend(rest.and_then(|rest| rest.split_whitespace().next()).map(str::to_owned));
    }
    // `explain FILE`, `list`, `schema`: the sentence that begins with `clearpool check FILE`.
    if let Some(at) = prose.find("`clearpool check FILE`") {
        let sentence = prose[at..].split(". ").next().unwrap_or_default();
        let spans = sentence.split('`').skip(1).step_by(2).filter(|span| !span.starts_with("clearpool "));
        found.extend(spans.filter_map(|span| span.split_whitespace().next()).map(str::to_owned));
    }
    found
}
