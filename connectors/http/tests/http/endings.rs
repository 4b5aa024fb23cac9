//! What is left when a pool is gone: nothing.

use std::thread;
use std::time::Duration;

use clearpool_servers::FaultProxy;
use pool_connector_http::{HttpVersion, RequestBody};
use pool_core::HumanDuration;
use tokio::runtime::{Builder, Runtime};

use crate::peers::{Backend, Speaks};
use crate::{AMPLE, get, limited, open, until};

/// A runtime for the client alone, so that its tasks can be counted.
fn alone() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn until_no_task_is_left() {
    let metrics = tokio::runtime::Handle::current().metrics();
    let none = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(AMPLE, none).await.is_err() {
        panic!("{} tasks are left", metrics.num_alive_tasks());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_task_is_left_when_a_pool_is_closed_though_its_peers_are_silent() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let proxy = FaultProxy::to(backend.address);
        let address = proxy.address();
        let client = thread::spawn(move || {
            alone().block_on(async {
                let version = if speaks == Speaks::Http2 { HttpVersion::Http2 } else { HttpVersion::Http1 };
                let pool = limited(
                    [address],
                    |options| options.version = version,
                    |options| options.upkeep.close_timeout = HumanDuration::from_millis(100),
                );
                let held = pool.get("/drip").await.expect("it answers");
                for _ in 0..3 {
                    get(&pool, "/").await.expect("it answers");
                }
                proxy.hold(true);
                // One that waits for an answer, one that is being dialed, and one whose body is not read.
                let given_up = tokio::time::timeout(Duration::from_millis(50), pool.get("/")).await;
                assert!(given_up.is_err(), "nothing passes");
                pool.pool().close();
                drop(held);
                until(&pool, "all to be closed", |now| open(now) == 0).await;
                drop(pool);
                until_no_task_is_left().await;
            });
        });
        tokio::task::spawn_blocking(|| client.join().expect("no panic")).await.expect("no panic");
    }
}

/// It answers before it has read the request, of which it never reads the rest.
fn serve_early_answers() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            std::io::Read::read_exact(&mut stream, &mut [0]).expect("a request begins");
            std::io::Write::write_all(&mut stream, crate::peers::answer("early").as_bytes()).expect("it is read");
            held.push(stream);
        }
    });
    address
}

#[test]
fn a_request_that_can_never_be_sent_to_its_end_leaves_no_task() {
    let address = serve_early_answers();
    alone().block_on(async {
        let pool = crate::client([address], |_| ());
        let request = http::Request::post("/").body(RequestBody::from(vec![0; 64 << 20])).expect("a request");
        let got = crate::read(pool.request(request).await.expect("it answers")).await.expect("a whole body");
        assert_eq!(got.text, "early");
        until(&pool, "it to be closed", |now| open(now) == 0).await;
        drop(pool);
        until_no_task_is_left().await;
    });
}

#[test]
fn a_pool_outlives_the_runtime_that_it_was_used_on() {
    let servers = alone();
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = servers.block_on(Backend::start("a", speaks));
        let version = if speaks == Speaks::Http2 { HttpVersion::Http2 } else { HttpVersion::Http1 };
        let pool = crate::client([backend.url()], |options| options.version = version);
        for _ in 0..2 {
            // The tasks that drive the connection go with each runtime; the next request is on another connection.
            let got = alone().block_on(get(&pool, "/")).expect("it answers");
            assert_eq!((got.text.as_str(), got.lease.uses), ("a", 1), "{speaks:?}");
        }
    }
}
