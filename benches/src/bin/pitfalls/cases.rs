//! The cases.

mod cancel;
mod checks;
mod cohort;
mod dials;
mod life;
mod panics;
mod resize;
mod upkeep;
mod waiting;

use clearpool_benches::subject::{Bb8, Clearpool, Deadpool, Mobc};

use crate::regression::Regression;
use crate::seen::Seen;

/// The pools, in the order of the columns.
pub(crate) const POOLS: [&str; 4] = ["Clearpool", "deadpool", "bb8", "mobc"];

/// One case.
pub(crate) struct Case {
    /// The number of the pitfall.
    pub(crate) number: &'static str,
    /// What must hold.
    pub(crate) must: &'static str,
    /// Our test of the same.
    pub(crate) test: Regression,
    /// How to look, by pool.
    pub(crate) run: [fn() -> Seen; POOLS.len()],
}

/// The same for every pool.
macro_rules! each {
    ($run:path) => {{
        use $run as run;
        [run::<Clearpool>, run::<Deadpool>, run::<Bb8>, run::<Mobc>]
    }};
}

const fn shell(file: &'static str, name: &'static str) -> Regression {
    Regression { file, name }
}

/// All cases.
pub(crate) const CASES: &[Case] = &[
    Case {
        number: "T1",
        must: "64 tasks on 4 connections, every third acquire cancelled, 200 turns each: nobody is left asleep",
        test: shell("pool-tokio/tests/shell/waiting.rs", "t01_nobody_is_left_asleep"),
        run: each!(waiting::all_wake),
    },
    Case {
        number: "T2",
        must: "A waiter that is cancelled when a connection is already its own passes it on to the next",
        test: shell("pool-tokio/tests/shell/waiting.rs", "t02_a_cancelled_waiter_passes_on_what_it_was_granted"),
        run: each!(waiting::passed_on),
    },
    Case {
        number: "T3",
        must: "64 tasks on 4 connections and one thread, held over a yield: all get their share (Jain's index above 0.99)",
        test: shell("pool-tokio/tests/shell/waiting.rs", "t03_a_returned_connection_is_not_stolen_by_a_newcomer"),
        run: each!(waiting::fair),
    },
    Case {
        number: "T4",
        must: "10 callers cancelled in a dial: all of the pool's 2 places can be used afterwards, and its books are right",
        test: shell("pool-tokio/tests/shell/cancel.rs", "t04_a_caller_that_goes_away_in_a_dial_leaks_nothing"),
        run: each!(cancel::in_a_dial),
    },
    Case {
        number: "T4",
        must: "The same in a check",
        test: shell("pool-tokio/tests/shell/cancel.rs", "t04_a_caller_that_goes_away_in_a_check_leaks_nothing"),
        run: each!(cancel::in_a_check),
    },
    Case {
        number: "T5",
        must: "A dial that panics costs no place: both of 2 can be used afterwards",
        test: shell("pool-tokio/tests/shell/faults.rs", "t05_a_connect_that_panics_is_a_failed_dial"),
        run: each!(panics::in_a_dial),
    },
    Case {
        number: "T5",
        must: "The same for a check",
        test: shell("pool-tokio/tests/shell/faults.rs", "t05_a_check_that_panics_closes_the_connection"),
        run: each!(panics::in_a_check),
    },
    Case {
        number: "T5",
        must: "The same for the predicate of `retain`",
        test: shell("pool-tokio/tests/shell/faults.rs", "t05_a_retain_that_panics_costs_its_connection_only"),
        run: each!(panics::in_a_predicate),
    },
    Case {
        number: "T7",
        must: "Shrunk from 4 to 1 while nothing is open, the pool gives 1 lease at a time",
        test: shell("tests/pitfalls.rs", "t07_resize_storm"),
        run: each!(resize::while_empty),
    },
    Case {
        number: "T7",
        must: "Shrunk from 4 to 1 while all are leased, it gives 1 at a time once they are back; grown to 4 again, 4",
        test: shell("pool-tokio/tests/shell/limits.rs", "t07_shrink_while_leased_and_while_dialing_then_grow"),
        run: each!(resize::while_leased),
    },
    Case {
        number: "T8",
        must: "32 tasks while half of the checks fail: never more than 4 connections",
        test: shell("pool-tokio/tests/shell/limits.rs", "t08_failing_resets_and_checks_never_exceed_the_limit"),
        run: each!(checks::within_the_limit),
    },
    Case {
        number: "T9",
        must: "Dials that never return: the callers get an error in time, and once the backend works both of 2 places can be used",
        test: shell(
            "pool-tokio/tests/shell/dials.rs",
            "t09_a_dial_that_never_returns_gives_its_place_back_at_its_deadline",
        ),
        run: each!(dials::never_return),
    },
    Case {
        number: "T11",
        must: "10 idle connections are dead and a check takes 20 ms to say so: one acquire takes less than 60 ms",
        test: shell("pool-tokio/tests/shell/faults.rs", "t11_when_all_idle_are_dead_one_caller_does_not_pay_for_each"),
        run: each!(checks::all_dead),
    },
    Case {
        number: "T12",
        must: "The backend is down and 64 callers ask again every 10 ms: at most 100 dials a second",
        test: shell("pool-tokio/tests/shell/dials.rs", "t12_a_dead_backend_is_not_stormed"),
        run: each!(dials::no_storm),
    },
    Case {
        number: "T12",
        must: "The backend is down: all 64 callers are told its error within 50 ms (time-out 300 ms)",
        test: shell(
            "tests/pitfalls.rs",
            "t12_a_dead_backend_is_dialed_at_most_a_hundred_times_a_second_and_its_error_is_shared",
        ),
        run: each!(dials::told_at_once),
    },
    Case {
        number: "T13",
        must: "10 connections born together with a maximum age of 1 s do not all expire within 30 ms",
        test: shell("tests/pitfalls.rs", "t13_a_cohort_does_not_expire_at_once"),
        run: [cohort::clearpool, || Seen::Absent, cohort::bb8, cohort::mobc],
    },
    Case {
        number: "T14",
        must: "With 5 kept ready, an idle time-out never leaves fewer, and does not close and dial for ever",
        test: shell("pool-tokio/tests/shell/clock.rs", "t14_the_reaper_keeps_the_floor_and_does_not_spin"),
        run: [upkeep::floor::<Clearpool>, || Seen::Absent, upkeep::floor::<Bb8>, || Seen::Absent],
    },
    Case {
        number: "T16",
        must: "The connection of a holder that panics is not lent again",
        test: shell("pool-tokio/tests/shell/faults.rs", "t16_a_connection_is_closed_if_its_holder_panics"),
        run: each!(panics::in_a_holder),
    },
    Case {
        number: "T17",
        must: "A lease dropped after its runtime goes back without a panic, and the pool works in the next runtime",
        test: shell("pool-tokio/tests/shell/runtimes.rs", "t17_a_lease_dropped_after_its_runtime_goes_back"),
        run: each!(life::after_the_runtime),
    },
    Case {
        number: "T18",
        must: "The predicate of `retain` may ask the pool for its status",
        test: shell("pool-tokio/tests/shell/reentrancy.rs", "t18_user_code_may_call_into_the_pool_from_everywhere"),
        run: each!(life::called_from_inside),
    },
    Case {
        number: "T20",
        must: "After 100 000 cancelled acquires the pool says that nobody waits",
        test: shell("pool-tokio/tests/shell/cancel.rs", "t20_after_a_hundred_thousand_cancels_every_gauge_is_zero"),
        run: each!(cancel::gauges),
    },
    Case {
        number: "T21",
        must: "A pool that is dropped while it has idle connections and dials that never return leaves no task and no connection",
        test: shell("pool-tokio/tests/shell/runtimes.rs", "t21_a_pool_that_is_dropped_leaves_nothing_behind"),
        run: each!(life::nothing_left),
    },
    Case {
        number: "T28",
        must: "A time-out of zero means at once or not at all",
        test: shell("pool-tokio/tests/shell/clock.rs", "t28_zero_and_never_mean_what_they_say"),
        run: [waiting::zero::<Clearpool>, waiting::zero::<Deadpool>, || Seen::Absent, || Seen::Absent],
    },
];
