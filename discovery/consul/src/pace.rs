//! When the next query may be made.

use std::time::Duration;

use tokio::time::Instant;

/// However fast answers come that bring nothing new, a query is made as often as this.
const SLOWEST: Duration = Duration::from_secs(2);

/// The pause after a first failure; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// Keeps queries apart.
#[derive(Debug)]
pub(crate) struct Pace {
    shortest: Duration,
    begun: Option<Instant>,
    /// Answers in a row that came early and brought nothing new.
    idle: u32,
    /// The next query is not made before this.
    due: Option<Instant>,
    /// Failures in a row.
    failures: u32,
}

impl Pace {
    pub(crate) fn new(shortest: Duration) -> Pace {
        Pace { shortest, begun: None, idle: 0, due: None, failures: 0 }
    }

    /// When the next query may be made; `None` is at once.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(crate) fn begin(&mut self, now: Instant) {
        self.begun = Some(now);
    }

    /// An answer has come, and whether it brought news.
    pub(crate) fn answered(&mut self, is_news: bool, now: Instant) {
        self.failures = 0;
        let slowest = SLOWEST.max(self.shortest);
        let begun = self.begun.unwrap_or(now);
        let is_early = now.duration_since(begun) < slowest;
        self.idle = if is_early && !is_news { self.idle.saturating_add(1) } else { 0 };
        // The first may be the one that only fetches the index, or a write that changed nothing.
        self.due = begun.checked_add(doubled(self.shortest, self.idle.saturating_sub(1), slowest));
    }

    /// No good answer has come. `chance` from 0 to 1 keeps those apart who lost the same agent.
    pub(crate) fn failed(&mut self, now: Instant, chance: f64) {
        let pause = doubled(FIRST_RETRY.max(self.shortest), self.failures, LAST_RETRY.max(self.shortest));
        self.failures = self.failures.saturating_add(1);
        self.idle = 0;
        self.due = now.checked_add(pause.mul_f64(0.5 + chance / 2.0));
    }
}

fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    first.saturating_mul(1 << times.min(16)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORTEST: Duration = Duration::from_millis(100);

    /// The times between the begins of queries whose answers come at once.
    fn gaps(pace: &mut Pace, news: &[bool]) -> Vec<u128> {
        let mut now = Instant::now();
        let gap = |&is_news: &bool| {
            let begun = now;
            pace.begin(now);
            pace.answered(is_news, now);
            now = pace.due().expect("some time");
            now.duration_since(begun).as_millis()
        };
        news.iter().map(gap).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn answers_without_news_slow_it_down_and_news_makes_it_fast_again() {
        let mut pace = Pace::new(SHORTEST);
        assert_eq!(pace.due(), None);
        let news = [true, false, false, false, false, false, false, false, true, false, false];
        assert_eq!(gaps(&mut pace, &news), [100, 100, 200, 400, 800, 1600, 2000, 2000, 100, 100, 200]);
        assert_eq!(gaps(&mut pace, &[true; 5]), [100; 5], "real changes are not held up");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_let_itself_wait_is_followed_at_once() {
        let mut pace = Pace::new(SHORTEST);
        gaps(&mut pace, &[false; 9]);
        let begun = Instant::now();
        pace.begin(begun);
        tokio::time::advance(Duration::from_secs(300)).await;
        pace.answered(false, Instant::now());
        assert!(pace.due().is_some_and(|due| due <= Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_followed_more_and_more_slowly_until_an_answer_comes() {
        let mut pace = Pace::new(SHORTEST);
        let now = Instant::now();
        let mut pause = |chance| {
            pace.failed(now, chance);
            pace.due().expect("some time").duration_since(now).as_millis()
        };
        let pauses = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0].map(&mut pause);
        assert_eq!(pauses, [200, 400, 400, 1600, 3200, 6400, 10_000]);
        pace.begin(now);
        pace.answered(true, now);
        pace.failed(now, 1.0);
        assert_eq!(pace.due(), Some(now + Duration::from_millis(200)));
    }
}
