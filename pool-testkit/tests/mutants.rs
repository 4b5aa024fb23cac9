//! The laws are worth something: each mutant is caught by the law that it breaks, and each law catches one.

use std::collections::BTreeSet;

use pool_core::Role;
use pool_testkit::{Conformance, laws_of, mutants};

#[test]
fn every_mutant_is_caught_by_its_law() {
    let mut missed = Vec::new();
    for mutant in mutants::all() {
        let report = Conformance::of(mutant.plugin).report();
        let caught: Vec<_> = report.broken().collect();
        let role = mutant.plugin.role().as_str();
        println!("{role:8} {:21} breaks {:24} found: {}", mutant.plugin.kind, mutant.breaks, caught.join(", "));
        if !caught.contains(&mutant.breaks) {
            missed.push(format!("{role} `{}` should break {}:\n{report}", mutant.plugin.kind, mutant.breaks));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_law_catches_a_mutant() {
    for role in Role::ALL {
        let mutants: BTreeSet<_> = mutants::all()
            .filter(|it| it.plugin.role() == role || is_of_options(it.breaks) || is_of_the_machine(it.breaks))
            .map(|it| it.breaks)
            .collect();
        let idle: Vec<_> = laws_of(role).map(|law| law.name).filter(|law| !mutants.contains(law)).collect();
        assert!(idle.is_empty(), "no {} mutant breaks {idle:?}", role.as_str());
    }
}

#[test]
fn there_are_four_of_each_role() {
    for role in Role::ALL {
        let of_role = mutants::all().filter(|it| it.plugin.role() == role && !is_of_options(it.breaks));
        assert!(of_role.count() >= 4, "{}", role.as_str());
    }
}

#[test]
fn some_of_each_role_show_in_the_machine_only() {
    for role in Role::ALL {
        let mutants: Vec<_> =
            mutants::all().filter(|it| it.plugin.role() == role && is_of_the_machine(it.breaks)).collect();
        assert!(!mutants.is_empty(), "{}", role.as_str());
        for mutant in mutants {
            let report = Conformance::of(mutant.plugin).report();
            assert!(report.broken().all(is_of_the_machine), "on paper too:\n{report}");
        }
    }
}

/// The laws that are checked in a real machine, the same for every role.
fn is_of_the_machine(law: &str) -> bool {
    ["never-overruled", "events-say-why", "pool-stays-right", "runs-can-be-replayed", "told-in-full"].contains(&law)
}

/// The laws about options are the same for every role, so one mutant is enough for all.
fn is_of_options(law: &str) -> bool {
    mutants::options::ALL.iter().any(|mutant| mutant.breaks == law)
}
