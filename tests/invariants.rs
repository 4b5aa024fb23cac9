//! ARCHITECTURE.md names a test for each invariant: they exist.

use std::path::Path;

const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");

/// What stands between backticks in a line, in order.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let section = ARCHITECTURE.split("## Invariants").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows =
        section.expect("the section is there").lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let (mut file, mut checked) = (String::new(), 0);
    for row in rows {
        let held_by = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let mut tests = 0;
        for word in quoted(held_by) {
            if word.ends_with(".rs") {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(word);
                file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{word}: {error}"));
            } else {
                assert!(
                    file.contains(&format!("fn {word}(")),
                    "ARCHITECTURE.md names the test `{word}`: there is none"
                );
                tests += 1;
            }
        }
        assert!(tests > 0 || held_by.contains("the same"), "no test is named: {row}");
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} invariants were found");
}
