//! The policy.

use std::any::Any;
use std::time::Duration;

use pool_core::{Cx, Decision, Factory, HumanDuration, Next, OptionError, QueuePolicy, QueueView, Reason, Time};

use crate::CodelOptions;

const IN_TURN: Reason = Reason::new("in-turn");
const OVERLOADED: Reason = Reason::new("overloaded");

/// Turns away who has waited too long, while the pool is overloaded.
#[derive(Debug, Clone)]
pub struct Codel {
    target: Duration,
    interval: Duration,
    interval_ends: Time,
    /// The shortest wait of the interval.
    shortest: Duration,
    overloaded: bool,
}

impl Codel {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `target` is not above zero, or `interval` not above `target`, or one of them `never`.
    pub fn new(options: &CodelOptions) -> Result<Codel, OptionError> {
        let (target, interval) = (options.target.get(), options.interval.get());
        if target.is_zero() || options.target.is_never() {
            return Err(OptionError::new("target", "must be longer than zero and not `never`, for example \"5ms\""));
        }
        if interval <= target || options.interval.is_never() {
            return Err(OptionError::new("interval", too_short(options)));
        }
        let (interval_ends, shortest) = (Time::ZERO, Duration::ZERO);
        Ok(Codel { target, interval, interval_ends, shortest, overloaded: false })
    }

    /// Whether one who has waited so long is too late.
    fn is_too_late(&mut self, waited: Duration, now: Time) -> bool {
        // One that was inherited ends no later than one that begins now would: the options may have a shorter one.
        self.interval_ends = self.interval_ends.min(now.after(self.interval));
        if now > self.interval_ends {
            let pause = now > self.interval_ends.after(self.interval);
            self.overloaded = !pause && self.shortest > self.target;
            self.interval_ends = now.after(self.interval);
            self.shortest = waited;
            // More than one has to come in an interval before any is turned away.
            return false;
        }
        self.shortest = self.shortest.min(waited);
        self.overloaded && waited > self.target.saturating_mul(2)
    }
}

/// Says what the interval is too: it may be the default that is too short for the target.
fn too_short(options: &CodelOptions) -> String {
    let CodelOptions { target, interval } = options;
    let default = CodelOptions::default();
    // As many times the target as by default.
    let example = HumanDuration::from(target.saturating_mul(20));
    format!(
        "`interval` is {interval} (default {}); it must be longer than `target`, which is {target}, and not `never`, \
         for example \"{example}\"",
        default.interval
    )
}

impl QueuePolicy for Codel {
    fn next(&mut self, queue: &QueueView, cx: &mut Cx<'_>) -> Decision<Next> {
        if self.is_too_late(queue.oldest_waited(), cx.now) {
            Decision::of(Next::TurnAwayOldest, OVERLOADED)
        } else {
            Decision::of(Next::Oldest, IN_TURN)
        }
    }

    fn inherit(&mut self, old: &mut dyn Any) {
        if let Some(old) = old.downcast_mut::<Codel>() {
            (self.interval_ends, self.shortest, self.overloaded) = (old.interval_ends, old.shortest, old.overloaded);
        }
    }
}

impl Factory<dyn QueuePolicy> for Codel {
    const KIND: &'static str = "codel";
    const SUMMARY: &'static str = "In overload, who has waited too long is turned away";
    const EXAMPLE: &'static str = "kind = \"codel\"\ntarget = \"5ms\"\ninterval = \"100ms\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[IN_TURN, OVERLOADED];
    type Options = CodelOptions;

    fn build(options: CodelOptions) -> Result<Box<dyn QueuePolicy>, OptionError> {
        Ok(Box::new(Codel::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Random;

    use super::*;

    fn millis(millis: u64) -> Time {
        Time::ZERO.after(Duration::from_millis(millis))
    }

    /// The word on one who is served at `now` and came so many milliseconds before.
    fn asked(policy: &mut Codel, now: u64, waited: u64) -> Option<Next> {
        let view = QueueView::on_paper(millis(now), 1, millis(now - waited), millis(now - waited));
        let mut random = Random::with_seed(0);
        policy.next(&view, &mut Cx { now: millis(now), key: None, random: &mut random }).choice
    }

    fn policy() -> Codel {
        Codel::new(&CodelOptions::default()).expect("the defaults make sense")
    }

    #[test]
    fn a_burst_that_is_worked_off_costs_nobody() {
        let mut policy = policy();
        for (now, waited) in [(200, 50), (210, 40), (250, 20), (290, 1), (310, 80), (320, 80), (400, 60)] {
            assert_eq!(asked(&mut policy, now, waited), Some(Next::Oldest), "at {now} ms");
        }
    }

    #[test]
    fn an_interval_in_which_all_waited_makes_the_next_one_strict() {
        let mut policy = policy();
        for now in [1000, 1020, 1090] {
            assert_eq!(asked(&mut policy, now, 50), Some(Next::Oldest), "nobody knows yet");
        }
        assert_eq!(asked(&mut policy, 1101, 50), Some(Next::Oldest), "the first of an interval");
        assert_eq!(asked(&mut policy, 1102, 50), Some(Next::TurnAwayOldest));
        assert_eq!(asked(&mut policy, 1102, 11), Some(Next::TurnAwayOldest));
        assert_eq!(asked(&mut policy, 1102, 10), Some(Next::Oldest), "twice the target is not too long");
        assert_eq!(asked(&mut policy, 1150, 2), Some(Next::Oldest));
        // One waited for less than the target: the overload is over with the interval.
        assert_eq!(asked(&mut policy, 1202, 50), Some(Next::Oldest));
        assert_eq!(asked(&mut policy, 1203, 50), Some(Next::Oldest));
    }

    #[test]
    fn a_pause_ends_the_overload() {
        let mut policy = policy();
        for now in [1000, 1050, 1101, 1102] {
            asked(&mut policy, now, 50);
        }
        assert_eq!(asked(&mut policy, 1103, 50), Some(Next::TurnAwayOldest));
        assert_eq!(asked(&mut policy, 60_000, 50), Some(Next::Oldest));
        assert_eq!(asked(&mut policy, 60_001, 50), Some(Next::Oldest));
    }

    #[test]
    fn another_of_its_kind_goes_on_where_it_was() {
        let mut policy = policy();
        for now in [1000, 1050, 1101] {
            asked(&mut policy, now, 50);
        }
        let mut next = Codel::new(&CodelOptions { target: HumanDuration::from_millis(20), ..CodelOptions::default() })
            .expect("20 ms make sense");
        next.inherit(&mut policy);
        assert_eq!(asked(&mut next, 1103, 50), Some(Next::TurnAwayOldest));
        assert_eq!(asked(&mut next, 1103, 30), Some(Next::Oldest));
    }

    #[test]
    fn a_shorter_interval_is_in_force_after_a_reload() {
        let long = CodelOptions { interval: HumanDuration::from_secs(600), ..CodelOptions::default() };
        let mut old = Codel::new(&long).expect("10 minutes make sense");
        for now in [1_000, 602_000] {
            asked(&mut old, now, 50);
        }
        assert_eq!(asked(&mut old, 602_001, 50), Some(Next::TurnAwayOldest));
        let mut next = policy();
        next.inherit(&mut old);
        assert_eq!(asked(&mut next, 602_002, 50), Some(Next::TurnAwayOldest), "the overload is inherited too");
        assert_eq!(asked(&mut next, 602_050, 1), Some(Next::Oldest));
        for now in [602_200, 602_201] {
            assert_eq!(asked(&mut next, now, 50), Some(Next::Oldest), "one hardly waited in an interval of 100 ms");
        }
    }
}
