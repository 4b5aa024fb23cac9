//! What is not made, and what is said of it.

use std::fs;
use std::path::Path;

use crate::bench::{files, made, new_policy, outside, shown, standalone, text};
use clearpool::core::Role;

/// What is said, and the exit code.
fn refused(arguments: &[&str]) -> (String, i32) {
    let output = new_policy(arguments);
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    (text(&output.stderr), output.status.code().expect("an exit code"))
}

#[test]
fn what_is_there_already_is_not_overwritten() {
    let outside = outside();
    let folder = outside.path().join("pool-balance-mine");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("Cargo.toml"), "mine").expect("written");
    let (said, code) = refused(&["mine", "--role", "balance", "--path", shown(outside.path())]);
    assert_eq!(
        said,
        format!(
            "error: {} is there already, and not empty\n  = nothing was written: choose another name or --path, or \
             remove it first\n",
            folder.display()
        )
    );
    assert_eq!(code, 1);
    assert_eq!(files(&folder).into_iter().collect::<Vec<_>>(), [("Cargo.toml".to_owned(), "mine".to_owned())]);
    // An empty one is as good as none.
    fs::remove_file(folder.join("Cargo.toml")).expect("removed");
    made(["mine", "--role", "balance", "--path", shown(outside.path())]);
    assert!(folder.join("src/policy.rs").is_file());
}

#[test]
fn a_name_that_is_none_is_refused_with_what_was_meant() {
    let outside = outside();
    let said = |name| refused(&[name, "--role", "queue", "--path", shown(outside.path())]);
    assert_eq!(
        said("Fewest_Leases"),
        (
            "error: `Fewest_Leases` is no name for a policy: small letters and digits, with single hyphens between \
             them, and a letter first\n  = did you mean `fewest-leases`?\n"
                .to_owned(),
            1
        )
    );
    assert_eq!(
        said("decision"),
        (
            "error: a policy called `decision` would be a type `Decision`, which its code could not tell from \
             another\n  = add a word: `own-decision`\n"
                .to_owned(),
            1
        )
    );
    assert_eq!(
        said("pool-queue-mine"),
        ("error: `pool-queue-mine` is the name of the crate; the policy's own is enough: `mine`\n".to_owned(), 1)
    );
    assert!(files(outside.path()).is_empty(), "nothing was written");
}

#[test]
fn a_kind_that_is_taken_is_refused_with_the_crate_that_has_it() {
    let outside = outside();
    let at = ["--path", shown(outside.path())];
    let (said, code) = refused(&[&["lifo", "--role", "acquire"], &at[..]].concat());
    assert_eq!(
        said,
        "error: the acquire policy `lifo` is there already, from the crate pool-acquire-lifo\n  = choose another \
         name: a program could not have both; `clearpool list lifo` says what it does\n"
    );
    assert_eq!(code, 1);
    assert!(files(outside.path()).is_empty(), "nothing was written");
    // One of another role may have the name.
    made([&["lifo", "--role", "release"], &at[..]].concat());
}

#[test]
fn an_unknown_role_is_refused_with_those_that_there_are() {
    let (said, code) = refused(&["mine", "--role", "wait"]);
    assert_eq!(
        said,
        "error: invalid value 'wait' for '--role <ROLE>'\n  \
         [possible values: acquire, release, evict, balance, health, queue]\n\n\
         For more information, try '--help'.\n"
    );
    assert_eq!(code, 2);
}

#[test]
fn no_role_is_refused() {
    let (said, code) = refused(&["mine"]);
    assert!(said.contains("required arguments were not provided:\n  --role <ROLE>"), "{said}");
    assert_eq!(code, 2);
}

#[test]
fn a_clearpool_that_is_not_there_is_refused() {
    let outside = outside();
    let nothing = shown(outside.path());
    let (said, code) = refused(&["mine", "--role", "evict", "--path", nothing, "--clearpool-path", nothing]);
    assert_eq!(
        said,
        format!("error: there is no Clearpool in {nothing}: no pool-core/Cargo.toml\n  = give the folder of a clone\n")
    );
    assert_eq!(code, 1);
    assert!(files(outside.path()).is_empty(), "nothing was written");
}

#[test]
fn a_workspace_that_is_not_there_is_refused() {
    let outside = outside();
    let (said, code) = refused(&["mine", "--role", "evict", "--workspace", "--path", shown(outside.path())]);
    assert_eq!(
        said,
        format!(
            "error: {} is not inside Clearpool's workspace\n  = give its folder with --path, or leave --workspace out \
             for a crate of its own\n",
            outside.path().display()
        )
    );
    assert_eq!(code, 1);
}

#[test]
fn where_versions_come_from_the_workspace_no_others_are_taken() {
    let home = env!("CARGO_MANIFEST_DIR");
    let (said, code) = refused(&["mine", "--role", "evict", "--path", home, "--clearpool-version", "7"]);
    assert_eq!(
        said,
        "error: inside Clearpool's workspace a crate takes its dependencies from there; leave the option out, or make \
         a crate of its own with --standalone\n"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_of() {
    let outside = outside();
    let file = outside.path().join("file");
    fs::write(&file, "").expect("written");
    let (said, code) = refused(&["mine", "--role", "balance", "--path", shown(&file)]);
    let start = format!("error: cannot write {}/pool-balance-mine: ", file.display());
    assert!(said.starts_with(&start) && code == 1, "{said}");
}

#[test]
fn a_version_that_is_none_is_refused_with_some_that_are() {
    let outside = outside();
    let at = shown(outside.path());
    let (said, code) = refused(&["mine", "--role", "evict", "--path", at, "--clearpool-version", "not a version"]);
    assert_eq!(
        said,
        "error: `not a version` is no version that cargo understands\n  = for example `0.1`, `=0.1.2` or `>=0.1, <0.3`\n"
    );
    assert_eq!(code, 1);
    assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 0, "nothing was written");
}

#[test]
fn where_clearpool_comes_from_is_written_as_it_was_given() {
    let outside = outside();
    let manifest = |kind: &str, more: &[&str]| {
        made([&[kind, "--role", "acquire", "--path", shown(outside.path())], more].concat());
        let folder = outside.path().join(format!("pool-acquire-{kind}"));
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = manifest.parse().expect("TOML");
        (manifest["dependencies"]["pool-core"].clone(), manifest["dev-dependencies"]["pool-testkit"].clone())
    };
    let version = toml::Value::from(env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest("a", &[]), (version.clone(), version));
    assert_eq!(manifest("b", &["--clearpool-version", "7.1"]), ("7.1".into(), "7.1".into()));
    let (core, kit) = manifest("c", &["--clearpool-git", "https://example.com/clearpool"]);
    assert_eq!((core["git"].as_str(), &core), (Some("https://example.com/clearpool"), &kit));
    let folder = standalone(Role::Evict, "d", outside.path());
    let manifest: toml::Table =
        fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest").parse().expect("TOML");
    let path = manifest["dependencies"]["pool-core"]["path"].as_str().expect("a path");
    assert!(Path::new(path).join("Cargo.toml").is_file(), "{path}");
}
