//! Asks each source of endpoints once what it has: a file that is not there is better known before.

use std::error::Error;
use std::io;
use std::time::Duration;

use pool_core::{DiscoveryError, Endpoint};

use crate::config::{Diagnostic, PoolConfig, Source};
use crate::{App, Config};

/// A source that says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is wrong with what the sources have, pool by pool.
pub(super) fn ask(app: &App, config: &Config) -> io::Result<Vec<Diagnostic>> {
    if !config.pools.values().any(|pool| matches!(pool.source, Source::Discovery(_))) {
        return Ok(Vec::new());
    }
    let ask = || -> io::Result<Vec<Diagnostic>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let asked = config.pools.iter().map(|(name, pool)| runtime.block_on(one(app, config, name, pool)));
        Ok(asked.flatten().collect())
    };
    // On a thread of its own: the application may have called the command line in a runtime of its own.
    let asked = std::thread::scope(|scope| scope.spawn(ask).join());
    asked.unwrap_or_else(|_| Err(io::Error::other("a source of endpoints panicked when it was asked")))
}

async fn one(app: &App, config: &Config, name: &str, pool: &PoolConfig) -> Vec<Diagnostic> {
    let Source::Discovery(chosen) = &pool.source else { return Vec::new() };
    let place = config.origin(&format!("pools.{name}.discovery"));
    let error = |message: String| vec![Diagnostic::error(message, place.clone())];
    let mut source = match pool.discovery(&app.discoveries) {
        Some(Ok(source)) => source,
        Some(Err(mistake)) => return error(mistake.to_string()),
        None => return Vec::new(),
    };
    if !source.has_its_own() {
        return Vec::new();
    }
    match tokio::time::timeout(PATIENCE, source.next()).await {
        Ok(Ok(endpoints)) => wrong_with(app, pool, &endpoints)
            .into_iter()
            .map(|message| Diagnostic::error(message, place.clone()))
            .collect(),
        Ok(Err(why)) => error(chain(&why)),
        Err(_) => {
            let message =
                format!("the source `{}` said nothing within {PATIENCE:?}: its endpoints are not checked", chosen.kind);
            vec![Diagnostic::warning(message, place)]
        }
    }
}

/// What the pool would refuse about a set.
fn wrong_with(app: &App, pool: &PoolConfig, endpoints: &[Endpoint]) -> Vec<String> {
    if endpoints.is_empty() {
        return vec!["the source has no endpoint: nobody could be served".to_owned()];
    }
    let Some(connector) = app.connectors.find(&pool.connector.kind) else { return Vec::new() };
    let mistakes = connector.mistakes_in(&pool.connector.options, endpoints);
    mistakes.iter().map(|mistake| format!("the source gives a set that is refused: {mistake}")).collect()
}

/// The error and what caused it.
fn chain(error: &DiscoveryError) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
