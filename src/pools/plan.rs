//! Making a pool from its configuration.

use std::sync::Arc;

use pool_core::OptionError;
use pool_tokio::PoolParts;

use super::{Member, Pools, StartError};
use crate::PoolConfig;
use crate::config::Source;

impl Pools {
    /// Builds a pool. Nothing else is changed.
    pub(super) fn build(&self, name: &str, config: &PoolConfig) -> Result<Member, StartError> {
        let refuse = |mistakes: Vec<OptionError>| StartError { pool: name.to_owned(), mistakes };
        let app = &self.inner.app;
        let policies = config.policies(&app.policies).map_err(|mistake| refuse(vec![mistake]))?;
        let discovery = config.discovery(&app.discoveries).transpose().map_err(|mistake| refuse(vec![mistake]))?;
        let endpoints = match &config.source {
            Source::Endpoints(endpoints) => endpoints.clone(),
            Source::Discovery(_) => Vec::new(),
        };
        let kind = &config.connector.kind;
        let connector = app.connectors.find(kind).ok_or_else(|| {
            refuse(vec![OptionError::new("connector.kind", format!("there is no connector called `{kind}`"))])
        })?;
        let parts = PoolParts {
            name: name.to_owned(),
            options: config.options.clone(),
            policies,
            endpoints,
            discovery,
            observer: self.inner.observer.clone(),
            ..PoolParts::default()
        };
        let pool: Arc<_> = connector
            .build_in(config.base(), config.connector.options.clone(), parts)
            .map_err(|error| refuse(error.found))?;
        Ok(Member { pool, config: config.clone() })
    }
}
