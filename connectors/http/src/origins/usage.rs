//! A request's hold on its endpoint.

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

    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }
}

impl Clone for Use {
    fn clone(&self) -> Use {
        let mut book = self.origins.lock();
        self.origins.used(&mut book, self.name())
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        self.origins.leave(&self.name);
    }
}
