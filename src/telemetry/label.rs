//! Values of labels and attributes, bounded.

use std::borrow::Cow;

/// The longest value that is shown as it is, in bytes.
const LONGEST: usize = 128;

/// So much of a longer one is shown, before its mark.
const BEGINNING: usize = 100;

/// A value as exporters show it: what is longer than 128 bytes is cut, and ends with `…` and a
/// number that is made from the whole, so that two that begin alike stay two.
#[inline]
pub(crate) fn shown(value: &str) -> Cow<'_, str> {
    if value.len() <= LONGEST { Cow::Borrowed(value) } else { Cow::Owned(cut(value)) }
}

#[cold]
fn cut(value: &str) -> String {
    format!("{}…{:016x}", &value[..value.floor_char_boundary(BEGINNING)], fingerprint(value))
}

/// FNV-1a: the same in every process and on every road.
fn fingerprint(value: &str) -> u64 {
    value.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The beginning of a text, for spans: as much as is of use there.
pub(crate) fn beginning(text: &str) -> Cow<'_, str> {
    const ENOUGH: usize = 1024;
    if text.len() <= ENOUGH {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(ENOUGH)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_with_a_mark_and_stays_itself() {
        let long = "ä".repeat(5000);
        let longer = format!("{long}b");
        let (one, two) = (shown(&long), shown(&longer));
        assert!(one.len() <= LONGEST && two.len() <= LONGEST && one.contains('…'), "{one}");
        assert!(one != two && one == shown(&long) && long.starts_with(one.split('…').next().expect("a beginning")));
        let fits = "x".repeat(LONGEST);
        assert_eq!(shown(&fits), fits);
    }
}
