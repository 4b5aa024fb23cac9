//! What a server says when it does not want us, and what to do about it.

use std::fmt;

use pool_core::ErrorClass;

/// The answer of a server that refused something: `WRONGPASS invalid username-password pair or user is disabled.`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    pub(crate) fn new(answer: impl Into<String>) -> Refusal {
        Refusal(answer.into())
    }

    /// Its first word: `WRONGPASS`, `NOAUTH`, `LOADING`; `ERR` if it has none of its own.
    pub fn code(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    /// Whether it is about who we are.
    pub(crate) fn is_about_credentials(&self) -> bool {
        matches!(self.code(), "WRONGPASS" | "NOAUTH") || self.0.contains("invalid password")
    }

    /// Whether the server may say something else the next time, though nobody changes anything.
    pub(crate) fn class(&self) -> ErrorClass {
        match self.code() {
            "LOADING" | "BUSY" | "MASTERDOWN" | "TRYAGAIN" | "CLUSTERDOWN" | "OOM" => ErrorClass::Transient,
            _ if self.is_about_number() => ErrorClass::Transient,
            _ => ErrorClass::Permanent,
        }
    }

    fn is_about_number(&self) -> bool {
        self.0.contains("max number of clients")
    }

    /// What to do about it, if that is known.
    fn advice(&self) -> Option<&'static str> {
        Some(match self.code() {
            "WRONGPASS" => "check `username` and `password` (or what is in `password_file`)",
            "NOAUTH" => "it wants a password: set `password` or `password_file`, and `username` if it has users",
            "NOPERM" => {
                "the user lacks a permission that a connection needs; on the server: ACL SETUSER … +that-command"
            }
            "NOPROTO" => "it does not speak RESP3: leave `protocol` at \"resp2\"",
            "LOADING" => "it is reading its data from the disk, and will answer when that is done",
            "BUSY" => "a script keeps it from everything else; on the server: SCRIPT KILL",
            "MASTERDOWN" => "it is a replica that has lost its master",
            "DENIED" => "it is in protected mode: give it a password, or bind it to fewer addresses",
            _ if self.is_about_number() => "lower `limits.max_open`, or raise the server's `maxclients`",
            _ if self.is_about_credentials() => "check `password` (or what is in `password_file`)",
            _ if self.0.contains("without any password configured") || self.0.contains("no password is set") => {
                "it wants no password: leave `password` out"
            }
            _ if self.0.contains("DB index") => "check `database` against the server's `databases`",
            _ if self.0.contains("unknown command") && self.0.to_ascii_uppercase().contains("HELLO") => {
                "it does not speak RESP3: leave `protocol` at \"resp2\""
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.0.strip_prefix("ERR ").unwrap_or(&self.0).trim_end_matches('.');
        match self.advice() {
            Some(advice) => write!(f, "{answer}; {advice}"),
            None => f.write_str(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classified_and_advised_upon() {
        use ErrorClass::{Permanent, Transient};
        for (answer, class, advice) in [
            ("WRONGPASS invalid username-password pair or user is disabled.", Permanent, "`username`"),
            ("ERR invalid password", Permanent, "`password_file`"),
            ("NOAUTH Authentication required.", Permanent, "set `password`"),
            ("NOPERM this user has no permissions to run the 'select' command", Permanent, "ACL SETUSER"),
            ("ERR DB index is out of range", Permanent, "`database`"),
            ("ERR AUTH <password> called without any password configured for the default user.", Permanent, "leave"),
            ("ERR unknown command `HELLO`, with args beginning with: `3`, ", Permanent, "resp2"),
            ("DENIED Redis is running in protected mode", Permanent, "protected"),
            ("ERR max number of clients reached", Transient, "`limits.max_open`"),
            ("LOADING Redis is loading the dataset in memory", Transient, "disk"),
            ("BUSY Redis is busy running a script.", Transient, "SCRIPT KILL"),
            ("MASTERDOWN Link with MASTER is down", Transient, "master"),
        ] {
            let refusal = Refusal::new(answer);
            assert_eq!(refusal.class(), class, "{answer}");
            assert!(refusal.to_string().contains(advice), "{refusal}");
        }
        assert_eq!(Refusal::new("ERR something else.").to_string(), "something else");
    }
}
