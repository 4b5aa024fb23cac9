//! Where policies are made in tests: folders outside of this repository, and the commands that are run there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clearpool::core::Role;

/// The name of each policy that tests make.
pub(crate) const KIND: &str = "made-up";

/// This repository.
pub(crate) fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder outside of this repository.
pub(crate) fn outside() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(!folder.path().starts_with(home()), "{} is inside of the repository", folder.path().display());
    folder
}

/// Runs `clearpool new-policy`.
pub(crate) fn new_policy<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearpool"));
    command.arg("new-policy").args(arguments).output().expect("the binary runs")
}

/// The same, where it must go well: what it says.
pub(crate) fn made<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let output = new_policy(arguments);
    let (said, mistake) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && mistake.is_empty(), "{said}\n{mistake}");
    said
}

/// A policy of this role as a crate of its own, which depends on this repository: its folder.
pub(crate) fn standalone(role: Role, kind: &str, parent: &Path) -> PathBuf {
    let at = [OsStr::new("--path"), parent.as_os_str(), OsStr::new("--clearpool-path"), home().as_os_str()];
    made([kind, "--role", role.as_str()].map(OsStr::new).into_iter().chain(at));
    parent.join(format!("pool-{}-{kind}", role.as_str()))
}

/// A policy of this role inside of a workspace that says it is Clearpool's: its folder.
pub(crate) fn in_workspace(role: Role, kind: &str, root: &Path) -> PathBuf {
    made([kind, "--role", role.as_str(), "--path"].map(OsStr::new).into_iter().chain([root.as_os_str()]));
    root.join("policies").join(role.as_str()).join(kind)
}

/// A workspace as Clearpool's is for its policies: the same versions, lints and form; but no policy, and no code.
pub(crate) fn workspace_like_ours(root: &Path) {
    let ours = fs::read_to_string(home().join("Cargo.toml")).expect("our manifest");
    let (_, shared) = ours.split_once("[workspace.package]").expect("what the members share");
    let (shared, _) = shared.split_once("[profile").expect("profiles come last");
    let shared = shared.replace("path = \"", &format!("path = \"{}/", home().display()));
    let manifest = format!(
        "[package]\nname = \"clearpool\"\nedition = \"2024\"\n\n[workspace]\nresolver = \"3\"\n\
         members = [\"policies/*/*\"]\n\n[workspace.package]{shared}"
    );
    fs::write(root.join("Cargo.toml"), manifest).expect("written");
    fs::create_dir(root.join("src")).expect("a folder");
    fs::write(root.join("src/lib.rs"), "").expect("written");
    for file in ["Cargo.lock", "rustfmt.toml", "clippy.toml"] {
        fs::copy(home().join(file), root.join(file)).expect("copied");
    }
}

/// What policies are built into: one folder inside of our own target directory, so that what they stand on is built
/// once. What is built of themselves is of no use to the next run, which makes them elsewhere, and is removed at the end.
pub(crate) struct Builds {
    folder: PathBuf,
    /// `cargo clean` goes by the names of targets, and every policy has a test `conformance`: so one at a time, whether
    /// in this process or in another.
    _alone: File,
}

impl Builds {
    /// Waits until nobody else builds.
    pub(crate) fn begin() -> Builds {
        let ours = Path::new(env!("CARGO_BIN_EXE_clearpool")).ancestors().nth(2).expect("target/debug/clearpool");
        let folder = ours.join("new-policy");
        fs::create_dir_all(&folder).expect("a folder");
        let alone = File::create(folder.join("alone")).expect("a file to be locked");
        alone.lock().expect("a lock");
        Builds { folder, _alone: alone }
    }

    /// Runs cargo in this folder, without the network; it must go well. What it says.
    #[track_caller]
    pub(crate) fn cargo<'a>(&self, folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let arguments: Vec<&str> = arguments.into_iter().collect();
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(&arguments)
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", &self.folder)
            .env("CARGO_NET_OFFLINE", "true")
            .output()
            .expect("cargo runs");
        let said = format!("{}\n{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "cargo {}:\n{said}", arguments.join(" "));
        said
    }
}

/// The files below a folder: paths from there, and texts.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let short = path.strip_prefix(folder).expect("inside").to_str().expect("UTF-8").replace('\\', "/");
            found.insert(short, fs::read_to_string(&path).expect("UTF-8"));
        }
    }
    found
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

pub(crate) fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
