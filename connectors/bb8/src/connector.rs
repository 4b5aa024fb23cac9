//! The connector over bb8's managers.

use std::error::Error;
use std::fmt;

use bb8::{CustomizeConnection, ManageConnection};
use pool_core::{ConnectCx, Connector, Endpoint, ErrorClass, Protocol};
use pool_tokio::{Pool, PoolBuilder};

use crate::{Bb8Error, Managers, Several};

/// The error of a connector's managers.
pub type ErrorOf<S> = <<S as Managers>::Manager as ManageConnection>::Error;

type ConnectionOf<S> = <<S as Managers>::Manager as ManageConnection>::Connection;

/// Makes connections by a manager of bb8, or by [`Several`].
///
/// `S` is the manager; its connections are what is pooled, as they are. With several managers it is `Several<M>`, and
/// [`Routed`](crate::Routed) connections are pooled, which deref to the manager's. `E` is the manager's error, or what
/// [`Bb8Connector::map_errors`] makes of it.
pub struct Bb8Connector<S: Managers, E = ErrorOf<S>> {
    managers: S,
    endpoints: Vec<Endpoint>,
    customizer: Option<Box<dyn CustomizeConnection<ConnectionOf<S>, ErrorOf<S>>>>,
    translate: Box<dyn Fn(ErrorOf<S>) -> E + Send + Sync>,
    classify: Box<dyn Fn(&E) -> ErrorClass + Send + Sync>,
    protocol: Protocol,
}

impl<M: ManageConnection> Bb8Connector<M> {
    /// A connector by one manager; its endpoint is called `manager`.
    pub fn new(manager: M) -> Bb8Connector<M> {
        Bb8Connector::named("manager", manager)
    }

    /// A connector by one manager, with a name for the endpoint that it leads to: on metrics, spans and in errors.
    pub fn named(name: impl Into<String>, manager: M) -> Bb8Connector<M> {
        Bb8Connector::by(manager, vec![Endpoint::new(name)])
    }
}

impl<M: ManageConnection> Bb8Connector<Several<M>> {
    /// A connector by several managers, each an endpoint of its own: `over([("north", one), ("south", other)])`. With an
    /// [`Endpoint`] in place of the name, it has a weight and metadata.
    pub fn over<N: Into<Endpoint>>(managers: impl IntoIterator<Item = (N, M)>) -> Bb8Connector<Several<M>> {
        let managers = managers.into_iter().map(|(endpoint, manager)| (endpoint.into(), manager));
        let (endpoints, managers): (Vec<Endpoint>, Vec<M>) = managers.unzip();
        let names: Vec<String> = endpoints.iter().map(|endpoint| endpoint.name().to_owned()).collect();
        Bb8Connector::by(Several::given(names.into_iter().zip(managers)), endpoints)
    }

    /// A connector that makes a manager for each endpoint that its pool is told of, by its configuration or by discovery.
    /// A manager is made at the first dial, and again if nothing of it was left; an error is that of the dial.
    pub fn per_endpoint(
        make: impl Fn(&Endpoint) -> Result<M, M::Error> + Send + Sync + 'static,
    ) -> Bb8Connector<Several<M>> {
        Bb8Connector::by(Several::made_by(Box::new(make)), Vec::new())
    }
}

impl<S: Managers> Bb8Connector<S> {
    /// A connector by managers from wherever, that lead to these endpoints.
    pub fn by(managers: S, endpoints: Vec<Endpoint>) -> Bb8Connector<S> {
        Bb8Connector {
            managers,
            endpoints,
            customizer: None,
            translate: Box::new(|error| error),
            classify: Box::new(|_| ErrorClass::Transient),
            protocol: Protocol::NONE,
        }
    }
}

impl<S: Managers, E> Bb8Connector<S, E> {
    /// What runs on each new connection, as for bb8's builder of this name. If it fails, the dial does.
    #[must_use]
    pub fn connection_customizer(
        self,
        customizer: Box<dyn CustomizeConnection<ConnectionOf<S>, ErrorOf<S>>>,
    ) -> Bb8Connector<S, E> {
        Bb8Connector { customizer: Some(customizer), ..self }
    }

    /// The manager's errors in other words: for those that are no [`Error`], or that cannot be sent to other threads.
    /// What was said by [`Bb8Connector::classify`] is forgotten.
    #[must_use]
    pub fn map_errors<F>(self, map: impl Fn(E) -> F + Send + Sync + 'static) -> Bb8Connector<S, F>
    where
        E: 'static,
        ErrorOf<S>: 'static,
    {
        let Bb8Connector { managers, endpoints, customizer, translate, protocol, .. } = self;
        let translate = Box::new(move |error| map(translate(error)));
        Bb8Connector {
            managers,
            endpoints,
            customizer,
            translate,
            classify: Box::new(|_| ErrorClass::Transient),
            protocol,
        }
    }

    /// Whether a failed dial is worth repeating. Default: always. One that is not fails its callers at once.
    #[must_use]
    pub fn classify(self, classify: impl Fn(&E) -> ErrorClass + Send + Sync + 'static) -> Bb8Connector<S, E> {
        Bb8Connector { classify: Box::new(classify), ..self }
    }

    /// What the connections speak, for the attributes of spans and metrics. Default: nothing that has a convention.
    #[must_use]
    pub fn speaking(self, protocol: Protocol) -> Bb8Connector<S, E> {
        Bb8Connector { protocol, ..self }
    }

    /// Where it leads. None for [`Bb8Connector::per_endpoint`].
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The manager, or the managers.
    pub fn managers(&self) -> &S {
        &self.managers
    }

    fn is_broken(&self, connection: &mut S::Connection) -> bool {
        let (manager, connection) = self.managers.parts(connection);
        manager.has_broken(connection)
    }
}

impl<S: Managers, E: Error + Send + Sync + 'static> Bb8Connector<S, E> {
    /// A builder of a pool with this connector and [its endpoints](Bb8Connector::endpoints).
    pub fn pool(self) -> PoolBuilder<Bb8Connector<S, E>> {
        let endpoints = self.endpoints.clone();
        Pool::builder(self).endpoints(endpoints)
    }
}

impl<S: Managers, E: Error + Send + Sync + 'static> Connector for Bb8Connector<S, E> {
    type Connection = S::Connection;
    type Error = Bb8Error<E>;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<S::Connection, Bb8Error<E>> {
        let mut connection = self.managers.connect(cx.endpoint).await.map_err(|error| error.map(&self.translate))?;
        if let Some(customizer) = &self.customizer {
            let (_, connection) = self.managers.parts(&mut connection);
            let customized = customizer.on_acquire(connection).await;
            customized.map_err(|error| Bb8Error::Manager((self.translate)(error)))?;
        }
        Ok(connection)
    }

    fn is_open(&self, connection: &mut S::Connection) -> bool {
        !self.is_broken(connection)
    }

    async fn check(&self, connection: &mut S::Connection) -> Result<(), Bb8Error<E>> {
        let (manager, connection) = self.managers.parts(connection);
        manager.is_valid(connection).await.map_err(|error| Bb8Error::Manager((self.translate)(error)))
    }

    /// One that is broken: so it is closed, and nobody who waits is given it.
    fn needs_reset(&self, connection: &mut S::Connection) -> bool {
        self.is_broken(connection)
    }

    async fn reset(&self, connection: &mut S::Connection) -> Result<(), Bb8Error<E>> {
        if self.is_broken(connection) { Err(Bb8Error::Broken) } else { Ok(()) }
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn classify(&self, error: &Bb8Error<E>) -> ErrorClass {
        match error {
            Bb8Error::Manager(error) => (self.classify)(error),
            Bb8Error::Broken => ErrorClass::Transient,
            Bb8Error::NoManager { .. } => ErrorClass::Permanent,
        }
    }
}

impl<S: Managers, E> fmt::Debug for Bb8Connector<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.endpoints.iter().map(Endpoint::name).collect();
        f.debug_struct("Bb8Connector").field("endpoints", &names).finish_non_exhaustive()
    }
}
