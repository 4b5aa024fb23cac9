//! The policy.

use pool_core::{Cx, Decision, HumanDuration, Next, QueuePolicy, QueueView};
use pool_core::{Factory, OptionError, Reason};

use crate::{{project-name | pascal_case}}Options;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const IN_TURN: Reason = Reason::new("in-turn");
const TOO_LATE: Reason = Reason::new("too-late");

// What is wrong with an option, and what is allowed: told below the line of the file where it stands.
const NO_PATIENCE: &str = "without patience nobody is served; for example \"1s\", or \"never\"";

/// Those who wait are served in their turn, and who has waited too long is turned away.
#[derive(Debug, Clone)]
pub struct {{project-name | pascal_case}} {
    patience: HumanDuration,
}

impl {{project-name | pascal_case}} {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `patience` is zero.
    pub fn new(options: &{{project-name | pascal_case}}Options) -> Result<Self, OptionError> {
        let patience = options.patience;
        if patience.is_zero() {
            return Err(OptionError::new("patience", NO_PATIENCE));
        }
        Ok(Self { patience })
    }
}

impl QueuePolicy for {{project-name | pascal_case}} {
    // THIS IS THE RULE: make it yours. After one was turned away it is asked again.
    fn next(&mut self, queue: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        let is_late = queue.oldest_waited() > self.patience.get();
        // Nobody else wants the connection: better late than never.
        let is_last = queue.len() == 1;
        if is_late && !is_last {
            return Decision::of(Next::TurnAwayOldest, TOO_LATE);
        }
        Decision::of(Next::Oldest, IN_TURN)
    }
}

impl Factory<dyn QueuePolicy> for {{project-name | pascal_case}} {
    const KIND: &'static str = "{{project-name}}";
    const SUMMARY: &'static str = "In turn, and who has waited too long is turned away";
    const EXAMPLE: &'static str = r#"kind = "{{project-name}}"
patience = "1s"
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[IN_TURN, TOO_LATE];
    type Options = {{project-name | pascal_case}}Options;

    fn build(options: Self::Options) -> Result<Box<dyn QueuePolicy>, OptionError> {
        Ok(Box::new(Self::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pool_core::Time;
    use pool_core::fixture::Paper;

    use super::*;

    /// Who of so many is next, with so much patience, when the oldest has waited for so many milliseconds.
    fn next(patience: HumanDuration, len: usize, waited: u64) -> Option<Next> {
        let options = {{project-name | pascal_case}}Options { patience };
        let policy = {{project-name | pascal_case}}::new(&options);
        let mut policy = policy.expect("good options");
        let now = Time::ZERO.after(Duration::from_millis(waited));
        let queue = QueueView::on_paper(now, len, Time::ZERO, now);
        let next = Paper::new().with_cx(None, |_, cx| policy.next(&queue, cx));
        next.choice
    }

    #[test]
    fn who_has_waited_longer_than_the_patience_is_turned_away() {
        let patience = HumanDuration::from_secs(1);
        assert_eq!(next(patience, 2, 1000), Some(Next::Oldest));
        assert_eq!(next(patience, 2, 1001), Some(Next::TurnAwayOldest));
    }

    #[test]
    fn the_last_one_is_served_however_late() {
        let patience = HumanDuration::from_secs(1);
        assert_eq!(next(patience, 1, 1001), Some(Next::Oldest));
    }

    #[test]
    fn never_turns_nobody_away() {
        assert_eq!(next(HumanDuration::NEVER, 2, u64::MAX), Some(Next::Oldest));
    }
}
