//! The end of a demo: what happened, and whether what was promised held.

use std::sync::atomic::Ordering;

use pool_core::Snapshot;

use super::load::Tally;
use super::screen::Screen;
use super::table::{short, table};
use super::verdict::Promise;

/// Tells how it went. Says whether everything held.
pub(crate) fn report(screen: &mut Screen, end: &Snapshot, tally: &Tally, promises: &[Promise]) -> bool {
    screen.say("\nSummary");
    screen.say(&table(end));
    let timings = end.timings();
    let p99 = |histogram: &pool_core::Histogram| histogram.quantile(0.99).map_or("-".to_owned(), short);
    screen.say(&format!(
        "  {} requests answered, {} connections broke in use, {} acquires refused for failed dials, {} for others",
        tally.answered.load(Ordering::Relaxed),
        tally.broken.load(Ordering::Relaxed),
        tally.dial_refused.load(Ordering::Relaxed),
        tally.refused.load(Ordering::Relaxed),
    ));
    screen.say(&format!("  wait p99 {}, use p99 {}\n", p99(&timings.wait), p99(&timings.usage)));
    screen.say("Promises");
    for promise in promises {
        screen.say(&format!("  {promise}"));
    }
    let held = promises.iter().all(|promise| promise.held);
    screen.say(if held { "\nEverything held." } else { "\nSomething did not hold." });
    held
}
