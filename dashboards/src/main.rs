//! Writes the dashboards and rules: `cargo run -p clearpool-dashboards [-- --runbooks URL]`.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use clearpool_dashboards::{artefacts, rules};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let runbooks = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => rules::RUNBOOKS,
        ["--runbooks", url] => url,
        _ => {
            eprintln!(
                "usage: clearpool-dashboards [--runbooks URL]\n  URL stands before the names of the runbook pages"
            );
            return ExitCode::from(2);
        }
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    for artefact in artefacts(runbooks) {
        let path = home.join(&artefact.path);
        if let Err(error) = fs::write(&path, artefact.text) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
        println!("{}", path.display());
    }
    ExitCode::SUCCESS
}
