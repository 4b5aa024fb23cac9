//! The files of a new policy: those of `templates/policy`, which `cargo generate` reads too.

use std::fs;
use std::path::{Path, PathBuf};

use pool_core::Role;

use super::Mistake;
use super::name::Name;

macro_rules! files {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../../templates/policy/", $path)))),*]
    };
}

/// The template: paths and texts. A role's own files lie in a folder of its name.
const FILES: &[(&str, &str)] = files! {
    ".github/workflows/ci.yml"
    ".gitignore"
    "benches/cost.rs"
    "acquire/README.md" "acquire/src/lib.rs" "acquire/src/options.rs" "acquire/src/policy.rs"
    "acquire/tests/conformance.rs"
    "balance/README.md" "balance/src/lib.rs" "balance/src/options.rs" "balance/src/policy.rs"
    "balance/tests/conformance.rs"
    "evict/README.md" "evict/src/lib.rs" "evict/src/options.rs" "evict/src/policy.rs"
    "evict/tests/conformance.rs"
    "health/README.md" "health/src/lib.rs" "health/src/options.rs" "health/src/policy.rs"
    "health/tests/conformance.rs"
    "manifest/standalone.toml"
    "manifest/workspace.toml"
    "queue/README.md" "queue/src/lib.rs" "queue/src/options.rs" "queue/src/policy.rs"
    "queue/tests/conformance.rs"
    "release/README.md" "release/src/lib.rs" "release/src/options.rs" "release/src/policy.rs"
    "release/tests/conformance.rs"
};

/// Where a crate of its own takes Clearpool from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Version(String),
    Git(String),
    Path(PathBuf),
}

impl Source {
    pub(super) fn this_version() -> Source {
        Source::Version(env!("CARGO_PKG_VERSION").to_owned())
    }

    /// A clone of Clearpool.
    pub(super) fn path(clone: &Path) -> Result<Source, Mistake> {
        let found = fs::canonicalize(clone).ok().filter(|clone| clone.join("pool-core/Cargo.toml").is_file());
        found.map(Source::Path).ok_or_else(|| {
            format!(
                "there is no Clearpool in {}: no pool-core/Cargo.toml\n  = give the folder of a clone",
                clone.display()
            )
        })
    }

    /// A dependency on one of its crates, as a manifest has it.
    fn dependency(&self, package: &str) -> String {
        // A string of JSON is one of TOML too.
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Source::Version(version) => text(version),
            Source::Git(url) => format!("{{ git = {} }}", text(url)),
            Source::Path(clone) => format!("{{ path = {} }}", text(&clone.join(package).to_string_lossy())),
        }
    }
}

/// The files of a policy: their paths from its folder, and their texts.
pub(super) fn render(role: Role, name: &Name, in_workspace: bool, source: &Source) -> Vec<(String, String)> {
    let values = [
        ("{{project-name}}", name.kind().to_owned()),
        ("{{project-name | pascal_case}}", name.type_name()),
        ("{{crate_name}}", name.snake_case()),
        ("{{role}}", role.as_str().to_owned()),
        ("{{pool_core}}", source.dependency("pool-core")),
        ("{{pool_testkit}}", source.dependency("pool-testkit")),
    ];
    let filled = |text: &str| values.iter().fold(text.to_owned(), |text, (key, value)| text.replace(key, value));
    FILES.iter().filter_map(|(path, text)| Some((place(path, role, in_workspace)?.to_owned(), filled(text)))).collect()
}

/// Where a file of the template goes, if it is one of this role and place.
fn place(path: &str, role: Role, in_workspace: bool) -> Option<&str> {
    let (folder, rest) = path.split_once('/').unwrap_or((path, path));
    match (folder, rest) {
        ("manifest", "workspace.toml") => in_workspace.then_some("Cargo.toml"),
        ("manifest", _) => (!in_workspace).then_some("Cargo.toml"),
        (".github" | ".gitignore", _) => (!in_workspace).then_some(path),
        ("benches", _) => Some(path),
        _ => (folder == role.as_str()).then_some(rest),
    }
}

/// Whether the code of this role's policy uses a name.
pub(super) fn uses_word(role: Role, word: &str) -> bool {
    let sources = FILES.iter().filter(|(path, _)| path.ends_with(".rs") && place(path, role, true).is_some());
    let code = sources.flat_map(|(_, text)| text.lines()).filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rendered(role: Role, in_workspace: bool) -> Vec<(String, String)> {
        let name = Name::of("some-kind", role).expect("a good name");
        render(role, &name, in_workspace, &Source::this_version())
    }

    #[test]
    fn a_policy_has_the_same_files_whatever_its_role() {
        let own = [
            "Cargo.toml",
            "README.md",
            "benches/cost.rs",
            "src/lib.rs",
            "src/options.rs",
            "src/policy.rs",
            "tests/conformance.rs",
        ];
        for role in Role::ALL {
            let paths = |in_workspace| -> BTreeSet<String> {
                rendered(role, in_workspace).into_iter().map(|(path, _)| path).collect()
            };
            assert_eq!(paths(true), own.map(str::to_owned).into());
            let more: Vec<String> = paths(false).difference(&paths(true)).cloned().collect();
            assert_eq!(more, [".github/workflows/ci.yml", ".gitignore"]);
        }
    }

    #[test]
    fn nothing_is_left_to_be_filled_in() {
        for role in Role::ALL {
            for (path, text) in [rendered(role, true), rendered(role, false)].concat() {
                assert!(!text.contains("{{") && !text.contains("{%"), "{path} of {}", role.as_str());
            }
        }
    }

    #[test]
    fn a_path_is_written_so_that_toml_reads_it_again() {
        let source = Source::Path(PathBuf::from("/it's a \"place\"\\"));
        let line: toml::Table = format!("it = {}", source.dependency("pool-core")).parse().expect("TOML");
        assert_eq!(line["it"]["path"].as_str(), Path::new("/it's a \"place\"\\").join("pool-core").to_str());
    }

    #[test]
    fn where_there_is_no_clearpool_is_told() {
        let mistake = Source::path(Path::new("/nowhere")).expect_err("nothing there");
        assert!(mistake.starts_with("there is no Clearpool in /nowhere"), "{mistake}");
    }
}
