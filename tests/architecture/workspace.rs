//! The packages and sources of the workspace, as they lie on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

use crate::rooms::Room;

pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) dir: String,
    pub(crate) room: Option<Room>,
    pub(crate) manifest: toml::Table,
    /// Of every kind: name, and whether for tests only.
    pub(crate) dependencies: Vec<(String, bool)>,
    /// The root files of its libraries and programs.
    pub(crate) roots: Vec<PathBuf>,
}

impl Crate {
    pub(crate) fn is_in(&self, rooms: &[Room]) -> bool {
        self.room.is_some_and(|room| rooms.contains(&room))
    }

    pub(crate) fn path(&self) -> PathBuf {
        home().join(&self.dir)
    }
}

/// Every package of the workspace.
pub(crate) fn crates() -> Vec<Crate> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    metadata["packages"].as_array().expect("packages").iter().map(package).collect()
}

/// What is built for this system, tests included: every name and its versions.
pub(crate) fn built() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in cargo(&["tree", "--workspace", "--offline", "--edges", "normal,build,dev", "--prefix", "none"]).lines()
    {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next().and_then(|word| word.strip_prefix('v'))) {
            found.entry(name.to_owned()).or_default().insert(version.to_owned());
        }
    }
    found
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(home())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn package(package: &Value) -> Crate {
    let string = |value: &Value| value.as_str().expect("a string").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let manifest = PathBuf::from(string(&package["manifest_path"]));
    let dir = manifest.parent().and_then(|dir| dir.strip_prefix(home()).ok()).expect("inside the workspace");
    let dir = dir.to_str().expect("UTF-8").replace('\\', "/");
    let is_product = |target: &Value| {
        list(&target["kind"]).iter().any(|kind| matches!(kind.as_str(), Some("lib" | "bin" | "proc-macro")))
    };
    Crate {
        name: string(&package["name"]),
        room: Room::of(&dir),
        dir,
        manifest: read(&manifest).parse().expect("TOML"),
        dependencies: list(&package["dependencies"])
            .iter()
            .map(|dependency| (string(&dependency["name"]), dependency["kind"] == "dev"))
            .collect(),
        roots: list(&package["targets"])
            .iter()
            .filter(|target| is_product(target))
            .map(|target| PathBuf::from(string(&target["src_path"])))
            .collect(),
    }
}

/// Every source file.
pub(crate) fn sources() -> Vec<PathBuf> {
    files(".rs")
}

/// Every file of the tree whose name ends so, but for what is built, hidden or linked.
pub(crate) fn files(end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![home()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a directory") {
            let entry = entry.expect("an entry");
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().expect("a type");
            if kind.is_dir() && !name.starts_with('.') && name != "target" {
                open.push(path);
            } else if kind.is_file() && name.ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Where the workspace is.
pub(crate) fn home() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(home()).unwrap_or(path).display().to_string()
}
