//! The policy.

use pool_core::{Cx, Decision, Factory, Next, OptionError, QueuePolicy, QueueView, Reason};

use crate::AdaptiveLifoOptions;

const IN_TURN: Reason = Reason::new("in-turn");
const NEWEST: Reason = Reason::new("newest-in-overload");
const TOO_LATE: Reason = Reason::new("too-late");

/// First come, first served, until a queue forms; then the newest first.
#[derive(Debug, Clone)]
pub struct AdaptiveLifo {
    options: AdaptiveLifoOptions,
}

impl AdaptiveLifo {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `give_up_after` is zero: then nobody could wait.
    pub fn new(options: &AdaptiveLifoOptions) -> Result<AdaptiveLifo, OptionError> {
        if options.give_up_after.get().is_zero() {
            return Err(OptionError::new("give_up_after", "must be longer than zero, or \"never\""));
        }
        Ok(AdaptiveLifo { options: options.clone() })
    }
}

impl QueuePolicy for AdaptiveLifo {
    fn next(&mut self, queue: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        let AdaptiveLifoOptions { above, give_up_after } = &self.options;
        if queue.len() <= *above as usize {
            return Decision::of(Next::Oldest, IN_TURN);
        }
        if !give_up_after.is_never() && queue.oldest_waited() > give_up_after.get() {
            return Decision::of(Next::TurnAwayOldest, TOO_LATE);
        }
        Decision::of(Next::Newest, NEWEST)
    }
}

impl Factory<dyn QueuePolicy> for AdaptiveLifo {
    const KIND: &'static str = "adaptive-lifo";
    const SUMMARY: &'static str = "First come, first served, until a queue forms; then the newest first";
    const EXAMPLE: &'static str = "kind = \"adaptive-lifo\"\nabove = 10\ngive_up_after = \"1s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[IN_TURN, NEWEST, TOO_LATE];
    type Options = AdaptiveLifoOptions;

    fn build(options: AdaptiveLifoOptions) -> Result<Box<dyn QueuePolicy>, OptionError> {
        Ok(Box::new(AdaptiveLifo::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pool_core::{HumanDuration, Random, Time};

    use super::*;

    /// The word on a queue of so many, the oldest of whom has waited so many milliseconds.
    fn asked(options: &AdaptiveLifoOptions, len: usize, waited: u64) -> Option<Next> {
        let now = Time::ZERO.after(Duration::from_secs(60));
        let oldest = Time::ZERO.after(Duration::from_millis(60_000 - waited));
        let mut policy = AdaptiveLifo::new(options).expect("options that make sense");
        let mut random = Random::with_seed(0);
        policy.next(&QueueView::on_paper(now, len, oldest, now), &mut Cx { now, key: None, random: &mut random }).choice
    }

    #[test]
    fn the_newest_is_first_once_a_queue_has_formed() {
        let options = AdaptiveLifoOptions { above: 3, ..AdaptiveLifoOptions::default() };
        for (len, expected) in [(1, Next::Oldest), (3, Next::Oldest), (4, Next::Newest), (400, Next::Newest)] {
            assert_eq!(asked(&options, len, 30_000), Some(expected), "{len} wait");
        }
    }

    #[test]
    fn who_waits_in_vain_is_told_so() {
        let options = AdaptiveLifoOptions { above: 3, give_up_after: HumanDuration::from_secs(1) };
        assert_eq!(asked(&options, 4, 1_000), Some(Next::Newest));
        assert_eq!(asked(&options, 4, 1_001), Some(Next::TurnAwayOldest));
        assert_eq!(asked(&options, 3, 30_000), Some(Next::Oldest), "there is no queue any more: it is served");
    }
}
