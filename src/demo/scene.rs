//! The play itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::Snapshot;
use tokio::time::{Instant, sleep};

use super::load::{Load, Tally};
use super::report::report;
use super::screen::Screen;
use super::servers::{KILLED, Server};
use super::stage::Stage;
use super::verdict::{Promise, books, shares, survival};
use super::viewer::Viewer;
use super::watch::watch;
use super::{DemoResult, POOL};
use crate::App;
use crate::pools::{Follower, ReloadError, Told};

/// The balance policy of the demo's file, which promises shares. Somebody may try another.
const BY_WEIGHT: &str = "smooth-weighted";
/// Callers that the pool can serve at once, and how long they rest.
const CALM: (usize, Duration) = (6, Duration::from_millis(2));
/// More callers than connections.
const RUSH: (usize, Duration) = (96, Duration::ZERO);

/// The parts of the play as shares of the whole time.
const WARM_UP: f64 = 0.05;
const CALM_FOR: f64 = 0.30;
const KILLED_FOR: f64 = 0.15;
const BACK_FOR: f64 = 0.15;
const EDITS_FOR: f64 = 0.10;
/// Longer than the back-off in the demo's file, and how often to look meanwhile.
const BACK_OFF: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(50);
const RUSH_FOR: f64 = 0.15;

/// Plays the demo, with a viewer for its traces if wanted. Says whether what was promised held.
pub(crate) async fn play(app: &App, length: Duration, plain: bool, traces: bool) -> DemoResult<bool> {
    let viewer = if traces { Some(Viewer::start().await?) } else { None };
    let mut play = Play::prepare(app, length, plain, viewer).await?;
    play.stage.introduce(&mut play.screen);
    let load = play.calm().await?;
    play.kill().await?;
    play.bring_back().await?;
    play.mistake().await?;
    play.edit().await?;
    load.end().await;
    play.nobody_else_was_refused();
    play.rush().await?;
    play.finish().await
}

struct Play {
    stage: Stage,
    screen: Screen,
    length: Duration,
    began: Instant,
    tally: Arc<Tally>,
    told: Arc<Mutex<Vec<Told>>>,
    promises: Vec<Promise>,
    _follower: Follower,
}

impl Play {
    async fn prepare(app: &App, length: Duration, plain: bool, viewer: Option<Viewer>) -> DemoResult<Play> {
        let stage = Stage::set(app, viewer).await?;
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let follower = stage.pools.follow(stage.file.path(), move |what| heard.lock().push(what.clone()));
        #[cfg(unix)]
        let follower = follower.on_hangup()?;
        Ok(Play {
            stage,
            screen: Screen::new(plain),
            length,
            began: Instant::now(),
            tally: Arc::default(),
            told,
            promises: Vec::new(),
            _follower: follower,
        })
    }

    /// Load that the pool can serve: shares are as the weights.
    async fn calm(&mut self) -> DemoResult<Load> {
        self.headline(&format!("{} callers, more connections than they need: the policies alone decide", CALM.0));
        let load = Load::begin(&self.stage.pool, &self.tally, CALM.0, CALM.1);
        self.watch(WARM_UP).await;
        let before = self.snapshot();
        self.watch(CALM_FOR).await;
        let after = self.snapshot();
        let shares = shares(&before, &after);
        if after.policies.balance == BY_WEIGHT {
            self.promises.push(shares);
        } else {
            let policy = after.policies.balance;
            self.screen.say(&format!("`{policy}` promises no shares; it came to {}", shares.measured));
        }
        let (refused, why) = (self.refused(), self.tally.last_refusal());
        let measured =
            why.map_or_else(|| format!("{refused} refused"), |why| format!("{refused} refused, last: {why}"));
        self.promises.push(Promise::new("nobody is refused while all is well", refused == 0, measured));
        Ok(load)
    }

    fn killed(&mut self) -> DemoResult<&mut Server> {
        let mut servers = self.stage.servers.iter_mut();
        Ok(servers.find(|server| server.name == KILLED).ok_or("the server to be killed is not of the cast")?)
    }

    /// A server dies: the others serve, and it is dialed seldom.
    async fn kill(&mut self) -> DemoResult<()> {
        self.killed()?.kill().await?;
        self.headline(&format!("server {KILLED} is killed: what it held breaks, the others serve"));
        let (before, began) = (self.snapshot(), Instant::now());
        self.watch(KILLED_FOR).await;
        let after = self.snapshot();
        let failures = dial_failures(&after) - dial_failures(&before);
        let a_second = failures as f64 / began.elapsed().as_secs_f64();
        let seldom = Promise::new(
            "a dead server is dialed at most 100 times a second",
            a_second <= 100.0,
            format!("{failures} failed dials, {a_second:.1} a second"),
        );
        let served = after.counters().acquired - before.counters().acquired;
        let on = Promise::new("the others serve on", served > 0, format!("{served} leases meanwhile"));
        self.promises.extend([seldom, on]);
        Ok(())
    }

    /// It comes back, and gets its share again.
    async fn bring_back(&mut self) -> DemoResult<()> {
        self.killed()?.restart().await?;
        self.headline(&format!("server {KILLED} is back: it gets its share again"));
        let before = served_at(&self.snapshot(), KILLED);
        self.watch(BACK_FOR).await;
        let served = || served_at(&self.stage.pool.snapshot(), KILLED) - before;
        // Its back-off may last longer than this part of a short play.
        for _ in 0..BACK_OFF.as_millis() / STEP.as_millis() {
            if served() > 0 {
                break;
            }
            sleep(STEP).await;
        }
        let measured = format!("{} leases of {KILLED}", served());
        let kept = Promise::new("who comes back is used again, once its back-off is over", served() > 0, measured);
        self.promises.push(kept);
        Ok(())
    }

    /// All the time until now there was room for everybody.
    fn nobody_else_was_refused(&mut self) {
        let others = self.tally.refused.load(Ordering::Relaxed);
        let dials = self.tally.dial_refused.load(Ordering::Relaxed);
        let last = if others == 0 { None } else { self.tally.last_refusal() };
        let last = last.map_or_else(String::new, |why| format!(", last: {why}"));
        let measured = format!("{others} refused for anything but dials of the killed server{last}, {dials} for those");
        self.promises.push(Promise::new("no acquire fails but for the killed server", others == 0, measured));
    }

    /// Somebody makes a mistake in the file: it is told, and changes nothing.
    async fn mistake(&mut self) -> DemoResult<()> {
        self.headline("somebody writes `kind = \"fifoo\"` into the file");
        let before = self.snapshot();
        self.told.lock().clear();
        self.stage.file.edit(r#"acquire = { kind = "lifo" }"#, r#"acquire = { kind = "fifoo" }"#)?;
        self.watch(EDITS_FOR).await;
        let told = self.hear().await;
        if let Some(Told::Refused(error)) = &told {
            let indented: Vec<String> = error.to_string().lines().map(|line| format!("    {line}")).collect();
            self.screen.say(&indented.join("\n"));
        }
        let refused = matches!(told, Some(Told::Refused(ReloadError::Config(_))));
        let same = self.snapshot().policies == before.policies;
        let measured = format!("refused: {refused}, policies unchanged: {same}");
        self.promises.push(Promise::new("a mistake is reported and changes nothing", refused && same, measured));
        Ok(())
    }

    /// Then it is put right, and more is changed: seen at once, and connections survive.
    async fn edit(&mut self) -> DemoResult<()> {
        self.headline("it is put right: acquire becomes fifo, idle-timeout 2s");
        self.told.lock().clear();
        let before = self.stage.pool.snapshot();
        self.stage.file.edit(r#"acquire = { kind = "fifoo" }"#, r#"acquire = { kind = "fifo" }"#)?;
        self.stage.file.edit(r#"after = "4s""#, r#"after = "2s""#)?;
        let told = self.hear().await;
        if let Some(Told::Changed(changes)) = &told {
            for change in changes {
                self.screen.say(&format!("    {change}"));
            }
        }
        let acquire = self.snapshot().policies.acquire;
        let measured = format!("acquire is {acquire}");
        self.promises.push(Promise::new("a change is taken live", acquire == "fifo", measured));
        self.watch(EDITS_FOR).await;
        self.promises.push(survival(&before, &self.snapshot()));
        Ok(())
    }

    /// More callers than connections: they wait in turn.
    async fn rush(&mut self) -> DemoResult<()> {
        let most = self.snapshot().max_open;
        self.headline(&format!("{} callers for {most} connections: they wait in turn", RUSH.0));
        let (before, refused) = (self.snapshot().counters(), self.refused());
        let load = Load::begin(&self.stage.pool, &self.tally, RUSH.0, RUSH.1);
        self.watch(RUSH_FOR).await;
        load.end().await;
        let after = self.snapshot();
        let waited = after.counters().waited - before.waited;
        let refused = self.refused() - refused;
        let longest = after.timings().wait.max();
        let measured = format!("{waited} waited, the longest {}, {refused} refused", super::table::short(longest));
        self.promises.push(Promise::new(
            "who waits is served before its time-out",
            waited > 0 && refused == 0,
            measured,
        ));
        let open = after.open() <= most;
        self.promises.push(Promise::new("the limit holds", open, format!("{} of {most} open", after.open())));
        Ok(())
    }

    async fn finish(mut self) -> DemoResult<bool> {
        let end = self.snapshot();
        self.promises.push(books(&end));
        let drained = self.stage.pools.drain(Duration::from_secs(3)).await;
        let empty = drained.get(POOL).is_some_and(|report| report.drained);
        let left = self.stage.pool.snapshot().open();
        self.promises.push(Promise::new("a drain leaves nothing open", empty, format!("{left} open")));
        let held = report(&mut self.screen, &end, &self.tally, &self.promises);
        if let Err(undelivered) = self.stage.telemetry.shutdown(Duration::from_secs(2)) {
            self.screen.say(&format!("telemetry: {undelivered}"));
        }
        if let Some(viewer) = self.stage.viewer {
            viewer.stay(&mut self.screen).await;
        }
        Ok(held)
    }

    fn headline(&mut self, text: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.screen.say(&format!("{seconds:>5.1}s  {text}"));
    }

    /// Shows the table for a share of the whole time.
    async fn watch(&mut self, share: f64) {
        watch(&mut self.screen, &self.stage.pool, self.length.mul_f64(share), self.length.mul_f64(0.10)).await;
    }

    /// What came of the last edit, when the follower has seen it.
    async fn hear(&self) -> Option<Told> {
        for _ in 0..100 {
            if let Some(told) = self.told.lock().pop() {
                return Some(told);
            }
            sleep(Duration::from_millis(50)).await;
        }
        None
    }

    fn snapshot(&self) -> Snapshot {
        self.stage.pool.snapshot()
    }

    fn refused(&self) -> u64 {
        self.tally.refused.load(Ordering::Relaxed) + self.tally.dial_refused.load(Ordering::Relaxed)
    }
}

fn dial_failures(snapshot: &Snapshot) -> u64 {
    snapshot.counters().dial_failures
}

fn served_at(snapshot: &Snapshot, name: &str) -> u64 {
    let here = |endpoint: &&pool_core::EndpointSnapshot| endpoint.endpoint.name() == name;
    snapshot.endpoints.iter().find(here).map_or(0, |endpoint| endpoint.counters.acquired)
}
