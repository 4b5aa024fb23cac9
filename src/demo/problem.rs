//! `clearpool demo --problem NAME`: all is well for a quarter of the time, then one thing is wrong until the
//! end. The exit code says whether the pool itself saw it.

mod cause;
mod kind;
mod signs;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use self::cause::Cause;
pub(crate) use self::kind::Problem;
use self::signs::{Phase, signs};
use super::DemoResult;
use super::load::{Load, Tally};
use super::screen::Screen;
use super::stage::Stage;
use super::watch::watch;
use crate::App;

/// The servers, which are all alike here: so slow that what the machine itself takes does not count.
const CAST: [(&str, Duration); 3] = [("a", ANSWER), ("b", ANSWER), ("c", ANSWER)];

/// How long a server takes to answer while all is well.
const ANSWER: Duration = Duration::from_millis(20);

/// What the file of the demo says otherwise here: no connection dies of age while we look on, and a lease
/// that is held for long is told of.
const WORDS: [(&str, &str); 2] = [
    (r#"max_age = "15s""#, r#"max_age = "10m""#),
    (r#"wait = { timeout = "2s" }"#, "wait = { timeout = \"2s\" }\nlease = { overdue_after = \"3s\" }"),
];

/// Callers that the pool can serve at once, and how long they rest.
const CALM: (usize, Duration) = (6, Duration::from_millis(10));

/// The share of the whole time for which all is well.
const WELL_FOR: f64 = 0.25;

/// Plays one problem. Says whether the pool saw it.
pub(crate) async fn play_problem(app: &App, problem: Problem, length: Duration, plain: bool) -> DemoResult<bool> {
    let mut stage = Stage::set_with(app, None, &CAST, &WORDS).await?;
    let mut screen = Screen::new(plain);
    stage.introduce(&mut screen);
    let follower = stage.pools.follow(stage.file.path(), |_| {});
    let (tally, began, step) = (Arc::new(Tally::default()), Instant::now(), length.mul_f64(0.10));
    let tell = |screen: &mut Screen, text: &str| {
        screen.say(&format!("{:>5.1}s  {text}", began.elapsed().as_secs_f64()));
    };

    tell(&mut screen, &format!("{} callers, more connections than they need: all is well", CALM.0));
    let load = Load::begin(&stage.pool, &tally, CALM.0, CALM.1);
    let start = stage.pool.snapshot();
    watch(&mut screen, &stage.pool, length.mul_f64(WELL_FOR), step).await;
    let well = Phase::between(&start, &stage.pool.snapshot());

    tell(&mut screen, &format!("{}: {}", problem.name(), problem.says()));
    screen.say(&format!("        the lamp   {} (dashboard Pool, first row)", problem.lamp()));
    screen.say(&format!(
        "        what to do docs/guides/three-in-the-morning.md, docs/runbooks/{}.md",
        problem.runbook()
    ));
    let before = stage.pool.snapshot();
    let cause = Cause::begin(problem, &mut stage, &tally, length.mul_f64(1.0 - WELL_FOR)).await?;
    watch(&mut screen, &stage.pool, length.mul_f64(1.0 - WELL_FOR), step).await;
    let end = stage.pool.snapshot();

    tell(&mut screen, "that is it");
    cause.end().await;
    load.end().await;
    drop(follower);
    stage.pools.drain(Duration::from_secs(3)).await;
    let signs = signs(problem, &well, &Phase::between(&before, &end), &end);
    screen.say(&format!(
        "\nSummary\n  {} requests answered, {} connections broke in use, {} acquires refused\n\nSigns of it in the \
         pool's own snapshot",
        tally.answered.load(Ordering::Relaxed),
        tally.broken.load(Ordering::Relaxed),
        tally.dial_refused.load(Ordering::Relaxed) + tally.refused.load(Ordering::Relaxed),
    ));
    for sign in &signs {
        screen.say(&format!("  {sign}"));
    }
    let seen = signs.iter().all(|sign| sign.seen);
    screen.say(if seen { "\nThe pool saw it." } else { "\nThe pool did not see all of it." });
    if let Err(undelivered) = stage.telemetry.shutdown(Duration::from_secs(2)) {
        screen.say(&format!("telemetry: {undelivered}"));
    }
    Ok(seen)
}
