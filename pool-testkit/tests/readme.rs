//! The README lists every law and every promise, as they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use pool_core::Role;
use pool_testkit::laws_of;

const BEGIN: &str = "<!-- begin: written by tests/readme.rs -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_tables_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("there is a README");
    let (before, rest) = readme.split_once(BEGIN).expect("the tables have a beginning");
    let (_, after) = rest.split_once(END).expect("and an end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", tables());
    if env::var_os("CLEARPOOL_WRITE").is_some() {
        fs::write(&path, &wanted).expect("it can be written");
        return;
    }
    assert!(readme == wanted, "CLEARPOOL_WRITE=1 cargo test -p pool-testkit --test readme writes it anew");
}

fn tables() -> String {
    format!("{}\n{}", laws(), promises())
}

/// A row for each law, with the roles that have it.
fn laws() -> String {
    let mut rows: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for role in Role::ALL {
        for law in laws_of(role) {
            match rows.iter_mut().find(|row| row.0 == law.name && row.1 == law.says) {
                Some(row) => row.2.push(role.as_str()),
                None => rows.push((law.name, law.says, vec![role.as_str()])),
            }
        }
    }
    rows.sort_by_key(|(.., roles)| std::cmp::Reverse(roles.len()));
    let mut table = "\n| law | of | it says |\n|---|---|---|\n".to_owned();
    for (name, says, roles) in rows {
        let roles = if roles.len() == Role::ALL.len() { "all".to_owned() } else { roles.join(", ") };
        writeln!(table, "| `{name}` | {roles} | {says} |").expect("a string takes it");
    }
    table
}

/// A row for each function of the module `promise`, with the first sentence of its documentation.
fn promises() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/promise");
    let mut rows = BTreeMap::new();
    for file in fs::read_dir(folder).expect("there are promises") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("it can be read");
        text.split("\n\n").filter_map(promise).for_each(|(name, says)| drop(rows.insert(name, says)));
    }
    let mut table = "| promise | it says |\n|---|---|\n".to_owned();
    for (name, says) in rows {
        writeln!(table, "| `{name}` | {says} |").expect("a string takes it");
    }
    table
}

/// The name of a public function and the first paragraph of what is written above it.
fn promise(paragraph: &str) -> Option<(String, String)> {
    let signature = paragraph.lines().find_map(|line| line.strip_prefix("pub fn "))?;
    let name = signature.split(['(', '<']).next()?.to_owned();
    let docs = paragraph.lines().map_while(|line| line.strip_prefix("///"));
    let first: Vec<_> = docs.map(str::trim).take_while(|line| !line.is_empty()).collect();
    Some((name, first.join(" ")))
}
