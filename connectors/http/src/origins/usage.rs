//! The hold of a request on its endpoint, as long as any of its tries, or the body of its response, goes on.

use std::sync::Arc;

use super::Origins;

/// While there is one, the endpoint stays in the pool.
#[derive(Debug)]
pub(crate) struct Use {
    origins: Arc<Origins>,
    name: Arc<str>,
}

impl Use {
    /// Of a place whose requests have been counted.
    pub(super) fn new(origins: Arc<Origins>, name: Arc<str>) -> Use {
        Use { origins, name }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        self.origins.leave(&self.name);
    }
}
