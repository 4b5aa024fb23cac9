//! Modules in the text format, made binary and written to a folder of the test's own.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder with modules in it.
pub(crate) struct Folder {
    dir: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder { dir: tempfile::tempdir().expect("a folder for modules") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a module given as text.
    pub(crate) fn module(&self, name: &str, text: &str) -> PathBuf {
        self.file(name, &wat::parse_str(text).expect("a module in the text format"))
    }

    /// Writes whatever it is.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file in a folder of ours");
        path
    }
}
