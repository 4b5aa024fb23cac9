//! The client against real servers, and against peers that do exactly what a test wants.

mod balance;
mod bodies;
mod endings;
mod faults;
mod http2;
mod nginx;
mod open;
mod options;
mod peers;
mod proxies;
mod retries;
mod reuse;
mod service;
mod storm;
#[cfg(feature = "tls")]
mod tls;
mod upgrade;
mod uploads;

use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt;
use pool_connector_http::{HttpBody, HttpConnector, HttpError, HttpOptions, HttpPool, LeaseInfo, OnDemand};
use pool_core::{PoolOptions, Snapshot, State};
use pool_tokio::Pool;

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(20);

/// A client over endpoints, of options that are the default but for a change.
fn client<E: ToString>(endpoints: impl IntoIterator<Item = E>, change: impl FnOnce(&mut HttpOptions)) -> HttpPool {
    limited(endpoints, change, |_| ())
}

/// The same with another change of the pool's options.
fn limited<E: ToString>(
    endpoints: impl IntoIterator<Item = E>,
    change: impl FnOnce(&mut HttpOptions),
    limit: impl FnOnce(&mut PoolOptions),
) -> HttpPool {
    let endpoints: Vec<String> = endpoints.into_iter().map(|endpoint| endpoint.to_string()).collect();
    let built =
        Pool::builder(connector(change)).endpoints(endpoints.iter().map(String::as_str)).options(patient(limit));
    HttpPool::new(built.build().expect("good options"))
}

/// A client whose endpoints come with the requests.
fn open_client(change: impl FnOnce(&mut HttpOptions), limit: impl FnOnce(&mut PoolOptions)) -> HttpPool {
    let built = Pool::builder(connector(change)).discovery(Box::new(OnDemand)).options(patient(limit));
    HttpPool::open(built.build().expect("good options"))
}

fn connector(change: impl FnOnce(&mut HttpOptions)) -> HttpConnector {
    let mut options = HttpOptions::default();
    change(&mut options);
    HttpConnector::new(options).expect("good options")
}

/// No wait and no dial ends too soon on a busy machine.
fn patient(limit: impl FnOnce(&mut PoolOptions)) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.wait.timeout = AMPLE.into();
    options.dial.timeout = AMPLE.into();
    limit(&mut options);
    options
}

/// What a request of a test has as its answer: the status, the text, and how it came.
#[derive(Debug, Clone)]
struct Got {
    status: u16,
    text: String,
    lease: LeaseInfo,
}

async fn get(pool: &HttpPool, uri: &str) -> Result<Got, HttpError> {
    read(pool.get(uri).await?).await
}

async fn post(pool: &HttpPool, uri: &str, body: &'static str) -> Result<Got, HttpError> {
    let request = Request::post(uri).body(pool_connector_http::RequestBody::from(body)).expect("a request");
    read(pool.request(request).await?).await
}

async fn read(response: Response<HttpBody>) -> Result<Got, HttpError> {
    let lease = lease(&response);
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await?.to_bytes();
    Ok(Got { status, text: String::from_utf8_lossy(&bytes).into_owned(), lease })
}

fn lease(response: &Response<HttpBody>) -> LeaseInfo {
    response.extensions().get::<LeaseInfo>().expect("each response tells of its lease").clone()
}

/// Waits until the pool looks as a test wants it.
async fn until(pool: &HttpPool, what: &str, is_so: impl Fn(&Snapshot) -> bool) {
    let look = async {
        while !is_so(&pool.pool().snapshot()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(AMPLE, look).await.is_err() {
        panic!("waited in vain for {what}: {:?}", pool.pool());
    }
}

/// Lets time pass for the client, in no time. Whoever waits in the pool may find that so much has passed.
async fn let_pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// So many connections are in this state.
fn count(snapshot: &Snapshot, state: State) -> u32 {
    snapshot.states[state as usize]
}

/// So many connections there are, those that are being closed included.
fn open(snapshot: &Snapshot) -> u32 {
    snapshot.states.iter().sum()
}

/// So many connections have been dialed.
fn dialed(pool: &HttpPool) -> u64 {
    pool.pool().snapshot().endpoints.iter().map(|endpoint| endpoint.counters.dials).sum()
}
