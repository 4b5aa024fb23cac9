//! What is made is in form, whatever form is asked for, and however long its name.

use std::process::Command;

use clearpool::core::Role;

use crate::bench::{files, outside, standalone, text};

#[test]
fn it_is_in_rustfmts_form_and_in_ours_with_a_short_name_and_with_the_longest() {
    for kind in ["x", &"long-name-".repeat(4)[..39]] {
        let outside = outside();
        for role in Role::ALL {
            standalone(role, kind, outside.path());
        }
        let sources: Vec<_> = files(outside.path()).into_keys().filter(|path| path.ends_with(".rs")).collect();
        assert_eq!(sources.len(), 5 * Role::ALL.len());
        for form in ["max_width=100,use_small_heuristics=Default", "max_width=120,use_small_heuristics=Max"] {
            let arguments = ["--edition", "2024", "--check", "--config", form];
            let mut rustfmt = Command::new("rustfmt");
            let output = rustfmt.args(arguments).args(&sources).current_dir(outside.path()).output();
            let output = output.expect("rustfmt runs");
            assert!(output.status.success(), "{kind}, {form}:\n{}", text(&output.stdout));
        }
    }
}
