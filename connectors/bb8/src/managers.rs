//! Where a connector gets its connections from: one manager, or several.

use bb8::ManageConnection;
use pool_core::Endpoint;

use crate::Bb8Error;

/// Where a [`Bb8Connector`](crate::Bb8Connector) gets its connections from. Each manager of bb8 is one, whose connections
/// are pooled as they are; [`Several`](crate::Several) are one, whose connections know where they came from.
pub trait Managers: Send + Sync + 'static {
    /// The manager, or each of them.
    type Manager: ManageConnection;
    /// What is pooled.
    type Connection: Send + 'static;

    /// Makes a connection to this endpoint.
    ///
    /// # Errors
    /// The manager's, or that there is no manager for the endpoint.
    fn connect(
        &self,
        endpoint: &Endpoint,
    ) -> impl Future<Output = Result<Self::Connection, Bb8Error<<Self::Manager as ManageConnection>::Error>>> + Send;

    /// A connection as its manager knows it, and that manager.
    fn parts<'a>(
        &'a self,
        connection: &'a mut Self::Connection,
    ) -> (&'a Self::Manager, &'a mut <Self::Manager as ManageConnection>::Connection);
}

/// One manager, which leads to one place, whatever the pool calls it.
impl<M: ManageConnection> Managers for M {
    type Manager = M;
    type Connection = M::Connection;

    async fn connect(&self, _: &Endpoint) -> Result<M::Connection, Bb8Error<M::Error>> {
        ManageConnection::connect(self).await.map_err(Bb8Error::Manager)
    }

    fn parts<'a>(&'a self, connection: &'a mut M::Connection) -> (&'a M, &'a mut M::Connection) {
        (self, connection)
    }
}
