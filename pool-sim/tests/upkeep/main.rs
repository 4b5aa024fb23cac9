//! What policies may ask of the machine besides deadlines: rounds in which idle connections are pruned, others in the
//! place of those that expired, and word of the leases that nobody is asked about.

mod losses;
mod pruning;
mod replacing;

use std::sync::{Arc, Mutex};

/// What a policy was shown, for the test to look at.
#[derive(Debug)]
pub(crate) struct Seen<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Seen<T> {
        Seen(Arc::clone(&self.0))
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Seen<T> {
        Seen(Arc::default())
    }
}

impl<T> Seen<T> {
    pub(crate) fn note(&self, seen: T) {
        self.0.lock().expect("no test panics with it").push(seen);
    }

    /// What was seen since it was asked last.
    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().expect("no test panics with it"))
    }
}
