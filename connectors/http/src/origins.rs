//! The endpoints of a pool to which they come with the requests.
//!
//! An origin joins before the first request to it asks for a connection, and can leave only while no request uses it.
//! Both are decided under one lock, and the pool is told under it: so the pool always has the endpoint of whoever is in
//! the book, and no set of endpoints overtakes another. The pool's lock is below this
//! one; it never calls back here, unless an observer of the pool sends requests itself, which it must not.

mod on_demand;
mod sweep;
mod usage;

pub use on_demand::OnDemand;
pub(crate) use usage::Use;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use pool_core::Endpoint;
use pool_tokio::Pool;
use tokio::time::Instant;

use crate::pool::Inner;
use crate::{HttpConnector, HttpError, OriginOptions};

/// Who is in the pool.
#[derive(Debug)]
pub(crate) struct Origins {
    most: usize,
    forget_after: Duration,
    book: Mutex<Book>,
    is_swept: AtomicBool,
    /// What all clients of the pool share.
    client: Mutex<Weak<Inner>>,
}

#[derive(Debug, Default)]
struct Book {
    places: HashMap<Arc<str>, Place>,
}

#[derive(Debug)]
struct Place {
    endpoint: Endpoint,
    requests: usize,
    /// When the last request ended.
    since: Instant,
}

impl Origins {
    pub(crate) fn new(options: &OriginOptions) -> Origins {
        Origins {
            most: options.most as usize,
            forget_after: options.forget_after.get(),
            book: Mutex::default(),
            is_swept: AtomicBool::new(false),
            client: Mutex::default(),
        }
    }

    /// What all clients of the pool share; made for the first.
    pub(crate) fn client(&self, make: impl FnOnce() -> Inner) -> Arc<Inner> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.upgrade().unwrap_or_else(|| {
            let made = Arc::new(make());
            *client = Arc::downgrade(&made);
            made
        })
    }

    /// Lets an endpoint join if it is not there, and keeps it there while it is used.
    ///
    /// # Errors
    /// If there are too many.
    pub(crate) fn enter(self: &Arc<Self>, endpoint: Endpoint, inner: &Arc<Inner>) -> Result<Arc<Use>, HttpError> {
        let mut book = self.lock();
        if let Some((name, place)) = book.places.get_key_value(endpoint.name()) {
            debug_assert_eq!(place.endpoint, endpoint, "a name says all that matters");
            let name = Arc::clone(name);
            let used = self.used(&mut book, name);
            drop(book);
            self.keep_swept(inner);
            return Ok(used);
        }
        if book.places.len() >= self.most && !book.drop_one() {
            return Err(HttpError::TooManyOrigins { most: u32::try_from(self.most).unwrap_or(u32::MAX) });
        }
        let name: Arc<str> = endpoint.name().into();
        book.places.insert(Arc::clone(&name), Place { endpoint, requests: 0, since: Instant::now() });
        if let Err(error) = book.tell(&inner.pool) {
            book.places.remove(&name);
            return Err(error);
        }
        let used = self.used(&mut book, name);
        drop(book);
        self.keep_swept(inner);
        Ok(used)
    }

    /// The task that sweeps may be gone with its runtime.
    fn keep_swept(self: &Arc<Self>, inner: &Arc<Inner>) {
        if self.forget_after != Duration::MAX
            && !self.is_swept.load(Ordering::Acquire)
            && !self.is_swept.swap(true, Ordering::AcqRel)
        {
            sweep::begin(self, inner);
        }
    }

    fn used(self: &Arc<Self>, book: &mut Book, name: Arc<str>) -> Arc<Use> {
        if let Some(place) = book.places.get_mut(&name) {
            place.requests += 1;
        }
        Arc::new(Use::new(Arc::clone(self), name))
    }

    fn leave(&self, name: &str) {
        if let Some(place) = self.lock().places.get_mut(name) {
            place.requests -= 1;
            place.since = Instant::now();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Takes out the place that has been without a request for longest; whether there was one.
    fn drop_one(&mut self) -> bool {
        let unused = self.places.iter().filter(|(_, place)| place.requests == 0);
        let Some(name) = unused.min_by_key(|(_, place)| place.since).map(|(name, _)| Arc::clone(name)) else {
            return false;
        };
        self.places.remove(&name).is_some()
    }

    /// Tells the pool who is there.
    fn tell(&self, pool: &Pool<HttpConnector>) -> Result<(), HttpError> {
        let all = self.places.values().map(|place| place.endpoint.clone()).collect();
        pool.set_endpoints(all).map_err(|mistakes| HttpError::request(mistakes.to_string()))
    }
}
