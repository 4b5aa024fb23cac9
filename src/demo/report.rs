//! The end of a demo: what happened, and whether what was promised held.

use std::sync::atomic::Ordering;
use std::time::Duration;

use pool_core::Snapshot;

use super::load::Tally;
use super::screen::Screen;
use super::servers::KILLED;
use super::table::{short, table, wait};
use super::verdict::Promise;

/// Tells how it went. Says whether everything held.
pub(crate) fn report(screen: &mut Screen, end: &Snapshot, tally: &Tally, promises: &[Promise]) -> bool {
    screen.say("\nSummary");
    screen.say(&table(end));
    let timings = end.timings();
    let told = |high: Option<Duration>| high.map_or("-".to_owned(), short);
    let waited = wait(&end.counters(), &timings, 0.99);
    screen.say(&format!(
        "  {} requests answered, {} connections broke in use, {} acquires refused for failed dials of {KILLED}, \
         {} for anything else",
        tally.answered.load(Ordering::Relaxed),
        tally.broken.load(Ordering::Relaxed),
        tally.dial_refused.load(Ordering::Relaxed),
        tally.refused.load(Ordering::Relaxed),
    ));
    screen.say(&format!("  wait p99 {}, use p99 {}\n", told(waited), told(timings.usage.quantile(0.99))));
    screen.say("Promises");
    for promise in promises {
        screen.say(&format!("  {promise}"));
    }
    let held = promises.iter().all(|promise| promise.held);
    screen.say(if held { "\nEverything held." } else { "\nSomething did not hold." });
    held
}

#[cfg(test)]
mod tests {
    use pool_core::Plan;
    use pool_sim::Sim;

    use super::*;

    #[test]
    fn one_broken_promise_breaks_the_whole() {
        let end = Sim::new(Plan::default(), ["a"]).snapshot();
        let (mut screen, tally) = (Screen::new(true), Tally::default());
        let promise = |held| Promise::new("a promise", held, "measured");
        assert!(report(&mut screen, &end, &tally, &[promise(true), promise(true)]));
        assert!(!report(&mut screen, &end, &tally, &[promise(true), promise(false), promise(true)]));
    }
}
