//! A pool of connections, as who sends requests sees it.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use http::{Request, Response, Uri};
use http_body::Body;
use pool_tokio::{AcquireFuture, AcquireOptions, Pool};

use crate::body::BoxError;
use crate::exchange::{Failed, exchange};
use crate::key::own_key;
use crate::loan::Loan;
use crate::origins::{Origins, Use};
use crate::retry::{self, Next, Try, is_idempotent};
use crate::route::endpoint_for;
use crate::target::{Target, needs_http1};
use crate::{HttpBody, HttpConnector, HttpError, RequestBody};

/// A client of HTTP over a pool of connections. Clones are handles to the same.
///
/// It is a [`tower_service::Service`], always ready: who cannot be served at once waits in the pool's queue, for as
/// long as `wait.timeout` says.
#[derive(Clone)]
pub struct HttpPool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) pool: Pool<HttpConnector>,
    /// Who is in the pool, where endpoints come with the requests.
    pub(crate) origins: Option<Arc<Origins>>,
}

impl HttpPool {
    /// A client of the pool's endpoints. A request with a path only goes to the one that the balance policy picks; one
    /// with a whole URI to the endpoint whose name or address is the URI's `scheme://host:port`, as it is written.
    pub fn new(pool: Pool<HttpConnector>) -> HttpPool {
        HttpPool { inner: Arc::new(Inner { pool, origins: None }) }
    }

    /// A client of every server there is, as the transport of Go's net/http. Each request has a whole URI; its origin
    /// joins the pool as an endpoint, and leaves when it has had no connection and no request for a while
    /// (`origins.forget_after`). What is alike shares connections: by proxy, scheme, host and port, and whether only
    /// HTTP/1.1 will do.
    ///
    /// The pool's endpoints are those of such clients alone: it is built without any, and with
    /// [`OnDemand`](crate::OnDemand) in place of a discovery. Limits are the pool's own: `limits.max_open` for all
    /// origins together, `limits.max_open_per_endpoint` for each.
    ///
    /// ```no_run
    /// # use pool_connector_http::{HttpConnector, HttpPool, OnDemand};
    /// # use pool_tokio::Pool;
    /// # fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = Pool::builder(HttpConnector::default()).discovery(Box::new(OnDemand)).build()?;
    /// let client = HttpPool::open(pool);
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(pool: Pool<HttpConnector>) -> HttpPool {
        let origins = Arc::clone(pool.connector().origins());
        let inner = origins.client(|| Inner { pool, origins: Some(Arc::clone(&origins)) });
        HttpPool { inner }
    }

    /// The pool of connections.
    pub fn pool(&self) -> &Pool<HttpConnector> {
        &self.inner.pool
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// As for [`HttpPool::request`].
    #[track_caller]
    pub fn get<U>(&self, uri: U) -> impl Future<Output = Result<Response<HttpBody>, HttpError>> + Send + use<'_, U>
    where
        Uri: TryFrom<U>,
        <Uri as TryFrom<U>>::Error: Into<http::Error>,
    {
        let request = Request::get(uri).body(RequestBody::empty());
        // No closure: the place of the call would be here.
        let sent = match request {
            Ok(request) => Ok(self.request(request)),
            Err(error) => Err(error),
        };
        async move {
            match sent {
                Ok(sent) => sent.await,
                Err(error) => Err(HttpError::request(error.to_string())),
            }
        }
    }

    /// Sends a request on a connection of the pool; gives the head of its response, and the body as it comes. The
    /// connection goes back when the body has been read to its end; for a response without body that is at once.
    ///
    /// Dropped, the request is given up, and nothing of it is left in the pool.
    ///
    /// # Errors
    /// If there is no connection within `wait.timeout`, the connection fails and the request cannot be sent again
    /// (see [`Retries`](crate::Retries)), or no response comes within `response_timeout`. An answer of any status is no
    /// error.
    #[track_caller]
    pub fn request<B>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<HttpBody>, HttpError>> + Send + use<'_, B>
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (parts, body) = request.into_parts();
        let body = RequestBody::of(body);
        // Here and in no closure, so that the lease tells the place of the call.
        let begun = match self.way(&parts) {
            Ok(way) => {
                let first = self.inner.pool.acquire_with(way.options());
                Ok((way, first))
            }
            Err(error) => Err(error),
        };
        async move {
            let (way, first) = begun?;
            self.send(parts, body, way, first).await
        }
    }

    /// Sends a request again and again, until there is no sense in it.
    async fn send(
        &self,
        parts: Parts,
        mut body: RequestBody,
        way: Way,
        mut acquire: AcquireFuture<'_, HttpConnector>,
    ) -> Result<Response<HttpBody>, HttpError> {
        let settings = self.inner.pool.connector().settings();
        let (retries, is_idempotent) = (settings.options.retry, is_idempotent(&parts));
        let (mut parts, mut failed_before, mut tried) = (Some(parts), None, 0);
        loop {
            let lease = match acquire.await {
                Ok(lease) => lease,
                Err(error) => return Err(HttpError::Acquire { error, failed: failed_before.map(Box::new) }),
            };
            tried += 1;
            let may_follow = retries.allow_more_than(tried);
            let Some(head) = (if may_follow { parts.clone() } else { parts.take() }) else { unreachable!("{LAST}") };
            let spare = if may_follow { body.spare() } else { None };
            let loan = Loan::new(lease, way.used());
            let failed = match exchange(loan, head, body, settings, tried).await {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            let Failed { error, fault, hope, body: unsent } = failed;
            let last = Try { tried, fault, hope, has_body: unsent.is_some() || spare.is_some() };
            let Some(next) = retries.next(last, is_idempotent) else { return Err(error) };
            let Some(again) = unsent.or_else(|| spare.map(RequestBody::from)) else { return Err(error) };
            (body, failed_before) = (again, Some(error));
            tokio::time::sleep(retry::pause(last)).await;
            let options = way.options();
            let options = if next == Next::OnFresh { options.fresh() } else { options };
            acquire = self.inner.pool.acquire_with(options);
        }
    }

    /// Where a request goes.
    fn way(&self, parts: &Parts) -> Result<Way, HttpError> {
        let target = Target::of(&parts.method, &parts.uri)?;
        let settings = self.inner.pool.connector().settings();
        match (&self.inner.origins, target) {
            (None, Target::Any) => Ok(Way::Any(own_key(parts, settings.key_header.as_ref()))),
            (None, Target::Origin(_)) => Ok(Way::To(as_written(&parts.uri))),
            (Some(_), Target::Any) => Err(HttpError::request(NO_ORIGIN)),
            (Some(origins), Target::Origin(origin)) => {
                let endpoint = endpoint_for(&origin, needs_http1(parts), settings);
                Ok(Way::Keeping(origins.enter(endpoint, &self.inner)?))
            }
        }
    }
}

const LAST: &str = "no try follows the last";

const NO_ORIGIN: &str = "it has a path only, and this client has no endpoints of its own; give it a whole URI, as \
                         `http://host/path`";

/// The origin in a URI as it is written, by which an endpoint is found.
fn as_written(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), authority.rsplit('@').next().unwrap_or_default())
}

/// Where a request goes, however often it is sent.
enum Way {
    /// Where the balance policy wants it, for this key if there is one.
    Any(Option<u64>),
    /// To this endpoint.
    To(String),
    /// To this one, which is kept in the pool meanwhile.
    Keeping(Arc<Use>),
}

impl Way {
    fn options(&self) -> AcquireOptions<'_> {
        match self {
            Way::Any(None) => AcquireOptions::new(),
            Way::Any(Some(key)) => AcquireOptions::new().key(*key),
            Way::To(name) => AcquireOptions::new().endpoint(name),
            Way::Keeping(used) => AcquireOptions::new().endpoint(used.name()),
        }
    }

    fn used(&self) -> Option<Arc<Use>> {
        match self {
            Way::Keeping(used) => Some(Arc::clone(used)),
            Way::Any(_) | Way::To(_) => None,
        }
    }
}

impl fmt::Debug for HttpPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpPool").field(&self.inner.pool).finish()
    }
}
