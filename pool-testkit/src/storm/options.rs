//! Limits and waits of all kinds, none of them without sense.

use pool_core::{Exhausted, HumanDuration, PoolOptions, Random, ResizeVictim, Victim, WaitOrder};

/// Some options or other.
pub(super) fn any(dice: &mut Random) -> PoolOptions {
    let mut options = PoolOptions::default();
    limits(&mut options, dice);
    waits(&mut options, dice);
    options.dial.timeout = HumanDuration::from_millis(50);
    options.dial.max_concurrent = number(dice, 1, 4);
    options.dial.backoff_min = HumanDuration::from_millis(10);
    options.dial.backoff_max = HumanDuration::from_millis(100);
    options.dial.breaker_failures = 3;
    if one_in(dice, 3) {
        options.upkeep.check_after_idle = HumanDuration::from_millis(20);
    }
    if one_in(dice, 3) {
        options.lease.overdue_after = HumanDuration::from_millis(100);
    }
    debug_assert!(options.mistakes().is_empty(), "{:?}", options.mistakes());
    options
}

fn limits(options: &mut PoolOptions, dice: &mut Random) {
    let limits = &mut options.limits;
    limits.max_open = number(dice, 1, 6);
    limits.max_open_per_endpoint = one_in(dice, 3).then(|| number(dice, 1, limits.max_open));
    limits.max_idle = one_in(dice, 2).then(|| number(dice, 0, limits.max_open));
    limits.max_idle_per_endpoint = one_in(dice, 2).then(|| number(dice, 0, 2));
    let most = limits.max_idle.unwrap_or(limits.max_open);
    limits.min_idle = if one_in(dice, 2) { number(dice, 0, most.min(2)) } else { 0 };
    limits.max_waiting = one_in(dice, 4).then(|| number(dice, 0, 3));
    limits.victim = if one_in(dice, 6) { Victim::Incoming } else { Victim::Policy };
    limits.resize_victim = if one_in(dice, 2) { ResizeVictim::Newest } else { ResizeVictim::Oldest };
}

fn waits(options: &mut PoolOptions, dice: &mut Random) {
    let wait = &mut options.wait;
    wait.timeout = HumanDuration::from_millis(1 << dice.below(8));
    wait.order = if one_in(dice, 3) { WaitOrder::Lifo } else { WaitOrder::Fifo };
    wait.exhausted = if one_in(dice, 8) { Exhausted::Fail } else { Exhausted::Wait };
    wait.strict = one_in(dice, 4);
}

fn one_in(dice: &mut Random, many: usize) -> bool {
    dice.below(many) == 0
}

/// From `least` to `most`.
fn number(dice: &mut Random, least: u32, most: u32) -> u32 {
    let span = most.saturating_sub(least) as usize + 1;
    least + u32::try_from(dice.below(span)).unwrap_or(0)
}
