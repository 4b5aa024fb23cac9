//! Who of those who wait is next.

use std::time::Duration;

use pool_core::{Next, QueueView, Time};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::line::Line;

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "answers-in-every-queue",
        "it has an answer for short and long queues, however long anybody has waited",
        "mind what is zero: the wait, the time since the last call, the length less one",
        every_queue,
    ),
    Law::new(
        "a-calm-queue-loses-nobody",
        "nobody is turned away where few wait, and none for long",
        "turn away only who has waited for long, and only for some time",
        calm,
    ),
    Law::new(
        "an-overload-is-served-too",
        "with twice as many callers as can be served, a free connection serves somebody at least every other time",
        "turn away some, not all: who came last can still be served in time",
        overload,
    ),
    Law::new(
        "an-overload-is-forgotten",
        "when an overload has passed for ten minutes, nobody is turned away any more",
        "the state of an overload ends when waits are short again",
        forgotten,
    ),
];

const SEEDS: u64 = 16;
const MS: Duration = Duration::from_millis(1);

fn every_queue(subject: &Subject) -> Verdict {
    let waits = [Duration::ZERO, Duration::from_nanos(1), 5 * MS, 100 * MS, Duration::from_secs(3600)];
    subject.each_seed(SEEDS, |seed| {
        let mut line = Line::new(subject, seed);
        line.pass(Duration::from_secs(2 * 3600));
        for round in 0..200 {
            line.pass(waits[round % 3]);
            let len = [1, 1, 2, 3, 100, 1_000_000][line.dice.below(6)];
            let oldest = waits[line.dice.below(waits.len())];
            let newest = if len == 1 { oldest } else { oldest.min(waits[line.dice.below(waits.len())]) };
            let ago = |wait: Duration| Time::ZERO.after(line.now.since(Time::ZERO) - wait);
            let view = QueueView::on_paper(line.now, len, ago(oldest), ago(newest));
            let next = line.ask_about(&view).choice;
            if !matches!(next, None | Some(Next::Oldest | Next::Newest | Next::TurnAwayOldest)) {
                return Err(format!("this kit does not know the answer {next:?}"));
            }
        }
        Ok(())
    })
}

fn calm(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut line = Line::new(subject, seed);
        calm_down(&mut line, 500)
    })
}

/// Now and then somebody comes, and is served within a millisecond.
fn calm_down(line: &mut Line, rounds: usize) -> Verdict {
    for round in 0..rounds {
        let (pause, callers) = (1 + line.dice.below(50) as u64, 1 + line.dice.below(2));
        line.pass(Duration::from_millis(pause));
        line.arrive(callers);
        let before = line.turned_away;
        while line.waiting() > 0 {
            line.pass(MS / 2);
            line.serve();
        }
        if line.turned_away > before {
            return Err(format!("round {round}: of two who waited for a millisecond at most, one was turned away"));
        }
    }
    Ok(())
}

/// Twice as many come as can be served: one is served in 10 ms, two have come by then.
fn storm_of_callers(line: &mut Line, rounds: usize) {
    for _ in 0..rounds {
        let callers = 1 + line.dice.below(3);
        line.arrive(callers);
        line.pass(10 * MS);
        line.serve();
    }
}

fn overload(subject: &Subject) -> Verdict {
    const ROUNDS: usize = 2000;
    subject.each_seed(SEEDS, |seed| {
        let mut line = Line::new(subject, seed);
        storm_of_callers(&mut line, ROUNDS);
        if line.served >= ROUNDS / 2 {
            return Ok(());
        }
        let (served, gone) = (line.served, line.turned_away);
        Err(format!("of {ROUNDS} free connections {served} served somebody, and {gone} callers were turned away"))
    })
}

fn forgotten(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut line = Line::new(subject, seed);
        storm_of_callers(&mut line, 500);
        while line.waiting() > 0 {
            line.serve();
        }
        line.pass(Duration::from_secs(600));
        // The first call may still be about what was before.
        line.arrive(1);
        line.serve();
        calm_down(&mut line, 100)
    })
}
