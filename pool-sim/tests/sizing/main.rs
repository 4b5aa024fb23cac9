//! The size that a pool says it needs is the size it needs: found by trying one size after the other
//! with the same load, under virtual time.

mod load;

use std::time::Duration;

use pool_core::Sizing;

use self::load::{Ended, Load, run};

const GUIDE: &str = include_str!("../../../docs/guides/sizing.md");
const WINDOW: Duration = Duration::from_secs(50);

/// The least size with which the 99th percentile of the wait stays below the target: tried out, from
/// what is needed on average to twice that and so on, and then by halves, since a larger pool is never
/// slower.
fn needed(load: &Load) -> u32 {
    let enough = |size: u32| run(load, size).wait_p99() <= load.target;
    let mut too_few = load.on_average() as u32;
    let mut size = too_few * 2;
    while !enough(size) {
        (too_few, size) = (size, size * 2);
    }
    while size - too_few > 1 {
        let middle = too_few + (size - too_few) / 2;
        if enough(middle) { size = middle } else { too_few = middle }
    }
    size
}

fn advised(load: &Load, size: u32) -> Sizing {
    let Ended { sizing, .. } = run(load, size);
    sizing.expect("enough to go by")
}

/// Whatever size it has now, the pool says what it needs.
#[track_caller]
fn is_right_from_every_size(load: &Load) {
    let needed = needed(load);
    let average = load.on_average();
    let mut all_told = Vec::new();
    for size in [(average * 0.8) as u32, needed, needed * 3] {
        let sizing = advised(load, size);
        let told = sizing.needed_for_wait.expect("there is a target");
        all_told.push(told.to_string());
        let off = f64::from(told) / f64::from(needed) - 1.0;
        assert!(off.abs() <= 0.2, "a pool of {size} says {told} and needs {needed}: {:+.0} %", off * 100.0);
        let off = f64::from(sizing.needed_on_average) / average.ceil() - 1.0;
        assert!(off.abs() <= 0.2, "a pool of {size} says {sizing:?} and needs {average} on average");
        assert_eq!(sizing.wait_target, Some(load.target));
    }
    let Load { name, target, .. } = load;
    let row = format!("| {name} | {average:.1} | {target:?} | {needed} | {} |\n", all_told.join(" / "));
    assert!(GUIDE.contains(&row), "docs/guides/sizing.md does not have the row that was measured:\n{row}");
}

#[test]
fn for_callers_by_chance_and_holds_of_all_lengths() {
    is_right_from_every_size(&Load::poisson(WINDOW));
}

#[test]
fn for_callers_and_holds_like_clockwork() {
    is_right_from_every_size(&Load::steady(WINDOW));
}

#[test]
fn for_callers_that_come_ten_at_a_time() {
    is_right_from_every_size(&Load::batches(WINDOW));
}

#[test]
fn for_callers_in_bursts_and_holds_with_a_long_tail() {
    is_right_from_every_size(&Load::bursty(WINDOW));
}
