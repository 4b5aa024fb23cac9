//! Which files hold cases.

use std::io;
use std::path::{Path, PathBuf};

/// The file itself, or all files `*.yaml` and `*.yml` below a directory, in the order of their names.
///
/// # Errors
/// If there is neither file nor directory of this name, or it cannot be read.
pub fn files(path: impl AsRef<Path>) -> io::Result<Vec<PathBuf>> {
    let path = path.as_ref();
    if !path.is_dir() {
        // That it is not there is told by whoever reads it.
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
