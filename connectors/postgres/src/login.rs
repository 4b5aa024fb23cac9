//! Who logs in, where to, and by which password.

use std::fs;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode as DriverMode;

use crate::address::Address;
use crate::{PostgresError, PostgresOptions};

/// A login, put together from the options and an address.
pub(crate) struct Login {
    config: Config,
    user: String,
    database: String,
}

impl Login {
    /// Reads the file of the password, if there is one.
    pub(crate) fn new(options: &PostgresOptions, address: &Address) -> Result<Login, PostgresError> {
        let said = &address.said;
        let user = user(options, address)?.to_owned();
        let database = said.database.as_ref().or(options.database.as_ref()).unwrap_or(&user).clone();
        let mut config = Config::new();
        // TLS is spoken below, if at all.
        config.ssl_mode(DriverMode::Disable).user(&user).dbname(&database);
        if let Some(password) = password(options, address)? {
            config.password(password);
        }
        if let Some(name) = said.application_name.as_ref().or(options.application_name.as_ref()) {
            config.application_name(name);
        }
        if let Some(words) = options.command_line(said.options.as_ref().or(options.options.as_ref()).map(|s| &**s)) {
            config.options(words);
        }
        Ok(Login { config, user, database })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn refused(&self, address: &Address, source: tokio_postgres::Error) -> PostgresError {
        let Login { user, database, .. } = self;
        PostgresError::Login { address: address.to_string(), user: user.clone(), database: database.clone(), source }
    }
}

/// Who logs in there.
pub(crate) fn user<'a>(options: &'a PostgresOptions, address: &'a Address) -> Result<&'a str, PostgresError> {
    let user = address.said.user.as_deref().or(options.user.as_deref());
    user.ok_or_else(|| PostgresError::Address {
        address: address.to_string(),
        why: "nobody is named who logs in: set the connector's `user`, or write `postgres://user@host`".into(),
    })
}

fn password(options: &PostgresOptions, address: &Address) -> Result<Option<String>, PostgresError> {
    if address.said.password.is_some() {
        return Ok(address.said.password.clone());
    }
    let Some(path) = &options.password_file else {
        return Ok(options.password.as_ref().map(|word| word.reveal().to_owned()));
    };
    // Small and local: not worth a thread.
    let text = fs::read_to_string(path);
    let text = text.map_err(|source| PostgresError::PasswordFile { path: path.clone(), source })?;
    let word = text.strip_suffix('\n').map_or(&*text, |word| word.strip_suffix('\r').unwrap_or(word));
    Ok(Some(word.to_owned()))
}
