//! The policy.

use pool_core::{AcquirePolicy, ConnView, Cx, Decision, EntryId, IdleView};
use pool_core::{Factory, OptionError, Reason};

use crate::{{project-name | pascal_case}}Options;

// Why it decides as it does: a word on spans, and a time series in metrics. So they are few, and fixed.
const LEAST_USED: Reason = Reason::new("least-used");

// What is wrong with an option, and what is allowed: told below the line of the file where it stands.
const AMONG_NONE: &str = "among 0 connections there is none to choose; at least 1";

/// The idle connection that has served the fewest leases is handed out.
#[derive(Debug, Clone)]
pub struct {{project-name | pascal_case}} {
    among: usize,
}

impl {{project-name | pascal_case}} {
    /// The policy with these options.
    ///
    /// # Errors
    /// If `among` is 0.
    pub fn new(options: &{{project-name | pascal_case}}Options) -> Result<Self, OptionError> {
        if options.among == 0 {
            return Err(OptionError::new("among", AMONG_NONE));
        }
        let among = options.among as usize;
        Ok(Self { among })
    }
}

impl AcquirePolicy for {{project-name | pascal_case}} {
    // THIS IS THE RULE: make it yours. It runs under the pool's lock, so it looks at a bounded number of them.
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let compared = idle.newest_first().take(self.among);
        // Of several, the one released last.
        match compared.min_by_key(ConnView::uses) {
            Some(conn) => Decision::of(conn.id(), LEAST_USED),
            None => Decision::none(LEAST_USED),
        }
    }
}

impl Factory<dyn AcquirePolicy> for {{project-name | pascal_case}} {
    const KIND: &'static str = "{{project-name}}";
    const SUMMARY: &'static str = "The idle connection with the fewest leases so far is handed out";
    const EXAMPLE: &'static str = r#"kind = "{{project-name}}"
among = 16
"#;
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = &[LEAST_USED];
    type Options = {{project-name | pascal_case}}Options;

    fn build(options: Self::Options) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(Self::new(&options)?))
    }
}

#[cfg(test)]
mod tests {
    use pool_core::Endpoint;
    use pool_core::fixture::Paper;

    use super::*;

    /// Which of these idle connections, each after so many leases, is handed out. They were released in this order.
    fn chosen(among: u32, uses: &[u32]) -> usize {
        let mut paper = Paper::new();
        let a = paper.endpoint(Endpoint::new("a:1"));
        let mut ids = Vec::new();
        for &uses in uses {
            let id = paper.idle(a, paper.now());
            for _ in 0..uses {
                paper.lease(id);
                paper.release(id);
            }
            ids.push(id);
        }
        let options = {{project-name | pascal_case}}Options { among };
        let policy = {{project-name | pascal_case}}::new(&options);
        let mut policy = policy.expect("good options");
        let chosen = paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(a), cx));
        let chosen = chosen.choice.expect("some are idle");
        let place = ids.iter().position(|&id| id == chosen);
        place.expect("one of them")
    }

    #[test]
    fn the_least_used_is_handed_out_and_of_several_the_one_released_last() {
        assert_eq!(chosen(16, &[5, 2, 9]), 1);
        assert_eq!(chosen(16, &[2, 5, 2, 3]), 2);
    }

    #[test]
    fn only_so_many_are_compared() {
        assert_eq!(chosen(2, &[1, 7, 9]), 1);
    }
}
