//! Words that become labels, keys and values.

use std::collections::BTreeSet;

use pool_core::Reason;

use crate::Verdict;

/// More different reasons than a policy can need; each is a time series.
const MOST_REASONS: usize = 16;

/// Longer words don't fit a dashboard.
const LONGEST: usize = 40;

/// Whether a word is in kebab-case: lower-case letters and digits, in parts with one hyphen between.
pub(crate) fn kebab(word: &str) -> bool {
    cased(word, '-')
}

/// The same with underscores.
pub(crate) fn snake(word: &str) -> bool {
    cased(word, '_')
}

fn cased(word: &str, between: char) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    word.len() <= LONGEST && word.starts_with(|c: char| c.is_ascii_lowercase()) && word.split(between).all(part)
}

/// The reasons that a policy gave.
#[derive(Debug, Default)]
pub(crate) struct Reasons(BTreeSet<Reason>);

impl Reasons {
    /// Another reason: it must be a good word, and there must not be too many.
    pub(crate) fn add(&mut self, reason: Reason) -> Verdict {
        if !kebab(reason.as_str()) {
            return Err(format!("it gave the reason {:?}, which is no word in kebab-case", reason.as_str()));
        }
        self.0.insert(reason);
        if self.0.len() > MOST_REASONS {
            return Err(format!("it gave more than {MOST_REASONS} different reasons, which are all label values"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_is_told_from_what_looks_like_it() {
        for good in ["newest", "max-age", "p2c", "a-1"] {
            assert!(kebab(good), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a--b", "Max", "max_age", "max age", "1st", "é"] {
            assert!(!kebab(bad), "{bad}");
        }
    }
}
