//! A report can be read at three in the morning.

use pool_testkit::{Conformance, Status, mutants};

#[test]
fn a_broken_law_says_what_happened_and_how_to_see_it_again() {
    let report = Conformance::of(mutants::balance::COUNTS_IN_PICK).report();
    assert!(!report.passed());
    let text = report.to_string();
    assert!(text.starts_with("balance policy `counts-in-pick` of pool-testkit: "), "{text}");
    assert!(
        text.contains("  kept    picks-the-eligible: the pick is one of the eligible endpoints on view\n"),
        "{text}"
    );
    assert!(text.contains("  BROKEN  a-pick-is-a-proposal: "), "{text}");
    assert!(text.contains("with the options {}"), "{text}");
    assert!(text.contains("with seed 0, round "), "{text}");
    assert!(text.contains("what to do: count in `served`, not in `pick`\n"), "{text}");
    assert!(
        text.contains("\n  CLEARPOOL_LAW=a-pick-is-a-proposal CLEARPOOL_SEED=0 cargo test conformance\n"),
        "{text}"
    );
}

#[test]
fn a_panic_is_a_counter_example() {
    let report = Conformance::of(mutants::acquire::STUMBLES).report();
    let found = report.findings.iter().find(|finding| finding.law.name == "chooses-when-it-can").expect("such a law");
    match &found.status {
        Status::Broken { example, .. } => assert_eq!(example, "it panicked: there are two"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_waived_law_says_why() {
    let because = "it is a mutant";
    let report = Conformance::of(mutants::balance::STARVES_THE_LAST).waive("nobody-starves", because).report();
    assert!(report.broken().all(|law| law != "nobody-starves"));
    assert!(report.to_string().contains("(but: it is a mutant)"));
}

#[test]
#[should_panic(expected = "there is no law called `nobody-eats`")]
fn a_law_that_does_not_exist_cannot_be_waived() {
    let _ = Conformance::of(mutants::balance::STARVES_THE_LAST).waive("nobody-eats", "a slip");
}

#[test]
fn one_law_can_be_seen_alone_with_one_seed() {
    let conformance = Conformance::of(mutants::balance::COUNTS_IN_PICK).only("a-pick-is-a-proposal").seed(1000);
    let report = conformance.report();
    let seen: Vec<_> = report.findings.iter().filter(|finding| finding.status != Status::Skipped).collect();
    assert_eq!(seen.len(), 1);
    assert!(report.to_string().contains("with seed 1000, round "), "{report}");
    assert!(report.to_string().contains(" skipped, with 1 set of options\n"), "{report}");
}

#[test]
#[should_panic(expected = "there is no law called `nobody-eats`")]
fn a_law_that_does_not_exist_cannot_be_seen_alone() {
    let _ = Conformance::of(mutants::balance::STARVES_THE_LAST).only("nobody-eats").report();
}
