//! A lease in the middle of a request.

use std::sync::Arc;

use pool_core::Outcome;
use pool_tokio::Lease;

use crate::origins::Use;
use crate::{HttpConnection, HttpConnector};

/// A lease in the middle of a request. Dropped there, its connection is thrown away: nobody knows what is under way on
/// it; of a shared one only the stream is.
pub(crate) struct Loan {
    lease: Option<Lease<HttpConnector>>,
    /// Keeps its endpoint in the pool, where endpoints come and go with requests.
    _use: Option<Arc<Use>>,
}

const WHOLE: &str = "a loan has its lease until it ends";

impl Loan {
    pub(crate) fn new(lease: Lease<HttpConnector>, of: Option<Arc<Use>>) -> Loan {
        Loan { lease: Some(lease), _use: of }
    }

    pub(crate) fn lease(&self) -> &Lease<HttpConnector> {
        self.lease.as_ref().unwrap_or_else(|| unreachable!("{WHOLE}"))
    }

    pub(crate) fn connection(&mut self) -> &mut HttpConnection {
        self.lease.as_mut().unwrap_or_else(|| unreachable!("{WHOLE}"))
    }

    pub(crate) fn endpoint(&self) -> String {
        self.lease().endpoint().name().to_owned()
    }

    /// Gives the connection back, with word of how it went.
    pub(crate) fn end(mut self, outcome: Outcome) {
        if let Some(mut lease) = self.lease.take() {
            lease.outcome(outcome);
        }
    }

    /// How it went if time ran out: of a shared connection only the stream is given up.
    pub(crate) fn late(&mut self) -> Outcome {
        if self.connection().is_http2() { Outcome::Failed } else { Outcome::Broken }
    }

    /// Takes the connection out of the pool.
    pub(crate) fn detach(mut self) {
        if let Some(lease) = self.lease.take() {
            drop(lease.detach());
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(mut lease) = self.lease.take() {
            lease.outcome(Outcome::Discarded);
        }
    }
}
