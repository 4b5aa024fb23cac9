//! Every file in `tests/bad_files` gives exactly the messages beside it in `.txt`.
//!
//! A `.env` beside it holds the environment variables of the case. After a change of the messages:
//! `UPDATE=1 cargo test --test bad_files`, and read the difference as the one who gets it at three
//! in the morning.

use std::fs;
use std::path::{Path, PathBuf};

use clearpool::{App, Loader};

#[test]
fn bad_files_give_the_expected_messages() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 25, "only {} bad files", cases.len());
    for case in cases {
        let expected = case.with_extension("txt");
        let told = told(&case);
        if update {
            fs::write(&expected, &told).expect("a writable directory");
        } else if fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 cargo test --test bad_files, then read the difference\n\n{}", wrong.join("\n"));
}

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_files");
    let entries = fs::read_dir(directory).expect("the directory").map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<_> = entries.filter(|path| is_case(path)).collect();
    cases.sort();
    cases
}

fn is_case(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension == Some("toml") || (extension == Some("yaml") && cfg!(feature = "yaml"))
}

/// What is told of a case: the mistakes, or the warnings if it is taken all the same.
fn told(case: &Path) -> String {
    let name = case.file_name().and_then(|name| name.to_str()).expect("a name");
    let text = fs::read_to_string(case).expect("a readable file");
    let env = fs::read_to_string(case.with_extension("env")).unwrap_or_default();
    let variables = env.lines().filter_map(|line| line.split_once('='));
    match Loader::new(&App::new()).text(name, text).env(variables).load() {
        Err(error) => format!("{error}\n"),
        Ok(config) => {
            assert!(!config.warnings.is_empty(), "nothing is wrong with {name}");
            config.warnings.iter().map(|warning| format!("{warning}\n")).collect()
        }
    }
}
