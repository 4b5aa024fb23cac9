//! What is wrong with what a pool was told.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use pool_core::{Endpoint, OptionError, PoolOptions};

/// Everything that is wrong with what a pool was told, at once. Nothing of it was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// The name of the pool.
    pub pool: Arc<str>,
    /// What is wrong, each with its key; never empty.
    pub found: Vec<OptionError>,
}

/// Why a pool was not built.
pub type BuildError = Mistakes;

impl Mistakes {
    pub(crate) fn refuse(pool: &Arc<str>, found: Vec<OptionError>) -> Result<(), Mistakes> {
        if found.is_empty() { Ok(()) } else { Err(Mistakes { pool: Arc::clone(pool), found }) }
    }

    pub(crate) fn in_options(pool: &Arc<str>, options: &PoolOptions) -> Result<(), Mistakes> {
        Mistakes::refuse(pool, options.mistakes())
    }
}

/// What is wrong with a whole set of endpoints, as a source gives it.
pub(crate) fn in_set(endpoints: &[Endpoint]) -> Vec<OptionError> {
    let mut found = in_endpoints(endpoints);
    found.extend(weightless(endpoints));
    found
}

/// Nobody may be served where no endpoint has a weight.
pub(crate) fn weightless(endpoints: &[Endpoint]) -> Option<OptionError> {
    let all = !endpoints.is_empty() && endpoints.iter().all(|endpoint| endpoint.weight == 0);
    all.then(|| OptionError::new("endpoints", "every weight is 0, so none may serve; give one more than 0"))
}

/// Endpoints without an address, and names given twice.
pub(crate) fn in_endpoints(endpoints: &[Endpoint]) -> Vec<OptionError> {
    let mut found = Vec::new();
    let mut first_at = std::collections::HashMap::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        if endpoint.address.is_empty() {
            let path = format!("endpoints.{index}.address");
            found.push(OptionError::new(&path, "an empty address leads nowhere; for example \"127.0.0.1:7001\""));
            continue;
        }
        if let Some(first) = first_at.insert(endpoint.name(), index) {
            let message = format!(
                "`{}` is endpoint {first} already; give one of them another `id`, or one of them more weight",
                endpoint.name()
            );
            found.push(OptionError::new(&format!("endpoints.{index}"), message));
        }
    }
    found
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pool `{}`: ", self.pool)?;
        for (index, mistake) in self.found.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

impl Error for Mistakes {}
