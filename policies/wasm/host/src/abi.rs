//! The names and signatures between host and guest, version 1. `docs/guides/wasm.md` has them in full.

use std::fmt;

/// The version that this host speaks.
pub(crate) const VERSION: i32 = 1;

/// The exports besides the functions of [`Export`].
pub(crate) const MEMORY: &str = "memory";
pub(crate) const ABI: &str = "clearpool_abi";
pub(crate) const BUFFER: &str = "clearpool_buffer";

/// The one import: `clearpool.log`.
pub(crate) const IMPORT: (&str, &str) = ("clearpool", "log");

/// What a message is: where it begins, and its length in bytes or records. What comes back is an answer,
/// or a text as address and length, or nothing.
pub(crate) const ASKED: &str = "(i32, i32) -> i64";
pub(crate) const ABI_SIGNATURE: &str = "() -> i32";
pub(crate) const BUFFER_SIGNATURE: &str = "(i32) -> i32";
pub(crate) const IMPORT_SIGNATURE: &str = "(i32, i32) -> ()";

/// A function of the guest that is asked with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    Reasons,
    Init,
    Pick,
    Served,
    Feedback,
    Membership,
    Choose,
    Settle,
    Expires,
    Victim,
}

impl Export {
    pub(crate) const ALL: [Export; 10] = [
        Export::Reasons,
        Export::Init,
        Export::Pick,
        Export::Served,
        Export::Feedback,
        Export::Membership,
        Export::Choose,
        Export::Settle,
        Export::Expires,
        Export::Victim,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Export::Reasons => "clearpool_reasons",
            Export::Init => "clearpool_init",
            Export::Pick => "clearpool_pick",
            Export::Served => "clearpool_served",
            Export::Feedback => "clearpool_feedback",
            Export::Membership => "clearpool_membership",
            Export::Choose => "clearpool_choose",
            Export::Settle => "clearpool_settle",
            Export::Expires => "clearpool_expires",
            Export::Victim => "clearpool_victim",
        }
    }
}

impl fmt::Display for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An answer: a choice and the place of its reason among the declared ones. `None`: no choice.
///
/// # Errors
/// If it is neither.
pub(crate) fn answer(raw: i64) -> Result<Option<(u32, u32)>, String> {
    match raw {
        -1 => Ok(None),
        ..-1 => Err(format!("{raw} is no answer: -1, or a reason's number times 2^32 plus the choice")),
        // Both halves are below 2^32, since the whole is not negative.
        _ => Ok(Some((raw as u32, (raw >> 32) as u32))),
    }
}

/// A text: where it begins and its length.
pub(crate) fn text(raw: i64) -> (u32, u32) {
    ((raw >> 32) as u32, raw as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_what_is_none() {
        assert_eq!(answer(-1), Ok(None));
        assert_eq!(answer(0), Ok(Some((0, 0))));
        assert_eq!(answer((3 << 32) + 7), Ok(Some((7, 3))));
        assert_eq!(answer(i64::MAX), Ok(Some((u32::MAX, u32::MAX >> 1))));
        assert!(answer(-2).is_err());
        assert!(answer(i64::MIN).is_err());
    }

    #[test]
    fn a_text_has_its_address_above_and_its_length_below() {
        assert_eq!(text((1024 << 32) + 5), (1024, 5));
        assert_eq!(text(-1), (u32::MAX, u32::MAX));
    }
}
