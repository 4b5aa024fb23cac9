//! The connector over deadpool's managers.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use deadpool::managed::{Hook, Manager};
use pool_core::{ConnectCx, Connector, Endpoint, ErrorClass, Protocol};
use pool_tokio::{Pool, PoolBuilder};
use tokio::runtime::Handle;

use crate::hooks::Hooks;
use crate::kept::Kept;
use crate::managers::Managers;
use crate::{DeadpoolConnection, DeadpoolError};

/// Makes connections by a manager of deadpool, or by several.
///
/// `E` is the manager's error, or what [`DeadpoolConnector::map_errors`] makes of it.
pub struct DeadpoolConnector<M: Manager, E = <M as Manager>::Error> {
    managers: Managers<M>,
    endpoints: Vec<Endpoint>,
    recycle: Recycle,
    hooks: Arc<Hooks<M>>,
    looks_open: Option<Box<LooksOpen<M>>>,
    translate: Box<dyn Fn(M::Error) -> E + Send + Sync>,
    classify: Box<dyn Fn(&E) -> ErrorClass + Send + Sync>,
    protocol: Protocol,
}

type LooksOpen<M> = dyn Fn(&mut <M as Manager>::Type) -> bool + Send + Sync;

/// When a connection is recycled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Recycle {
    /// Each time when it comes back, before anybody else gets it; and where the pool checks. It is begun by whoever
    /// gives the connection back, and the pool goes on with it if there is something to wait for.
    #[default]
    OnReturn,
    /// Where the pool checks (`upkeep.check_after_idle`), and else never: for managers whose `recycle` only looks whether
    /// the connection is alive. What the holder before has left in a connection, the next one finds.
    WhenChecked,
}

impl<M: Manager + 'static> DeadpoolConnector<M> {
    /// A connector by one manager; its endpoint is called `manager`.
    pub fn new(manager: M) -> DeadpoolConnector<M> {
        DeadpoolConnector::named("manager", manager)
    }

    /// A connector by one manager, with a name for the endpoint that it leads to: on metrics, spans and in errors.
    pub fn named(name: impl Into<String>, manager: M) -> DeadpoolConnector<M> {
        DeadpoolConnector::by(Managers::One(Arc::new(manager)), vec![Endpoint::new(name)])
    }

    /// A connector by several managers, each an endpoint of its own: `over([("north", one), ("south", other)])`. With an
    /// [`Endpoint`] in place of the name, it has a weight and metadata.
    pub fn over<N: Into<Endpoint>>(managers: impl IntoIterator<Item = (N, M)>) -> DeadpoolConnector<M> {
        let managers = managers.into_iter().map(|(endpoint, manager)| (endpoint.into(), Arc::new(manager)));
        let (endpoints, managers): (Vec<Endpoint>, Vec<Arc<M>>) = managers.unzip();
        let names: Vec<String> = endpoints.iter().map(|endpoint| endpoint.name().to_owned()).collect();
        DeadpoolConnector::by(Managers::Given(names.into_iter().zip(managers).collect()), endpoints)
    }

    /// A connector that makes a manager for each endpoint that its pool is told of, by its configuration or by discovery.
    /// A manager is made at the first dial, and again if nothing of it was left; an error is that of the dial.
    pub fn per_endpoint(
        make: impl Fn(&Endpoint) -> Result<M, M::Error> + Send + Sync + 'static,
    ) -> DeadpoolConnector<M> {
        DeadpoolConnector::by(Managers::made_by(Box::new(make)), Vec::new())
    }

    fn by(managers: Managers<M>, endpoints: Vec<Endpoint>) -> DeadpoolConnector<M> {
        DeadpoolConnector {
            managers,
            endpoints,
            recycle: Recycle::default(),
            hooks: Arc::new(Hooks::NONE),
            looks_open: None,
            translate: Box::new(|error| error),
            classify: Box::new(|_| ErrorClass::Transient),
            protocol: Protocol::NONE,
        }
    }
}

impl<M: Manager + 'static, E> DeadpoolConnector<M, E> {
    /// When a connection is recycled. Default [`Recycle::OnReturn`].
    #[must_use]
    pub fn recycle(self, recycle: Recycle) -> DeadpoolConnector<M, E> {
        DeadpoolConnector { recycle, ..self }
    }

    /// A look that waits for nothing, before each lease and at its end: a connection for which it says no is closed. For
    /// example `|client| !client.is_closed()`. Default: they all look open.
    #[must_use]
    pub fn looks_open(self, look: impl Fn(&mut M::Type) -> bool + Send + Sync + 'static) -> DeadpoolConnector<M, E> {
        DeadpoolConnector { looks_open: Some(Box::new(look)), ..self }
    }

    /// What runs on each new object; if it fails, the dial does. May be given more than once.
    #[must_use]
    pub fn post_create(self, hook: impl Into<Hook<M>>) -> DeadpoolConnector<M, E> {
        self.with_hook(|hooks| hooks.post_create.push(hook.into()))
    }

    /// What runs before the manager recycles; if it fails, the connection is closed. May be given more than once.
    #[must_use]
    pub fn pre_recycle(self, hook: impl Into<Hook<M>>) -> DeadpoolConnector<M, E> {
        self.with_hook(|hooks| hooks.pre_recycle.push(hook.into()))
    }

    /// What runs after the manager has recycled; if it fails, the connection is closed. May be given more than once.
    #[must_use]
    pub fn post_recycle(self, hook: impl Into<Hook<M>>) -> DeadpoolConnector<M, E> {
        self.with_hook(|hooks| hooks.post_recycle.push(hook.into()))
    }

    /// The manager's errors in other words: for those that are no [`Error`], or that cannot be shared among threads.
    /// What was said by [`DeadpoolConnector::classify`] is forgotten.
    #[must_use]
    pub fn map_errors<F>(self, map: impl Fn(E) -> F + Send + Sync + 'static) -> DeadpoolConnector<M, F>
    where
        E: 'static,
    {
        let DeadpoolConnector { managers, endpoints, recycle, hooks, looks_open, translate, protocol, .. } = self;
        DeadpoolConnector {
            managers,
            endpoints,
            recycle,
            hooks,
            looks_open,
            translate: Box::new(move |error| map(translate(error))),
            classify: Box::new(|_| ErrorClass::Transient),
            protocol,
        }
    }

    /// Whether a failed dial is worth repeating. Default: always. One that is not fails its callers at once.
    #[must_use]
    pub fn classify(self, classify: impl Fn(&E) -> ErrorClass + Send + Sync + 'static) -> DeadpoolConnector<M, E> {
        DeadpoolConnector { classify: Box::new(classify), ..self }
    }

    /// What the connections speak, for the attributes of spans and metrics. Default: nothing that has a convention.
    #[must_use]
    pub fn speaking(self, protocol: Protocol) -> DeadpoolConnector<M, E> {
        DeadpoolConnector { protocol, ..self }
    }

    /// Where it leads. None for [`DeadpoolConnector::per_endpoint`].
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The managers: one, or one for each endpoint. With [`DeadpoolConnector::per_endpoint`] those that have connections.
    pub fn managers(&self) -> Vec<Arc<M>> {
        self.managers.all()
    }

    fn looks_closed(&self, connection: &mut DeadpoolConnection<M>) -> bool {
        let (Some(look), Some(object)) = (&self.looks_open, connection.object_mut()) else { return false };
        !look(object)
    }

    fn with_hook(mut self, add: impl FnOnce(&mut Hooks<M>)) -> DeadpoolConnector<M, E> {
        // Nothing is recycled yet that would have a share in them.
        if let Some(hooks) = Arc::get_mut(&mut self.hooks) {
            add(hooks);
        }
        self
    }

    async fn make(&self, endpoint: &Endpoint) -> Result<DeadpoolConnection<M>, DeadpoolError<M::Error>> {
        let manager = self.managers.at(endpoint)?;
        Kept::create(manager, &self.hooks).await.map(DeadpoolConnection::new)
    }
}

impl<M: Manager + 'static, E: Error + Send + Sync + 'static> DeadpoolConnector<M, E> {
    /// A builder of a pool with this connector and [its endpoints](DeadpoolConnector::endpoints).
    pub fn pool(self) -> PoolBuilder<DeadpoolConnector<M, E>> {
        let endpoints = self.endpoints.clone();
        Pool::builder(self).endpoints(endpoints)
    }
}

impl<M: Manager + 'static, E: Error + Send + Sync + 'static> Connector for DeadpoolConnector<M, E> {
    type Connection = DeadpoolConnection<M>;
    type Error = DeadpoolError<E>;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<DeadpoolConnection<M>, DeadpoolError<E>> {
        self.make(cx.endpoint).await.map_err(|error| error.map(&self.translate))
    }

    fn is_open(&self, connection: &mut DeadpoolConnection<M>) -> bool {
        !self.looks_closed(connection)
    }

    async fn check(&self, connection: &mut DeadpoolConnection<M>) -> Result<(), DeadpoolError<E>> {
        connection.recycle(&self.hooks).await.map_err(|error| error.map(&self.translate))
    }

    /// Begins to recycle it. What is done without waiting is done at once, by whoever gives the connection back; the
    /// rest is the pool's.
    fn needs_reset(&self, connection: &mut DeadpoolConnection<M>) -> bool {
        if self.looks_closed(connection) {
            return true;
        }
        // Outside a runtime there may be nothing that it could wait for.
        let here = Handle::try_current().is_ok();
        self.recycle == Recycle::OnReturn && !(here && connection.begin_to_recycle(&self.hooks))
    }

    async fn reset(&self, connection: &mut DeadpoolConnection<M>) -> Result<(), DeadpoolError<E>> {
        if self.looks_closed(connection) {
            return Err(DeadpoolError::NotOpen);
        }
        self.check(connection).await
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn classify(&self, error: &DeadpoolError<E>) -> ErrorClass {
        match error {
            DeadpoolError::NoManager { .. } => ErrorClass::Permanent,
            error => error.backend().map_or(ErrorClass::Transient, &self.classify),
        }
    }
}

impl<M: Manager, E> fmt::Debug for DeadpoolConnector<M, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.endpoints.iter().map(Endpoint::name).collect();
        f.debug_struct("DeadpoolConnector")
            .field("endpoints", &names)
            .field("recycle", &self.recycle)
            .finish_non_exhaustive()
    }
}
