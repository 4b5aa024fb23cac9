//! Several servers of which one is slow.

use std::time::Duration;

use clearpool_connector_benches::load::{Client, Took};

/// How much later the slow one answers.
pub(crate) const DELAY: Duration = Duration::from_millis(20);

/// Several clients, one for each server, that each caller goes through in turn: what is done where nothing balances.
#[derive(Clone)]
pub(crate) struct InTurn<C>(pub(crate) Vec<C>);

impl<C: Client> Client for InTurn<C> {
    async fn call(&self, number: usize) -> Took {
        self.0[number % self.0.len()].call(number).await
    }
}
