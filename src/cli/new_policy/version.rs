//! Which versions cargo understands: `0.1`, `=0.1.2`, `>=0.1, <0.3`.

use super::Mistake;

/// The same text, if cargo takes it for what versions are meant.
pub(super) fn requirement(text: &str) -> Result<String, Mistake> {
    if text == "*" || text.split(',').all(is_comparator) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no version that cargo understands\n  = for example `0.1`, `=0.1.2` or `>=0.1, <0.3`"))
}

fn is_comparator(text: &str) -> bool {
    let text = text.trim();
    let version = [">=", "<=", ">", "<", "=", "^", "~"].iter().find_map(|sign| text.strip_prefix(sign));
    is_version(version.unwrap_or(text).trim_start())
}

/// One, two or three numbers, of which only the first must be one; after three, what else belongs to a version.
fn is_version(text: &str) -> bool {
    let (text, build) = split(text, '+');
    let (numbers, pre) = split(text, '-');
    let numbers: Vec<&str> = numbers.split('.').collect();
    let known = numbers.iter().take_while(|part| is_number(part)).count();
    let rest_is_open = numbers[known..].iter().all(|part| *part == "*");
    let is_whole = known == 3;
    (1..=3).contains(&numbers.len())
        && known > 0
        && rest_is_open
        && pre.is_none_or(|pre| is_whole && pre.split('.').all(is_word_of_pre_release))
        && build.is_none_or(|build| is_whole && build.split('.').all(is_word))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_number(text: &str) -> bool {
    is_digits(text) && text.parse::<u64>().is_ok() && (text == "0" || !text.starts_with('0'))
}

fn is_digits(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

fn is_word_of_pre_release(text: &str) -> bool {
    is_word(text) && (is_number(text) || !is_digits(text))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_understands_is_taken_as_it_is() {
        for text in [
            "1",
            "0.1",
            "0.1.2",
            "*",
            "1.*",
            "0.1.*",
            "=0.1.2",
            "^1",
            "~ 0.1",
            ">=0.1, <0.3",
            "1.0.0-rc.1",
            "1.0.0-a+b.1",
        ] {
            assert_eq!(requirement(text), Ok(text.to_owned()));
        }
        assert_eq!(requirement(env!("CARGO_PKG_VERSION")), Ok(env!("CARGO_PKG_VERSION").to_owned()));
    }

    #[test]
    fn what_it_does_not_is_refused() {
        for text in [
            "",
            " ",
            "not a version",
            "v1",
            "latest",
            "1.",
            ".1",
            "1.2.3.4",
            "01",
            "1.*.2",
            "1,",
            "*, 1",
            "==1",
            "1 2",
            "1.0-rc",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0-a_b",
            "99999999999999999999",
        ] {
            assert!(requirement(text).is_err(), "{text}");
        }
    }
}
