//! The reasons that a module declares.
//!
//! A [`Reason`] is a static word, so that it can be a metric label without a copy. The words of a module come
//! at run time; so each different word is leaked, once in the life of the process, and there is a bound on how
//! many there may ever be. A module that is loaded again brings no new words.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use pool_core::Reason;

/// So many different words of all modules together: at most 20 KiB in the life of the process.
const MOST_EVER: usize = 512;
/// So many words of one module.
pub(crate) const MOST: usize = 15;
/// A longer word fits no dashboard.
const LONGEST: usize = 40;

static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The reasons that a module declares: one word a line.
///
/// # Errors
/// If there is none, or there are too many, or one is no word in kebab-case.
pub(crate) fn declared(list: &str) -> Result<Vec<Reason>, String> {
    let words: Vec<&str> = list.lines().collect();
    if words.is_empty() {
        return Err("declares no reason; every decision has one, so at least one word".into());
    }
    if words.len() > MOST {
        return Err(format!("declares {} reasons; each is a time series, so at most {MOST}", words.len()));
    }
    if let Some(wrong) = words.iter().find(|word| !kebab(word)) {
        let shown: String = wrong.chars().take(LONGEST).collect();
        return Err(format!(
            "declares the reason {shown:?}; reasons are words in kebab-case of at most {LONGEST} letters, one a line"
        ));
    }
    words.into_iter().map(kept).collect()
}

fn kept(word: &str) -> Result<Reason, String> {
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = words.get(word) {
        return Ok(Reason::new(known));
    }
    if words.len() >= MOST_EVER {
        return Err(format!(
            "declares the reason {word:?}, and all modules of this process have declared {MOST_EVER} different ones \
             already; they are kept for ever, so no more are taken until it is started again"
        ));
    }
    let word: &'static str = Box::leak(word.into());
    words.insert(word);
    Ok(Reason::new(word))
}

fn kebab(word: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    word.len() <= LONGEST && word.starts_with(|c: char| c.is_ascii_lowercase()) && word.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once() {
        let (first, second) = (declared("least-loaded\nby-chance").unwrap(), declared("by-chance").unwrap());
        assert!(std::ptr::eq(first[1].as_str(), second[0].as_str()));
    }

    #[test]
    fn what_is_no_list_of_words_is_refused() {
        let many = vec!["a"; MOST + 1].join("\n");
        for (list, told) in [
            ("", "declares no reason"),
            ("Least", "declares the reason \"Least\"; reasons are words in kebab-case"),
            ("a b", "\"a b\""),
            ("a\n\nb", "\"\""),
            ("1st", "\"1st\""),
            (many.as_str(), "declares 16 reasons"),
            (&"x".repeat(41), "at most 40 letters"),
        ] {
            let error = declared(list).unwrap_err();
            assert!(error.contains(told), "{list:?}: {error}");
        }
    }
}
