//! The README says what is so: its configuration loads, its mistake gives its message.

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
    let commands = &blocks("sh")[0];
    assert!(commands.contains("cargo run -- demo"));
    assert!(commands.contains("cargo test --workspace"));
}
