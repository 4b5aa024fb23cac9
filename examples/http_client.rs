//! An HTTP client over three backends: requests are balanced, connections reused, and a backend that goes away is left
//! out until it comes back.
//!
//! ```sh
//! cargo run --example http_client
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;

use clearpool::Pool;
use clearpool::connector::http::{HttpConnector, HttpPool, LeaseInfo};
use http_body_util::{BodyExt, Full};
use hyper::Response;
use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [a, b, c] = [Backend::start("a").await?, Backend::start("b").await?, Backend::start("c").await?];

    let pool = Pool::builder(HttpConnector::default())
        .name("orders")
        .endpoints([a.url(), b.url(), c.url()].iter().map(String::as_str))
        .build()?;
    pool.warm(3).await?;
    let orders = HttpPool::new(pool);

    println!("nine requests, in turn:");
    ask(&orders, 9).await?;

    println!("b goes away; its idle connection is noticed at once, and no request fails:");
    let port = b.address;
    b.stop().await;
    ask(&orders, 6).await?;

    println!("b comes back:");
    let _b = Backend::at("b", port).await?;
    while !ask(&orders, 6).await?.contains_key("b") {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Sends requests, prints who served and on what; who answered how often.
async fn ask(orders: &HttpPool, requests: usize) -> Result<BTreeMap<String, usize>, Box<dyn Error>> {
    let mut answers = BTreeMap::new();
    for _ in 0..requests {
        let response = orders.get("/orders/7").await?;
        let lease = response.extensions().get::<LeaseInfo>().cloned();
        let body = response.into_body().collect().await?.to_bytes();
        let name = String::from_utf8_lossy(&body).into_owned();
        if let Some(lease) = lease {
            println!("  {name} at {}: request {} on its connection", lease.endpoint, lease.uses);
        }
        *answers.entry(name).or_default() += 1;
    }
    Ok(answers)
}

/// A server that answers with its name.
struct Backend {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Backend {
    async fn start(name: &'static str) -> std::io::Result<Backend> {
        Backend::at(name, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    async fn at(name: &'static str, address: SocketAddr) -> std::io::Result<Backend> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Backend { address, serving: tokio::spawn(serve(listener, name)) })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Goes away with all its connections.
    async fn stop(self) {
        self.serving.abort();
        // Until it is gone.
        let _ = self.serving.await;
    }
}

async fn serve(listener: TcpListener, name: &'static str) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let answer =
            service_fn(move |_| async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(name)))) });
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}
