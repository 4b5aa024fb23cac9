//! The policy.

use pool_core::{AcquirePolicy, Cx, Decision, EntryId, Factory, IdleView, OptionError, Reason};

use crate::RandomOptions;

const RANDOM: Reason = Reason::new("random");

/// Any idle connection is handed out, all equally likely.
#[derive(Debug, Clone, Copy, Default)]
pub struct Random;

impl AcquirePolicy for Random {
    fn choose(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Decision<EntryId> {
        let (count, drawn) = match idle.len() {
            0 => return Decision::none(RANDOM),
            count => (count, cx.random.below(count)),
        };
        // From the end that is nearer.
        let conn =
            if drawn < count / 2 { idle.newest_first().nth(drawn) } else { idle.oldest_first().nth(count - 1 - drawn) };
        Decision { choice: conn.map(|conn| conn.id()), reason: RANDOM }
    }
}

impl Factory<dyn AcquirePolicy> for Random {
    const KIND: &'static str = "random";
    const SUMMARY: &'static str = "Any idle connection is handed out, all equally likely";
    const EXAMPLE: &'static str = "kind = \"random\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[RANDOM];
    type Options = RandomOptions;

    fn build(RandomOptions {}: RandomOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(Random))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    #[test]
    fn all_are_equally_likely_whatever_their_place() {
        for size in [1, 2, 3, 10, 11] {
            let mut paper = Paper::new();
            let a = paper.endpoint(Endpoint::new("a:1"));
            let conns: Vec<_> = (0..size).map(|_| paper.idle(a, paper.now())).collect();
            let mut times = vec![0_u32; size];
            for _ in 0..10_000 {
                let decision = paper.with_cx(None, |paper, cx| Random.choose(&paper.idle_view(a), cx));
                let chosen = conns.iter().position(|conn| Some(*conn) == decision.choice);
                times[chosen.expect("one of them")] += 1;
            }
            let due = 10_000 / size as u32;
            // Four standard deviations of a binomial distribution, at most.
            let off = 4 * due.isqrt();
            assert!(times.iter().all(|times| times.abs_diff(due) <= off), "{times:?}");
        }
    }

    #[test]
    fn of_none_it_chooses_none() {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let decision = paper.with_cx(None, |paper, cx| Random.choose(&paper.idle_view(a), cx));
        assert_eq!(decision, Decision::none(RANDOM));
    }
}
