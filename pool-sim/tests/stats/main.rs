//! Other pools' statistics, in scenarios that can be counted by hand.
//!
//! A case is a course of events and what each number is at its end, under the original's names. Where
//! two originals mean different things by a word, they are cases of one course.

mod courses;
mod policies;

use pool_core::StatsError;
use pool_core::stats::names;
use pool_sim::Sim;

use courses::Course;

/// What the numbers of an original are after a course. Times are in milliseconds. What is not named
/// is zero.
struct Case {
    name: &'static str,
    original: &'static str,
    course: Course,
    numbers: &'static [(&'static str, u64)],
}

const CASES: &[Case] = &[
    Case {
        name: "who gives up or times out at the limit has waited",
        original: "database/sql",
        course: courses::four_wait_at_the_limit,
        numbers: &[
            ("MaxOpenConnections", 1),
            ("OpenConnections", 1),
            ("InUse", 1),
            // The fourth is still waiting: counted, but for its time.
            ("WaitCount", 4),
            // 10 until served, 20 until it went away, 30 until it timed out.
            ("WaitDuration", 60),
        ],
    },
    Case {
        name: "who gives up or times out at the limit has not waited",
        original: "redigo",
        course: courses::four_wait_at_the_limit,
        numbers: &[("ActiveCount", 1), ("WaitCount", 1), ("WaitDuration", 10)],
    },
    Case {
        name: "who gives up at the limit has not waited; who times out is a time-out",
        original: "go-redis-v9",
        course: courses::four_wait_at_the_limit,
        numbers: &[
            ("Hits", 1),
            ("Misses", 1),
            ("Timeouts", 1),
            ("WaitCount", 1),
            ("WaitDurationNs", 10),
            ("TotalConns", 1),
            ("PendingRequests", 1),
        ],
    },
    Case {
        name: "who was handed what came back is a hit",
        original: "go-redis-v7",
        course: courses::four_wait_at_the_limit,
        numbers: &[("Hits", 1), ("Misses", 1), ("Timeouts", 1), ("TotalConns", 1)],
    },
    Case {
        name: "the first waited for its dial, and two were cancelled",
        original: "puddle",
        course: courses::four_wait_at_the_limit,
        numbers: &[
            ("AcquireCount", 2),
            // 5 for the dial, 10 for the release.
            ("AcquireDuration", 15),
            ("AcquiredResources", 1),
            ("CanceledAcquireCount", 2),
            ("EmptyAcquireCount", 2),
            ("EmptyAcquireWaitTime", 15),
            ("MaxResources", 1),
            ("TotalResources", 1),
        ],
    },
    Case {
        name: "one is in use and one thread waits",
        original: "hikari",
        course: courses::four_wait_at_the_limit,
        numbers: &[("ActiveConnections", 1), ("TotalConnections", 1), ("ThreadsAwaitingConnection", 1)],
    },
    Case {
        name: "who dials does not wait, served or not, and a dial is open and in use",
        original: "database/sql",
        course: courses::dials_with_room,
        numbers: &[("MaxOpenConnections", 10), ("OpenConnections", 3), ("InUse", 2), ("Idle", 1)],
    },
    Case {
        name: "who dials does not wait, and a dial is active",
        original: "redigo",
        course: courses::dials_with_room,
        numbers: &[("ActiveCount", 3), ("IdleCount", 1)],
    },
    Case {
        name: "a dial under way is no connection yet; one that fails is a miss",
        original: "go-redis-v7",
        course: courses::dials_with_room,
        numbers: &[("Hits", 1), ("Misses", 2), ("TotalConns", 2), ("IdleConns", 1)],
    },
    Case {
        name: "a dial under way is no connection yet, and its caller a pending one",
        original: "go-redis-v9",
        course: courses::dials_with_room,
        numbers: &[("Hits", 1), ("Misses", 2), ("TotalConns", 2), ("IdleConns", 1), ("PendingRequests", 1)],
    },
    Case {
        name: "who dials has waited, and a dial is constructing",
        original: "puddle",
        course: courses::dials_with_room,
        numbers: &[
            ("AcquireCount", 3),
            ("AcquireDuration", 10),
            ("AcquiredResources", 1),
            ("ConstructingResources", 1),
            ("EmptyAcquireCount", 2),
            ("EmptyAcquireWaitTime", 10),
            ("IdleResources", 1),
            ("MaxResources", 10),
            ("TotalResources", 3),
        ],
    },
    Case {
        name: "a dial under way is no connection yet",
        original: "hikari",
        course: courses::dials_with_room,
        numbers: &[
            ("IdleConnections", 1),
            ("ActiveConnections", 1),
            ("TotalConnections", 2),
            ("ThreadsAwaitingConnection", 1),
        ],
    },
    Case {
        name: "only what the reaper found is stale",
        original: "go-redis-v7",
        course: courses::three_idle_out_and_one_is_too_old,
        numbers: &[("Hits", 1), ("Misses", 5)],
    },
    Case {
        name: "what the reaper found is stale",
        original: "go-redis-v7",
        course: courses::reaped,
        numbers: &[("Misses", 3), ("StaleConns", 3)],
    },
    Case {
        name: "all that was removed is stale, whoever found it and why",
        original: "go-redis-v9",
        course: courses::three_idle_out_and_one_is_too_old,
        numbers: &[("Hits", 1), ("Misses", 5), ("StaleConns", 5)],
    },
    Case {
        name: "what is closed with the pool is not stale",
        original: "go-redis-v9",
        course: courses::the_pool_is_closed,
        numbers: &[("Misses", 2)],
    },
    Case {
        name: "idle too long and too old are counted apart, whoever found it",
        original: "database/sql",
        course: courses::three_idle_out_and_one_is_too_old,
        numbers: &[("MaxOpenConnections", 10), ("MaxIdleTimeClosed", 3), ("MaxLifetimeClosed", 1)],
    },
    Case {
        name: "what finds the idle list full is counted, and what a lowered limit costs of the idle ones only",
        original: "database-sql",
        course: courses::too_many_idle_and_a_lowered_limit,
        // Two that came back to a full list, one that was idle, and one that found room among the open
        // ones and none among the idle ones; not the one that came back above the limit.
        numbers: &[("MaxOpenConnections", 1), ("MaxIdleClosed", 4)],
    },
    Case {
        name: "one that was dead when it was to be handed out is unusable, and no hit",
        original: "go-redis-v9",
        course: courses::dead_on_acquire,
        numbers: &[("Misses", 2), ("TotalConns", 1), ("Unusable", 1), ("StaleConns", 1)],
    },
    Case {
        name: "one that was dead when it was to be handed out was not acquired",
        original: "puddle",
        course: courses::dead_on_acquire,
        numbers: &[
            ("AcquireCount", 2),
            ("AcquiredResources", 1),
            ("EmptyAcquireCount", 2),
            ("MaxResources", 10),
            ("TotalResources", 1),
        ],
    },
    Case {
        name: "no limit is zero",
        original: "database/sql",
        course: courses::without_a_limit,
        numbers: &[("OpenConnections", 1), ("InUse", 1)],
    },
];

fn number(sim: &Sim, original: &str) -> Vec<(&'static str, u64)> {
    let stats = sim.snapshot().stats_as(original).expect("the original has statistics");
    let millis = |stat: pool_core::Stat| match stat.value {
        pool_core::StatValue::Time(time) => u64::try_from(time.as_millis()).expect("short"),
        value => value.number(),
    };
    stats.into_iter().map(|stat| (stat.name, millis(stat))).collect()
}

#[test]
fn each_original_counts_as_it_does() {
    let mut wrong = Vec::new();
    for case in CASES {
        let sim = (case.course)();
        let found = number(&sim, case.original);
        let named = |name: &str| case.numbers.iter().find(|(wanted, _)| *wanted == name);
        for (wanted, _) in case.numbers {
            assert!(found.iter().any(|(name, _)| name == wanted), "{} has no {wanted}", case.original);
        }
        let expected: Vec<_> =
            found.iter().map(|&(name, _)| (name, named(name).map_or(0, |(_, number)| *number))).collect();
        if found != expected {
            wrong.push(format!(
                "{}: {}\n  found    {found:?}\n  expected {expected:?}\n{}",
                case.original,
                case.name,
                sim.timeline()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_original_has_two_cases_at_least() {
    for name in names() {
        let cases = CASES.iter().filter(|case| case.original.replace("database-sql", "database/sql") == name);
        assert!(cases.count() >= 2, "{name}");
    }
}

#[test]
fn names_and_order_are_the_original_s() {
    let sim = courses::without_a_limit();
    let names_of = |original: &str| {
        let stats = sim.snapshot().stats_as(original).expect("known");
        stats.iter().map(|stat| stat.name).collect::<Vec<_>>().join(" ")
    };
    for (original, names) in [
        (
            "database/sql",
            "MaxOpenConnections OpenConnections InUse Idle WaitCount WaitDuration MaxIdleClosed MaxIdleTimeClosed \
             MaxLifetimeClosed",
        ),
        ("redigo", "ActiveCount IdleCount WaitCount WaitDuration"),
        ("go-redis-v7", "Hits Misses Timeouts TotalConns IdleConns StaleConns"),
        (
            "go-redis-v9",
            "Hits Misses Timeouts WaitCount Unusable WaitDurationNs TotalConns IdleConns StaleConns PendingRequests",
        ),
        (
            "puddle",
            "AcquireCount AcquireDuration AcquiredResources CanceledAcquireCount ConstructingResources \
             EmptyAcquireCount EmptyAcquireWaitTime IdleResources MaxResources TotalResources",
        ),
        ("hikari", "IdleConnections ActiveConnections TotalConnections ThreadsAwaitingConnection"),
    ] {
        assert_eq!(names_of(original), names, "{original}");
    }
}

#[test]
fn who_has_no_statistics_says_so_and_an_unknown_name_lists_those_that_are_known() {
    let snapshot = courses::without_a_limit().snapshot();
    for without in ["net/http", "net-http", "go-micro", "go-micro-grpc", "channel", "consul-grpc", "nginx-keepalive"] {
        let error = snapshot.stats_as(without).expect_err("it has none");
        assert!(matches!(error, StatsError::None { .. }), "{without}: {error}");
        assert!(error.to_string().contains("has no statistics of its pool"), "{error}");
    }
    let error = snapshot.stats_as("reddigo").expect_err("it is a slip").to_string();
    assert!(error.contains("\"reddigo\"") && names().all(|name| error.contains(name)), "{error}");
}

#[test]
fn a_number_is_told_with_its_unit() {
    let snapshot = courses::four_wait_at_the_limit().snapshot();
    let told = snapshot.stats_as("database/sql").expect("known");
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "MaxOpenConnections: 1 connections");
    assert_eq!((told[4].as_str(), told[5].as_str()), ("WaitCount: 4 times", "WaitDuration: 60ms"));
}
