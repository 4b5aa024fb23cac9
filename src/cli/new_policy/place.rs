//! Where a new policy goes: into Clearpool's workspace, or into a folder of its own.

use std::fs;
use std::path::{self, Path, PathBuf};

use pool_core::Role;

use super::Mistake;
use super::name::Name;

/// Where somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// In the workspace where there is one, else by itself.
    Either,
    Workspace,
    Standalone,
}

impl Wish {
    pub(super) fn from_flags(workspace: bool, standalone: bool) -> Wish {
        match (workspace, standalone) {
            (true, _) => Wish::Workspace,
            (_, true) => Wish::Standalone,
            _ => Wish::Either,
        }
    }
}

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Clearpool's own workspace, which begins here.
    Workspace { root: PathBuf },
    /// In this folder, which lies in somebody's workspace or in none.
    Standalone { parent: PathBuf, inside: Option<PathBuf> },
}

impl Place {
    /// The place for whoever stands in `near`.
    pub(super) fn find(near: &Path, wish: Wish) -> Result<Place, Mistake> {
        let near = path::absolute(near).map_err(|error| format!("{}: {error}", near.display()))?;
        let workspace = near.ancestors().find_map(workspace_at);
        match (workspace, wish) {
            (Some((root, true)), Wish::Either | Wish::Workspace) => Ok(Place::Workspace { root }),
            (_, Wish::Workspace) => Err(format!(
                "{} is not inside Clearpool's workspace\n  = give its folder with --path, or leave --workspace out for \
                 a crate of its own",
                near.display()
            )),
            (inside, _) => Ok(Place::Standalone { parent: near, inside: inside.map(|(root, _)| root) }),
        }
    }

    pub(super) fn is_workspace(&self) -> bool {
        matches!(self, Place::Workspace { .. })
    }

    /// The folder of the crate.
    pub(super) fn folder(&self, role: Role, name: &Name) -> PathBuf {
        match self {
            Place::Workspace { root } => root.join("policies").join(role.as_str()).join(name.kind()),
            Place::Standalone { parent, .. } => parent.join(name.package(role)),
        }
    }
}

/// The workspace that begins in this folder, if one does, and whether it is Clearpool's.
fn workspace_at(folder: &Path) -> Option<(PathBuf, bool)> {
    let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok()?;
    manifest.get("workspace")?;
    let name = manifest.get("package").and_then(|package| package.get("name"));
    let is_ours = name.and_then(toml::Value::as_str) == Some("clearpool");
    Some((folder.to_owned(), is_ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_inside_also_where_there_is_no_folder_yet() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for near in [root.to_owned(), root.join("src/cli"), root.join("policies/not/yet")] {
            assert_eq!(Place::find(&near, Wish::Either), Ok(Place::Workspace { root: root.to_owned() }));
        }
        let alone = Place::Standalone { parent: root.join("examples"), inside: Some(root.to_owned()) };
        assert_eq!(Place::find(&root.join("examples"), Wish::Standalone), Ok(alone));
    }

    #[test]
    fn elsewhere_a_crate_stands_alone_and_knows_in_whose_workspace() {
        let temp = tempfile::tempdir().expect("a folder");
        let near = temp.path().join("deep/down");
        let alone = |inside| Ok(Place::Standalone { parent: near.clone(), inside });
        assert_eq!(Place::find(&near, Wish::Either), alone(None));
        fs::write(temp.path().join("Cargo.toml"), "[workspace]\n").expect("written");
        assert_eq!(Place::find(&near, Wish::Either), alone(Some(temp.path().to_owned())));
        let mistake = Place::find(&near, Wish::Workspace).expect_err("not ours");
        assert!(mistake.contains("is not inside Clearpool's workspace"), "{mistake}");
    }
}
