//! Signals to a server and to all whom it has started.

use std::fs;
use std::process::{Command, Stdio};

/// Sends a signal, by its short name, to a process and to all below it. Best effort: one that has just ended is no
/// mistake.
pub(crate) fn signal_tree(name: &str, root: u32) {
    let ids: Vec<String> = tree(root).iter().map(u32::to_string).collect();
    let _ = Command::new("kill").args(["-s", name]).args(ids).stderr(Stdio::null()).status();
}

/// Whether a process and all below it have taken a signal to stop, or are gone.
pub(crate) fn has_stopped(root: u32) -> bool {
    tree(root).iter().all(|id| state(*id).is_none_or(|state| matches!(state, 'T' | 't' | 'Z' | 'X')))
}

/// The third field of `stat`.
fn state(id: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// All below a process, parents first.
pub(crate) fn below(root: u32) -> Vec<u32> {
    tree(root).split_off(1)
}

/// A process and all below it, parents first.
fn tree(root: u32) -> Vec<u32> {
    let parents = parents();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, its)| *its == parent).map(|(id, _)| id));
        next += 1;
    }
    found
}

/// Each process with its parent, as Linux tells it.
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(|id: u32| Some((id, parent(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?))).collect()
}

/// The fourth field of `stat`; the second, a name in parentheses, may have spaces.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_below_its_parent() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("a process");
        assert!(tree(std::process::id()).contains(&child.id()));
        assert_eq!(tree(child.id()), [child.id()]);
        signal_tree("STOP", child.id());
        while !has_stopped(child.id()) {
            std::thread::yield_now();
        }
        signal_tree("KILL", child.id());
        assert!(!child.wait().expect("a child").success());
        assert_eq!(parent("7 (a) b (c) S 3 1"), Some(3));
    }
}
