//! How a policy may be called.

use pool_core::Role;

use super::{Mistake, template};

/// The longest name: it becomes part of names of crates, types and files.
const LONGEST: usize = 40;

/// The kind of a policy, and what follows from it: names of its type, its crate, its feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    /// A name for a policy of this role.
    pub(super) fn of(text: &str, role: Role) -> Result<Name, Mistake> {
        let role_of_crate = format!("pool-{}-", role.as_str());
        if let Some(kind) = text.strip_prefix(&role_of_crate).filter(|kind| is_kebab_case(kind)) {
            return Err(format!("`{text}` is the name of the crate; the policy's own is enough: `{kind}`"));
        }
        if !is_kebab_case(text) {
            let rule = "small letters and digits, with single hyphens between them, and a letter first";
            let example = kebab_case(text)
                .map_or("for example `fewest-leases`".to_owned(), |meant| format!("did you mean `{meant}`?"));
            return Err(format!("`{text}` is no name for a policy: {rule}\n  = {example}"));
        }
        if text.len() > LONGEST {
            return Err(format!("`{text}` has {} letters; at most {LONGEST}", text.len()));
        }
        let name = Name(text.to_owned());
        let type_name = name.type_name();
        if type_name == "Self" || template::uses_word(role, &type_name) {
            return Err(format!(
                "a policy called `{text}` would be a type `{type_name}`, which its code could not tell from another\n  \
                 = add a word: `own-{text}`"
            ));
        }
        Ok(name)
    }

    /// What a configuration writes: `fewest-leases`.
    pub(super) fn kind(&self) -> &str {
        &self.0
    }

    /// `fewest_leases`.
    pub(super) fn snake_case(&self) -> String {
        self.0.replace('-', "_")
    }

    /// `FewestLeases`.
    pub(super) fn type_name(&self) -> String {
        let upper =
            |word: &str| word.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(word.chars().skip(1)).collect();
        self.0.split('-').map(upper).collect::<Vec<String>>().concat()
    }

    /// `balance-fewest-leases`.
    pub(super) fn feature(&self, role: Role) -> String {
        format!("{}-{}", role.as_str(), self.0)
    }

    /// `pool-balance-fewest-leases`.
    pub(super) fn package(&self, role: Role) -> String {
        format!("pool-{}", self.feature(role))
    }

    /// `pool_balance_fewest_leases`.
    pub(super) fn library(&self, role: Role) -> String {
        self.package(role).replace('-', "_")
    }
}

fn is_kebab_case(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(is_word)
}

/// What was meant by a name in another form, such as `FewestLeases`.
fn kebab_case(text: &str) -> Option<String> {
    let mut kebab = String::new();
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            kebab.push('-');
            continue;
        }
        let begins_a_word = c.is_ascii_uppercase() && kebab.ends_with(|c: char| c.is_ascii_lowercase());
        if begins_a_word {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    let words: Vec<&str> = kebab.split('-').filter(|word| !word.is_empty()).collect();
    Some(words.join("-")).filter(|kebab| is_kebab_case(kebab))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Name::of(text, Role::Balance).expect_err("a bad name")
    }

    #[test]
    fn names_of_everything_follow_from_the_kind() {
        let name = Name::of("p2c-by-load", Role::Balance).expect("a good name");
        assert_eq!((name.kind(), name.snake_case()), ("p2c-by-load", "p2c_by_load".to_owned()));
        assert_eq!(name.type_name(), "P2cByLoad");
        assert_eq!(name.feature(Role::Balance), "balance-p2c-by-load");
        assert_eq!(name.package(Role::Evict), "pool-evict-p2c-by-load");
        assert_eq!(name.library(Role::Queue), "pool_queue_p2c_by_load");
    }

    #[test]
    fn what_was_meant_is_guessed() {
        for (text, meant) in [
            ("FewestLeases", "fewest-leases"),
            ("fewest_leases", "fewest-leases"),
            ("-a--b-", "a-b"),
            ("Über 2", "ber-2"),
        ] {
            assert!(refused(text).ends_with(&format!("did you mean `{meant}`?")), "{}", refused(text));
        }
        for text in ["", "2x", "--", "ß"] {
            assert!(refused(text).ends_with("for example `fewest-leases`"), "{}", refused(text));
        }
    }

    #[test]
    fn a_type_that_would_clash_with_one_in_use_is_refused() {
        for text in ["self", "decision", "endpoint-id", "option", "plugin", "factory", "serialize", "balance-policy"] {
            assert!(refused(text).contains(&format!("add a word: `own-{text}`")), "{}", refused(text));
        }
        // Keywords and names of crates do no harm: all that is made of them has more words.
        for text in ["fn", "type", "core", "std", "test", "policy"] {
            assert!(Name::of(text, Role::Balance).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_name_of_the_crate_is_more_than_is_asked_for() {
        assert!(refused("pool-balance-quick").ends_with("the policy's own is enough: `quick`"));
        assert!(Name::of("pool-evict-quick", Role::Balance).is_ok());
    }

    #[test]
    fn a_name_has_an_end() {
        assert!(Name::of(&"a".repeat(LONGEST), Role::Queue).is_ok());
        assert!(refused(&"a".repeat(LONGEST + 1)).ends_with("at most 40"));
    }
}
