//! What the connector can be told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pool_connector_tcp::{SocketOptions, TlsOptions};
use pool_core::{OptionError, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How connections to PostgreSQL are made, and what becomes of them between leases.
///
/// An address that is a URL comes before the options of the same meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// Who logs in. Needed, unless every address says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password. Default: none, which is enough for a server that trusts, or that looks at certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file with the password, read anew for every connection, so that it may change. A line's end behind it is
    /// left out. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The database. Default: the one that is called as the user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// What the server calls us in its lists and its log. Default: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
    /// Settings that each connection begins with, and that a reset goes back to: `statement_timeout = "5s"`.
    pub settings: BTreeMap<String, String>,
    /// Words for the command line of the server's process, where `settings` are not enough. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// Which servers will do. Default `any`.
    pub target_session_attrs: SessionAttrs,
    /// Whether TLS is spoken. Default `require` where there is `tls`, else `disable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssl_mode: Option<SslMode>,
    /// How TLS is spoken, and whom to trust. Default: whom the system trusts. Needs the cargo feature `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsOptions>,
    /// What is undone when a connection comes back. Default `rollback`.
    pub reset: Reset,
    /// Whether the server is told to stop when a connection comes back whose answer nobody has waited for. Default
    /// true.
    pub cancel_abandoned: bool,
    /// How many prepared statements each connection keeps for `prepare_cached`; the one that was not used for longest
    /// makes room. 0: none. Default 256.
    pub statement_cache: usize,
    /// How sockets are opened.
    pub socket: SocketOptions,
}

impl Default for PostgresOptions {
    fn default() -> PostgresOptions {
        PostgresOptions {
            user: None,
            password: None,
            password_file: None,
            database: None,
            application_name: None,
            settings: BTreeMap::new(),
            options: None,
            target_session_attrs: SessionAttrs::Any,
            ssl_mode: None,
            tls: None,
            reset: Reset::Rollback,
            cancel_abandoned: true,
            statement_cache: 256,
            socket: SocketOptions::default(),
        }
    }
}

/// Whether TLS is spoken. Where it is, the server's certificate and its name are always looked at, as with libpq's
/// `verify-full`. Over a Unix socket it never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SslMode {
    /// Never.
    Disable,
    /// If the server can. Who stands in between can say that it cannot.
    Prefer,
    /// Or there is no connection.
    Require,
}

/// Which servers will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionAttrs {
    /// Any.
    #[default]
    Any,
    /// One that takes writes: it is asked, at each dial.
    ReadWrite,
    /// One that takes none, such as a replica: it is asked, at each dial.
    ReadOnly,
}

/// What is undone when a connection comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reset {
    /// A transaction that is open or has failed is rolled back. If there is none, which is known without asking,
    /// nothing is sent.
    #[default]
    Rollback,
    /// All that `DISCARD ALL` undoes: settings, temporary tables, locks, listening, prepared statements. A round trip
    /// or two after every lease that used its connection.
    DiscardAll,
    /// Nothing. The next lease finds what the last one left. A connection on which an answer is still to come is
    /// closed all the same.
    None,
}

impl PostgresOptions {
    /// The same with relative paths meant from `base`, as those of a configuration file are.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> PostgresOptions {
        PostgresOptions {
            password_file: self.password_file.map(|file| base.join(file)),
            tls: self.tls.map(|tls| tls.relative_to(base)),
            ..self
        }
    }

    /// Whether an address that says nothing of it speaks TLS.
    pub(crate) fn ssl_mode(&self) -> SslMode {
        let default = if self.tls.is_some() { SslMode::Require } else { SslMode::Disable };
        self.ssl_mode.unwrap_or(default)
    }

    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.password.is_some() && self.password_file.is_some() {
            return Err(OptionError::new("password_file", "there is a `password` as well; leave one of them out"));
        }
        if self.ssl_mode == Some(SslMode::Disable) && self.tls.is_some() {
            let message = "`disable` speaks no TLS, and there is `tls`: leave one of them out";
            return Err(OptionError::new("ssl_mode", message));
        }
        for (name, value) in &self.settings {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            if name.is_empty() || !name.chars().all(is_name) {
                let message = format!("`{name}` cannot be a setting's name: letters, digits, `_` and `.`");
                return Err(OptionError::new("settings", message));
            }
            if value.contains('\0') {
                return Err(OptionError::new(&format!("settings.{name}"), "there is a zero character in it"));
            }
        }
        Ok(())
    }

    /// The words for the command line of the server's process.
    pub(crate) fn command_line(&self, options: Option<&str>) -> Option<String> {
        let settings = self.settings.iter().map(|(name, value)| format!("-c {name}={}", escaped(value)));
        let words: Vec<String> = options.map(str::to_owned).into_iter().chain(settings).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// A value as one word of the command line.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        // The server splits at what C's isspace takes for space, a vertical tab among it.
        if matches!(character, '\\' | '\x0b') || character.is_ascii_whitespace() {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_words_of_a_command_line() {
        let settings = [("search_path", "a, b\\c\x0b"), ("geqo", "off")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let options = PostgresOptions { settings, ..PostgresOptions::default() };
        let line = options.command_line(Some("-c a=b"));
        assert_eq!(line.as_deref(), Some("-c a=b -c geqo=off -c search_path=a,\\ b\\\\c\\\x0b"));
        assert_eq!(PostgresOptions::default().command_line(None), None);
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_key() {
        let plain = PostgresOptions::default;
        let settings = |name: &str| BTreeMap::from([(name.to_owned(), "1".to_owned())]);
        for (options, said) in [
            (
                PostgresOptions { password: Some("a".into()), password_file: Some("b".into()), ..plain() },
                "password_file: there is a `password`",
            ),
            (
                PostgresOptions { ssl_mode: Some(SslMode::Disable), tls: Some(TlsOptions::system()), ..plain() },
                "ssl_mode: `disable` speaks no TLS",
            ),
            (PostgresOptions { settings: settings("a b"), ..plain() }, "settings: `a b` cannot be"),
        ] {
            let error = options.check().expect_err(said).to_string();
            assert!(error.starts_with(said), "{error}");
        }
        assert!(plain().check().is_ok());
    }

    #[test]
    fn paths_are_meant_from_the_file_that_they_stand_in() {
        let options = PostgresOptions {
            password_file: Some("word".into()),
            tls: Some(TlsOptions::new("roots.pem")),
            ..PostgresOptions::default()
        };
        let options = options.relative_to(Path::new("/etc/till"));
        assert_eq!(options.password_file.as_deref(), Some(Path::new("/etc/till/word")));
        assert_eq!(options.tls, Some(TlsOptions::new("/etc/till/roots.pem")));
    }

    #[test]
    fn a_password_shows_as_stars() {
        let options = PostgresOptions { password: Some("word".into()), ..PostgresOptions::default() };
        let shown = format!("{options:?}");
        assert!(shown.contains("***") && !shown.contains("word\""), "{shown}");
    }
}
