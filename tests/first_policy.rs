//! The guide to a first policy says what is so: each piece of its code is part of a crate that is compiled and tested,
//! and the commands that it gives exist.

use std::path::Path;

const GUIDE: &str = include_str!("../docs/guides/first-policy.md");

fn blocks(language: &str) -> Vec<&'static str> {
    GUIDE.split(&format!("```{language}\n")).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn each_piece_of_code_is_from_the_example() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = ["src/options.rs", "src/policy.rs", "tests/conformance.rs"].map(|file| format!("custom-policy/{file}"));
    let files = files.into_iter().chain(["custom-binary/src/main.rs".to_owned()]);
    let code: String =
        files.map(|file| std::fs::read_to_string(examples.join(file)).expect("a file of the example")).collect();
    let pieces = blocks("rust");
    assert!(pieces.len() >= 8, "{pieces:?}");
    for piece in pieces {
        assert!(code.contains(piece), "this is not in examples/custom-policy or custom-binary:\n{piece}");
    }
}

#[test]
fn its_commands_exist() {
    let commands = blocks("sh").concat();
    for (words, file) in [
        ("cargo run -- new-policy", "src/cli/new_policy.rs"),
        ("-p custom-binary", "examples/custom-binary/Cargo.toml"),
    ] {
        assert!(commands.contains(words), "{words}");
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).is_file(), "{file}");
    }
    let how_long = GUIDE.split("## How long it takes").nth(1).expect("the minutes are written down");
    assert!(how_long.contains("| "), "in a table: {how_long}");
}
